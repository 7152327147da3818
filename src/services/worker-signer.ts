// The engine's port for signing over the DKIM of the message room: the keys of the newest settings, bodies from memory or file.
import { createReadStream } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { EpochMs } from '../base/brand.ts'
import type { Settings } from '../contract/settings.ts'
import type { Signer } from '../engine/ports/signer.ts'
import { allKeys, selectKeys } from '../message/dkim/select.ts'
import { createSigner } from '../message/dkim/signer.ts'
import { SigningThreads } from './signing-threads.ts'

const NOTHING = new Uint8Array(0)

export interface WorkerSigner extends Signer {
  /** Signatures made since the start. */
  readonly operations: number
}

/** A machine's cores are shared by its workers; more threads than this only wait for the event loop. */
const MOST_THREADS = 4

export function createWorkerSigner(settings: () => Settings, now: () => EpochMs, workers: number): WorkerSigner {
  const threads = new SigningThreads(Math.min(MOST_THREADS, Math.ceil(availableParallelism() / workers)))
  const signer = createSigner(now, (octets, key) => threads.sign(octets, key))
  return {
    sign: async (head, body) => {
      const keys = allKeys(selectKeys(settings(), head))
      if (keys.length === 0) return NOTHING
      return signer.sign(body.kind === 'bytes' ? body.bytes : createReadStream(body.path), keys)
    },
    get operations() {
      return signer.operations
    },
  }
}
