// Keys of applications: how they are drawn, told from others and kept. They are drawn at random and as long as no one guesses, so that a plain
// hash of one is enough, and finding it in the hash's map tells nobody how much of a guess was right.
import { createHash, randomBytes, randomInt } from 'node:crypto'
import type { ApiKey, SesKey, Settings } from '../../contract/settings.ts'

/** No longer is any of ours. */
const LONGEST_KEY = 200
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** What is not secret of a key: lists and logs show it. */
export function drawKeyId(): string {
  return randomBytes(6).toString('hex')
}

export function drawApiKey(id: string): string {
  return `hms_${id}_${randomBytes(24).toString('base64url')}`
}

/** As those of SES look, so that no client finds fault with it. */
export function drawAccessKey(): { readonly accessKeyId: string; readonly secret: string } {
  const tail = Array.from({ length: 16 }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  return { accessKeyId: `AKIA${tail}`, secret: randomBytes(30).toString('base64url') }
}

export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

const byHash = new WeakMap<Settings['injectionKeys'], ReadonlyMap<string, ApiKey>>()

/** Undefined: it is none of ours. */
export function findApiKey({ injectionKeys }: Pick<Settings, 'injectionKeys'>, key: string): ApiKey | undefined {
  let known = byHash.get(injectionKeys)
  if (known === undefined) {
    known = new Map([...injectionKeys.values()].flatMap((one) => (one.kind === 'api' ? [[one.hash, one]] : [])))
    byHash.set(injectionKeys, known)
  }
  return key.length > LONGEST_KEY ? undefined : known.get(hashOfKey(key))
}

export function findSesKey({ injectionKeys }: Pick<Settings, 'injectionKeys'>, accessKeyId: string): SesKey | undefined {
  const found = injectionKeys.get(`ses:${accessKeyId}`)
  return found?.kind === 'ses' ? found : undefined
}
