// The thread that takes files from pickup folders: it reads the disk, so that the worker's loop never waits for it.
import { parentPort, workerData } from 'node:worker_threads'
import { PickupTurns } from './pickup-turns.ts'
import type { PickupData, PickupRequest } from './protocol.ts'

const port = parentPort
if (port === null) throw new Error('pickup-thread.ts runs as a worker thread only')
const turns = new PickupTurns(workerData as PickupData)

port.on('message', ({ id, ...request }: PickupRequest & { readonly id: number }) => {
  const answer = turns.run(request)
  port.postMessage(
    { id, answer },
    answer.files.map(({ octets }) => octets.buffer as ArrayBuffer),
  )
})
