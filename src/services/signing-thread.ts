// A thread that signs: a batch in, its signatures out. See signing-threads.ts.
import { parentPort } from 'node:worker_threads'
import { messageOf } from '../base/fault.ts'
import { PrivateKeys } from '../message/dkim/private-keys.ts'
import type { Signatures, SigningBatch } from './signing-threads.ts'

const keys = new PrivateKeys()

function signed({ keys: used, jobs }: SigningBatch): Signatures {
  return jobs.map(({ octets, key }) => {
    const signer = used[key]
    try {
      if (signer === undefined) throw new Error('its key was not sent along')
      return { signature: keys.sign(octets, signer) }
    } catch (error) {
      return { trouble: messageOf(error) }
    }
  })
}

parentPort?.on('message', (batch: SigningBatch) => parentPort?.postMessage(signed(batch)))
