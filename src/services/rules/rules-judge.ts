// Judges documents of rules: a small one here and now, a large one in a thread, so that the desk answers everybody else meanwhile.
import { Worker } from 'node:worker_threads'
import { judgeRules, type RulesJudgement, type RulesQuestion } from '../../policy/rules/judge.ts'

/** Characters, of the new document and of the one in force; this takes some tens of milliseconds. */
const SMALL = 300_000

export async function judgeApart(question: RulesQuestion): Promise<RulesJudgement> {
  if (question.json.length + (question.inForce?.length ?? 0) <= SMALL) return judgeRules(question)
  const { promise, resolve, reject } = Promise.withResolvers<RulesJudgement>()
  const options = { name: 'rules', workerData: question, execArgv: ['--disable-warning=ExperimentalWarning'] }
  const worker = new Worker(new URL('./rules-thread.ts', import.meta.url), options)
  worker.on('message', resolve)
  worker.on('error', reject)
  worker.on('exit', () => reject(new Error('the thread that judges rules ended without a word')))
  return promise
}
