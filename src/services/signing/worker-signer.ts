// The engine's port for signing over the DKIM of the message room: the keys of the newest settings, bodies from memory or file.
import { availableParallelism } from 'node:os'
import type { EpochMs } from '../../base/brand.ts'
import type { Settings } from '../../contract/settings.ts'
import type { Signer } from '../../engine/ports/signer.ts'
import { allKeys, selectKeys } from '../../message/dkim/select.ts'
import { MOST_THREADS } from './signing-slots.ts'
import { SigningThreads } from './signing-threads.ts'

const NOTHING = Promise.resolve(new Uint8Array(0))

/** A machine's cores are shared by its workers; more threads than `MOST_THREADS` only wait for the event loop. */
export function createWorkerSigner(settings: () => Settings, now: () => EpochMs, workers: number): Signer {
  const threads = new SigningThreads(Math.min(MOST_THREADS, Math.ceil(availableParallelism() / workers)))
  let operations = 0
  return {
    sign: (head, body, front) => {
      const keys = allKeys(selectKeys(settings(), head))
      if (keys.length === 0) return NOTHING
      operations += keys.length
      return threads.sign(body, keys, now(), front)
    },
    get operations() {
      return operations
    },
  }
}
