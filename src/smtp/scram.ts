// SCRAM-SHA-256 (rfc:5802, rfc:7677): what is kept of a password, and the server's side of the exchange. Without channel
// binding: `n` and `y` are taken, `p=` is not offered. A deviation: SASLprep (rfc:4013) needs tables that Node does not
// have; passwords are normalized by NFKC, which is its step 2.2, and controls are refused.
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { ScramVerifier } from './server/handler.ts'

const derive = promisify(pbkdf2)
const KEY_OCTETS = 32
const SALT_OCTETS = 16
const NONCE_OCTETS = 18
const LONGEST_PASSWORD = 1024

/** The password as it is hashed, or undefined where it cannot be one: empty, a control character, over 1,024 characters. */
export function preparePassword(password: string): string | undefined {
  if (password === '' || password.length > LONGEST_PASSWORD || /\p{Cc}/u.test(password)) return undefined
  return password.replaceAll(/\p{Zs}/gu, ' ').normalize('NFKC')
}

/** What to keep instead of `password`. Rejects with a RangeError where it cannot be a password. `iterations`: at least 4,096 (rfc:7677#4). */
export async function makeVerifier(password: string, iterations: number): Promise<ScramVerifier> {
  const prepared = preparePassword(password)
  if (prepared === undefined) throw new RangeError('A password is 1 to 1,024 characters without control characters.')
  const salt = randomBytes(SALT_OCTETS)
  const { storedKey, serverKey } = keysOf(await derive(prepared, salt, iterations, KEY_OCTETS, 'sha256'))
  return { salt, iterations, storedKey, serverKey }
}

/** Whether `password` is the one behind the verifier (PLAIN and LOGIN). Costs the whole derivation: milliseconds, in the thread pool. */
export async function checkPassword(verifier: ScramVerifier, password: string): Promise<boolean> {
  const prepared = preparePassword(password)
  // Derived all the same, so that the time does not tell.
  const salted = await derive(prepared ?? '', verifier.salt, verifier.iterations, KEY_OCTETS, 'sha256')
  return timingSafeEqual(keysOf(salted).storedKey, verifier.storedKey) && prepared !== undefined
}

export interface ScramResult {
  readonly proved: boolean
  /** server-final-message: the server's own proof, to be sent only when `proved`. */
  readonly serverFinal: string
}

/**
 * One exchange, in order: `readFirst` (client-first-message), `challenge` (server-first-message), `readFinal`
 * (client-final-message). Each reader returns undefined where the message is malformed; the exchange is over then.
 */
export class ScramServer {
  readonly #serverNonce: string
  #nonce = ''
  #gs2Header = ''
  #clientFirstBare = ''
  #serverFirst = ''
  #verifier: ScramVerifier | null = null

  constructor(serverNonce = randomBytes(NONCE_OCTETS).toString('base64')) {
    this.#serverNonce = serverNonce
  }

  /** `n,,n=user,r=nonce`. An authorization identity must be the user itself. */
  readFirst(message: string): { readonly user: string } | undefined {
    const match = /^([ny],(?:a=([^,]+))?,)(n=([^,]+),r=([!-+\--~]{1,256})(?:,.*)?)$/.exec(message)
    const [, gs2Header, authorized, bare, name, nonce] = match ?? []
    if (gs2Header === undefined || bare === undefined || name === undefined || nonce === undefined) return undefined
    const user = decodeName(name)
    if (user === undefined || (authorized !== undefined && decodeName(authorized) !== user)) return undefined
    this.#gs2Header = gs2Header
    this.#clientFirstBare = bare
    this.#nonce = nonce + this.#serverNonce
    return { user }
  }

  challenge(verifier: ScramVerifier): string {
    this.#verifier = verifier
    this.#serverFirst = `r=${this.#nonce},s=${verifier.salt.toString('base64')},i=${verifier.iterations}`
    return this.#serverFirst
  }

  /** `c=biws,r=nonce,p=proof` (rfc:5802#3). */
  readFinal(message: string): ScramResult | undefined {
    const match = /^(c=([A-Za-z\d+/=]+),r=([!-+\--~]{1,512})(?:,[^,]*)*?),p=([A-Za-z\d+/]{43}=)$/.exec(message)
    const [, withoutProof, binding, nonce, proof] = match ?? []
    if (withoutProof === undefined || binding === undefined || proof === undefined || this.#verifier === null) return undefined
    if (nonce !== this.#nonce || Buffer.from(binding, 'base64').toString() !== this.#gs2Header) return undefined
    const { storedKey, serverKey } = this.#verifier
    const authMessage = `${this.#clientFirstBare},${this.#serverFirst},${withoutProof}`
    // ClientKey = ClientProof XOR HMAC(StoredKey, AuthMessage); right if its hash is StoredKey.
    const clientKey = xor(Buffer.from(proof, 'base64'), hmac(storedKey, authMessage))
    return {
      proved: timingSafeEqual(sha256(clientKey), storedKey),
      serverFinal: `v=${hmac(serverKey, authMessage).toString('base64')}`,
    }
  }
}

/** rfc:7677#4: at least 4,096; a server that asks for more than a million wants our processor. */
const ITERATIONS = { least: 4096, most: 1_000_000 }

/**
 * The client's side: the final message for a server-first-message, and the server's proof to expect. Undefined where the server does
 * not follow the mechanism, the freshness of the nonce included.
 */
export async function answerChallenge(
  password: string,
  clientFirstBare: string,
  serverFirst: string,
): Promise<{ readonly clientFinal: string; readonly serverFinal: string } | undefined> {
  const match = /^r=([!-+\--~]+),s=([A-Za-z\d+/=]+),i=(\d{1,8})(?:,.*)?$/.exec(serverFirst)
  const [, nonce, salt, rounds] = match ?? []
  if (nonce === undefined || salt === undefined || rounds === undefined) return undefined
  const own = clientFirstBare.slice(clientFirstBare.lastIndexOf(',r=') + 3)
  const iterations = Number(rounds)
  if (!nonce.startsWith(own) || nonce.length === own.length) return undefined
  if (iterations < ITERATIONS.least || iterations > ITERATIONS.most) return undefined
  const salted = await derive(preparePassword(password) ?? password, Buffer.from(salt, 'base64'), iterations, KEY_OCTETS, 'sha256')
  const { clientKey, storedKey, serverKey } = keysOf(salted)
  const withoutProof = `c=biws,r=${nonce}`
  const authMessage = `${clientFirstBare},${serverFirst},${withoutProof}`
  const proof = xor(clientKey, hmac(storedKey, authMessage)).toString('base64')
  return { clientFinal: `${withoutProof},p=${proof}`, serverFinal: `v=${hmac(serverKey, authMessage).toString('base64')}` }
}

function keysOf(salted: Buffer): { clientKey: Buffer; storedKey: Buffer; serverKey: Buffer } {
  const clientKey = hmac(salted, 'Client Key')
  return { clientKey, storedKey: sha256(clientKey), serverKey: hmac(salted, 'Server Key') }
}

/** rfc:5802#5.1: `=2C` is a comma, `=3D` an equals sign, no other `=`. */
function decodeName(name: string): string | undefined {
  if (/=(?!2C|3D)/.test(name)) return undefined
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(octets: Buffer): Buffer {
  return createHash('sha256').update(octets).digest()
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((octet, i) => octet ^ (b[i] ?? 0)))
}
