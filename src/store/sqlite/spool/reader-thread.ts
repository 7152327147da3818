// The thread that reads the spool of a worker: lists, counts, backlog and refills never stand in the way of a commit.
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { machineClock } from '../../../base/clock.ts'
import { keepHeapSmall } from '../../../base/heap-rest.ts'
import type { ReaderCalls, ReaderData, ReaderReply, ReaderRequest } from './protocol.ts'
import { ShardReader } from './shard-reader.ts'
import { errorOf } from '../sqlite-error.ts'

/** Octets that may be garbage before they are collected: answers of thousands of rows. */
const HEAP_STEP = 8 * 1024 * 1024

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

/** What comes as a blob owns its memory, fresh from the database: it changes threads without a copy. */
function blobsOf(name: ReaderRequest['name'], answer: unknown): ArrayBuffer[] {
  const blobs = name === 'body' ? [(answer as ReaderCalls['body']['answer']).bytes] : name === 'outbox' ? (answer as Uint8Array[]) : []
  return blobs.flatMap((bytes) => (bytes === null ? [] : [bytes.buffer as ArrayBuffer]))
}

function call({ id, shard, name, params }: ReaderRequest): void {
  try {
    const reader = readerOf(shard)
    const answer = name === 'body' ? reader.body(params as ReaderCalls['body']['params']) : reader.call(name, params as never)
    const message: ReaderReply = { id, answer, error: null }
    port?.postMessage(message, blobsOf(name, answer))
  } catch (error) {
    const message: ReaderReply = { id, answer: null, error: errorOf(error) }
    port?.postMessage(message)
    forget(shard)
  }
}

keepHeapSmall(machineClock, HEAP_STEP)
port.on('message', call)
