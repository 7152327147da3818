// The thread that reads the spool of a worker: lists, counts, backlog and refills never stand in the way of a commit.
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import type { ReaderCalls, ReaderData, ReaderReply, ReaderRequest } from './protocol.ts'
import { ShardReader } from './shard-reader.ts'
import { errorOf } from './sqlite-error.ts'

const { folder } = workerData as ReaderData
const port = parentPort
if (port === null) throw new Error('reader-thread.ts runs as a worker thread only')
const readers = new Map<number, ShardReader>()

function readerOf(shard: number): ShardReader {
  const known = readers.get(shard)
  if (known !== undefined) return known
  const reader = new ShardReader(join(folder, `${shard}.db`))
  readers.set(shard, reader)
  return reader
}

/** After an error the connection is made anew at the next call: the database may have been mended or replaced. */
function forget(shard: number): void {
  readers.get(shard)?.[Symbol.dispose]()
  readers.delete(shard)
}

function call({ id, shard, name, params }: ReaderRequest): void {
  try {
    const answer = readerOf(shard).call(name, params as ReaderCalls[typeof name]['params'] & never)
    const bytes = name === 'body' ? (answer as ReaderCalls['body']['answer']).bytes : null
    const message: ReaderReply = { id, answer, error: null }
    // A body fresh from the database owns its memory: it changes threads without a copy.
    port?.postMessage(message, bytes === null ? [] : [bytes.buffer as ArrayBuffer])
  } catch (error) {
    const message: ReaderReply = { id, answer: null, error: errorOf(error) }
    port?.postMessage(message)
    forget(shard)
  }
}

port.on('message', call)
