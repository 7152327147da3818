// What passkeys sign, once: random, with its end and a seal that says what it is for, so that asking for many costs no memory and pushes nobody
// else's out. What was shown is remembered until its end; of that each has a share, so that nobody fills it for others.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { EpochMs, Ms } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'

export const CHALLENGE_VALID: Ms = 5 * 60_000
const MOST_SHOWN = 10_000
/** Of all that: of one user from one network, of all users of one account, and of all who are of some account. The rest is for who runs the server. */
const SHARES = { each: 50, account: 500, accounts: 8000 } as const
const NONCE = 16
const END = 8
const SEAL = 32

export interface ChallengeHolder {
  readonly who: string
  /** Null: who runs the server. */
  readonly account: number | null
}

interface Shown {
  readonly until: EpochMs
  readonly holder: ChallengeHolder
}

export class Challenges {
  /** Of this process: a restart ends all. */
  readonly #key = randomBytes(32)
  /** In the order of their ends. */
  readonly #shown = new Map<string, Shown>()
  readonly #counts = new Map<string, number>()

  /** In base64url. `purpose`: which call it is for, and of whom. */
  draw(purpose: string, now: EpochMs): string {
    const end = Buffer.alloc(END)
    end.writeBigUInt64BE(BigInt(now + CHALLENGE_VALID))
    const said = Buffer.concat([randomBytes(NONCE), end])
    return Buffer.concat([said, this.#seal(said, purpose)]).toString('base64url')
  }

  /** Whether it was drawn for that, is not over, and was not shown before. From then on it was. */
  take(challenge: string, purpose: string, holder: ChallengeHolder, now: EpochMs): boolean {
    const octets = Buffer.from(challenge.slice(0, 200), 'base64url')
    if (octets.length !== NONCE + END + SEAL || octets.toString('base64url') !== challenge) return false
    const said = octets.subarray(0, NONCE + END)
    if (!timingSafeEqual(octets.subarray(NONCE + END), this.#seal(said, purpose))) return false
    if (said.readBigUInt64BE(NONCE) <= BigInt(now) || this.#shown.has(challenge)) return false
    for (const [old, { until, holder: past }] of this.#shown) {
      if (until > now) break
      this.#shown.delete(old)
      this.#count(past, -1)
    }
    if (this.#shown.size >= MOST_SHOWN || sharesOf(holder).some(([share, most]) => (this.#counts.get(share) ?? 0) >= most))
      throw new Fault('login-busy', 'Too many log in at this moment.', { blame: 'caller', temporary: true, mend: 'Try again in a moment.' })
    this.#shown.set(challenge, { until: now + CHALLENGE_VALID, holder })
    this.#count(holder, 1)
    return true
  }

  #count(holder: ChallengeHolder, by: 1 | -1): void {
    for (const [share] of sharesOf(holder)) {
      const count = (this.#counts.get(share) ?? 0) + by
      if (count === 0) this.#counts.delete(share)
      else this.#counts.set(share, count)
    }
  }

  #seal(said: Buffer, purpose: string): Buffer {
    return createHmac('sha256', this.#key).update(said).update(purpose).digest()
  }
}

function sharesOf({ who, account }: ChallengeHolder): readonly (readonly [string, number])[] {
  const own = [`who ${who}`, SHARES.each] as const
  return account === null ? [own] : [own, [`account ${account}`, SHARES.account], ['accounts', SHARES.accounts]]
}
