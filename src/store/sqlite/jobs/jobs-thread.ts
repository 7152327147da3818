// The thread that has jobs.db open, so that neither the desk's loop nor a worker's waits for the disk.
import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '../../../base/fault.ts'
import { JobsFile } from './jobs-file.ts'
import { errorOf } from '../sqlite-error.ts'

type Named<K extends keyof JobsFile> = { readonly name: K; readonly params: Parameters<JobsFile[K]> }
/** Every call as it goes to the thread. */
export type JobsRequest = { [K in keyof JobsFile]: Named<K> }[keyof JobsFile]

const port = parentPort
if (port === null) throw new Error('jobs-thread.ts runs as a worker thread only')
const { file, epoch } = workerData as { readonly file: string; readonly epoch: string }
let opened: JobsFile | null = null

port.on('message', ({ id, name, params }: JobsRequest & { readonly id: number }) => {
  try {
    opened ??= new JobsFile(file, epoch)
    const call = opened[name] as (...given: readonly unknown[]) => unknown
    port.postMessage({ id, answer: call.apply(opened, params) ?? null, error: null })
  } catch (error) {
    const { code, message, blame, mend } = error as Fault
    const fault = error instanceof Fault ? { code, message, blame, mend } : null
    port.postMessage({ id, answer: null, error: { ...errorOf(error), fault } })
  }
})
