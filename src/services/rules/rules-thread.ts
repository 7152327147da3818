// The thread that judges one document of rules, and ends.
import { parentPort, workerData } from 'node:worker_threads'
import { judgeRules, type RulesQuestion } from '../../policy/rules/judge.ts'

parentPort?.postMessage(judgeRules(workerData as RulesQuestion))
