// A thread that signs: what is in the slots, and between them what was posted. See signing-threads.ts.
import { createReadStream } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { EpochMs } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import { PrivateKeys } from '../../message/dkim/private-keys.ts'
import { filledChunks } from '../../message/slots.ts'
import { signatureFields, signInput, streamedInput } from '../../message/dkim/signer.ts'
import type { Body } from '../../engine/ports/spool.ts'
import type { PostedJob, SigningData, SigningReply } from './signing-threads.ts'
import { KeyReader } from './signing-keys.ts'
import { SigningSlots } from './signing-slots.ts'

/** The event loop is told after so many, a millisecond of RSA-2048, and when nothing is left: each time costs it a turn. */
const MOST_UNTOLD = 4
/** After so many the thread looks at what was posted. */
const MOST_A_TURN = 16

const { memory, thread } = workerData as SigningData
const slots = new SigningSlots(memory)
const privateKeys = new PrivateKeys()
const known = new KeyReader()
let untold = 0

function reply(message: SigningReply): void {
  parentPort?.postMessage(message)
}

const operate = privateKeys.sign.bind(privateKeys)

function signSlot(slot: number): void {
  try {
    const { at, keys, message } = slots.read(slot)
    const fields = signatureFields(signInput(message, at), known.keys(keys), operate)
    if (slots.answer(slot, fields)) untold++
    else reply({ id: slot, fields })
  } catch (error) {
    reply({ id: slot, trouble: messageOf(error) })
  }
}

function tell(): void {
  if (untold > 0 && slots.tells()) reply(null)
  untold = 0
}

function work(): void {
  for (let done = 0; done < MOST_A_TURN; done++) {
    const slot = slots.take()
    if (slot >= 0) signSlot(slot)
    if (slot < 0 || untold >= MOST_UNTOLD) tell()
    if (slot < 0 && slots.sleep(thread)) return
  }
  setImmediate(work)
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

async function* inOrder(front: Uint8Array | undefined, { path, fill }: Extract<Body, { kind: 'file' }>): AsyncGenerator<Uint8Array> {
  if (front !== undefined) yield front
  const stored = createReadStream(path)
  yield* fill === undefined ? stored : filledChunks(stored, fill)
}

async function inputOf(body: Body, at: EpochMs, front: Uint8Array | undefined): ReturnType<typeof streamedInput> {
  if (body.kind === 'file') return await streamedInput(inOrder(front, body), at)
  return signInput(bufferOf(body.bytes), at)
}

async function signPosted({ id, at, keys, body, front }: PostedJob): Promise<void> {
  try {
    reply({ id, fields: signatureFields(await inputOf(body, at, front), known.keys(bufferOf(keys)), operate) })
  } catch (error) {
    reply({ id, trouble: messageOf(error) })
  }
}

parentPort?.on('message', (job: PostedJob | null) => (job === null ? work() : void signPosted(job)))
work()
