// The one thread that writes to the spool of a worker, so that a slow disk never stops the event loop. It knows rows and
// transactions; what they mean is decided in spool.ts. Upkeep runs between commits, in slices.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { Fault } from '../../../base/fault.ts'
import type { BatchResult, OpenAnswer, ShardBatch, StorageData, StorageReply, StorageRequest, StoreError } from './protocol.ts'
import { HandFile } from './hand-file.ts'
import { takeLockFile } from './lock-file.ts'
import { lockPath, ShardWriter } from './shard-writer.ts'
import { errorOf } from '../sqlite-error.ts'

/** Without a commit for so long, upkeep begins. */
const IDLE_AFTER = 100

const { folder, staging } = workerData as StorageData
const buffers = staging.map((memory) => new Uint8Array(memory))
const port = parentPort
if (port === null) throw new Error('storage-thread.ts runs as a worker thread only')
const shards = new Map<number, ShardWriter>()
let idle: NodeJS.Timeout | undefined
/** Made when first needed: a thread is 11 MB, and a server with little to do never needs this one. */
let writeBack: Worker | undefined
/** Shards that are being written back. */
const writingBack = new Set<number>()

function reply(message: StorageReply): void {
  port?.postMessage(message)
}

function writerOf(shard: number): ShardWriter {
  const writer = shards.get(shard)
  if (writer === undefined) throw new Error(`shard ${shard} is not open`)
  return writer
}

function commit(batch: ShardBatch, memory: Uint8Array): BatchResult {
  try {
    return { shard: batch.shard, files: writerOf(batch.shard).commit(batch, memory), error: null }
  } catch (error) {
    return { shard: batch.shard, files: [], error: errorOf(error) }
  }
}

function startWriteBack(shard: number): void {
  if (writingBack.has(shard)) return
  writingBack.add(shard)
  writeBack ??= openWriteBack()
  writeBack.postMessage(shard)
}

function openWriteBack(): Worker {
  const thread = new Worker(new URL('./writeback-thread.ts', import.meta.url), { name: 'write-back', workerData: { folder } })
  // What was committed meanwhile is little enough to end with, or goes another round.
  thread.on('message', (shard: number) => {
    writingBack.delete(shard)
    roundEnded(shard)
    if (idle === undefined) whenIdle()
    else upkeep(false)
  })
  return thread
}

function roundEnded(shard: number): void {
  try {
    shards.get(shard)?.wroteBack()
  } catch {
    // As in upkeep.
  }
}

/** Gives after how many ms there is more to do. An error in it hurts nothing by itself: if it lasts, the next commit meets it and says so. */
function upkeep(isIdle: boolean): number | null {
  let next: number | null = null
  for (const writer of shards.values()) {
    try {
      const after = writer.upkeep(isIdle, startWriteBack)
      if (after !== null) next = Math.min(next ?? after, after)
    } catch {
      // The next writer's turn.
    }
  }
  return next
}

function whenIdle(): void {
  const next = upkeep(true)
  idle = next === null ? undefined : setTimeout(whenIdle, next)
}

function open(shard: number, epoch: string, create: boolean): OpenAnswer {
  if (!create && !existsSync(join(folder, `${shard}.db`))) return { kind: 'absent' }
  try {
    // It is open already where its owner could not finish taking it, and tries again.
    const writer = shards.get(shard) ?? ShardWriter.open(folder, shard)
    if (writer === null) return { kind: 'taken' }
    shards.set(shard, writer)
    const hand = HandFile.pathOf(folder, shard)
    const opened = writer.begin(epoch, HandFile.read(hand))
    HandFile.clear(hand)
    return { kind: 'opened', opened }
  } catch (error) {
    shards.get(shard)?.abandon()
    shards.delete(shard)
    if (error instanceof Fault) return { kind: 'newer', message: error.message }
    throw error
  }
}

function look(shard: number): boolean {
  using lock = takeLockFile(lockPath(folder, shard))
  return lock !== null
}

function close(): StoreError | null {
  let failed: StoreError | null = null
  for (const writer of shards.values()) {
    try {
      writer.close()
    } catch (error) {
      failed = errorOf(error)
    }
  }
  shards.clear()
  return failed
}

async function end(id: number): Promise<void> {
  await writeBack?.terminate()
  answer(id, close)
  port?.close()
}

function answer(id: number, work: () => unknown): void {
  try {
    reply({ kind: 'answer', id, value: work(), error: null })
  } catch (error) {
    reply({ kind: 'answer', id, value: null, error: errorOf(error) })
  }
}

function handle(request: StorageRequest): void {
  switch (request.kind) {
    case 'commit': {
      const memory = buffers[request.staging] ?? new Uint8Array()
      reply({ kind: 'committed', staging: request.staging, results: request.batches.map((batch) => commit(batch, memory)) })
      upkeep(false)
      break
    }
    case 'open':
      answer(request.id, () => open(request.shard, request.epoch, request.create))
      break
    case 'look':
      answer(request.id, () => look(request.shard))
      return
    case 'probe':
      answer(request.id, () => writerOf(request.shard).probe())
      break
    case 'close':
      clearTimeout(idle)
      void end(request.id)
      return
  }
  clearTimeout(idle)
  idle = setTimeout(whenIdle, IDLE_AFTER)
}

port.on('message', handle)
