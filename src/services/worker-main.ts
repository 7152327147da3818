// The process of a worker.
import { runRole } from './role.ts'
import { startWorker } from './worker/worker.ts'

await runRole('worker', startWorker)
