// Passwords of people as they are kept: argon2id (rfc:9106) in PHC form, made and checked in the thread pool. Memory is what it costs, so that few
// are hashed at once. Hashes of scrypt, as 1.0.0 made them, are checked too.
import { argon2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { Fault } from '../../base/fault.ts'

export interface PasswordCost {
  readonly memoryKib: number
  readonly passes: number
}

/** The second recommended option of rfc:9106#4: 64 MiB, three passes, four lanes. */
const COST: PasswordCost = { memoryKib: 64 * 1024, passes: 3 }
const LANES = 4
const SALT_OCTETS = 16
const HASH_OCTETS = 32
const AT_ONCE = 2
const MOST_WAITING = 100

const derive = promisify(argon2)
const ARGON = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([\w+/]{11,64})\$([\w+/]{22,86})$/
const SCRYPT = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]{11,64})\$([\w+/]{22,86})$/

const b64 = (octets: Buffer): string => octets.toString('base64').replaceAll('=', '')
const octets = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64')

export class PasswordHashes {
  #running = 0
  readonly #waiting: (() => void)[] = []
  readonly #cost: PasswordCost
  /** Nobody's; made when the first unknown user comes. */
  #nobodys: Promise<string> | null = null

  /** `cost`: other than a server's is for tests of what is around it. */
  constructor(cost = COST) {
    this.#cost = cost
  }

  /** What is kept of it. */
  hash(password: string): Promise<string> {
    return this.#turn(async () => {
      const salt = randomBytes(SALT_OCTETS)
      const { memoryKib, passes } = this.#cost
      const parameters = { nonce: salt, parallelism: LANES, tagLength: HASH_OCTETS, memory: memoryKib, passes }
      const hash = await derive('argon2id', { message: password, ...parameters })
      return `${this.#parameters}${b64(salt)}$${b64(hash)}`
    })
  }

  /** `kept` null: false, after the same work, so that the time does not tell who there is. */
  async isRight(password: string, kept: string | null): Promise<boolean> {
    this.#nobodys ??= this.hash(randomBytes(SALT_OCTETS).toString('hex'))
    const nobodys = await this.#nobodys
    const right = await this.#turn(async () => {
      if (kept === null || !SCRYPT.test(kept)) return matches(password, kept ?? nobodys)
      // It is the cheaper one: the other goes beside it.
      const [isRight] = await Promise.all([matches(password, kept), matches(password, nobodys)])
      return isRight
    })
    return right && kept !== null
  }

  /** Whether it was made with other parameters than those of today. */
  isOutdated(kept: string): boolean {
    return !kept.startsWith(this.#parameters)
  }

  get #parameters(): string {
    return `$argon2id$v=19$m=${this.#cost.memoryKib},t=${this.#cost.passes},p=${LANES}$`
  }

  /** Bounded: a Fault `busy` where too many wait. */
  async #turn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < AT_ONCE) this.#running++
    else {
      if (this.#waiting.length >= MOST_WAITING) throw tooBusy()
      // Whoever ends gives the place on.
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}

function tooBusy(): Fault {
  return new Fault('login-busy', 'Too many log in at this moment.', { blame: 'caller', temporary: true, mend: 'Try again in a moment.' })
}

async function matches(password: string, kept: string): Promise<boolean> {
  const argon = ARGON.exec(kept)
  if (argon !== null) {
    const [, memory, passes, lanes, salt, hash] = argon
    const wanted = octets(hash)
    const parameters = {
      nonce: octets(salt),
      parallelism: Number(lanes),
      tagLength: wanted.length,
      memory: Number(memory),
      passes: Number(passes),
    }
    return timingSafeEqual(await derive('argon2id', { message: password, ...parameters }), wanted)
  }
  const [, ln, r, p, salt, hash] = SCRYPT.exec(kept) ?? []
  if (hash === undefined) return false
  const wanted = octets(hash)
  const cost = { N: 2 ** Number(ln), r: Number(r), p: Number(p), maxmem: 2 ** 27 }
  const made = promisify<string, Buffer, number, typeof cost, Buffer>(scrypt)
  return timingSafeEqual(await made(password, octets(salt), wanted.length, cost), wanted)
}
