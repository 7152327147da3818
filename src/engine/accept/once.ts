// Messages handed in under a key, at most once. Their ids are written down before they are committed; after a crash those of them that were
// committed are found, and only the others are handed in again, under ids of their own.
//
//   new    ids written down → committed → answer written down
//   left   by a process that died: who of the ids is a message is asked; the others are made anew, as above
import { inTurns } from '../../base/turns.ts'
import type { AccountId, EpochMs, MessageId } from '../../base/brand.ts'
import { crashPoint } from '../../base/crash-point.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Problem } from '../../contract/injection.ts'
import type { Begun, Ledger, WasCommitted } from '../ports/ledger.ts'
import type { Injected, RefusedRecipient, Submission } from './injector.ts'

export interface OnceKey {
  readonly account: AccountId
  readonly key: string
  readonly digest: string
  readonly until: EpochMs | null
}

export interface OnceParts {
  readonly ledger: Ledger
  readonly wasCommitted: WasCommitted
}

export interface OnceHost extends OnceParts {
  readonly reserve: () => MessageId
  /** `before`: is told of recipients that are left out, and resolved, before the commit. */
  readonly inject: (submission: Submission, id: MessageId, before: BeforeCommit) => Promise<Injected>
  readonly log: Log
}

export type BeforeCommit = (refused: readonly RefusedRecipient[]) => Promise<void>
type Left = Extract<Begun, { state: 'left' }>
/** What the caller is answered, of what became of each: JSON can hold it. */
type Tell<T> = (injected: readonly Injected[]) => T

type Refused = Readonly<Record<number, readonly RefusedRecipient[]>>

interface Work<T> {
  readonly submissions: readonly Submission[]
  readonly ids: readonly MessageId[]
  /** Those that are messages already, and who was left out of them, by their number. */
  readonly there?: readonly boolean[]
  readonly refused?: Refused
  readonly tell: Tell<T>
}

const OTHER_REQUEST: Problem = {
  code: 'key-conflict',
  message: 'The idempotency key was used for another request. Take a new key for each new request.',
}
const UNDER_WAY: Problem = {
  code: 'key-under-way',
  message: 'The first request with this idempotency key is not answered yet. Try again in a moment.',
  retryAfter: 1,
}
const TOO_MANY_KEYS: Problem = {
  code: 'too-many-keys',
  message: 'The account has as many idempotency keys as it may have; each is kept for a day. Wait, or send without a key.',
  retryAfter: 600,
}
const CANNOT_KEEP: Problem = {
  code: 'unavailable',
  message: 'The idempotency key cannot be kept at the moment. Try again later.',
  retryAfter: 10,
}
const CANNOT_TELL: Problem = {
  code: 'unavailable',
  message: 'What became of the request before cannot be told at the moment. Try again in a moment.',
  retryAfter: 5,
}

export class Once {
  readonly ledger: Ledger
  readonly #host: OnceHost

  constructor(host: OnceHost) {
    this.#host = host
    this.ledger = host.ledger
  }

  /** What is told is kept: who asks again is told the same, whatever changed since. */
  async run<T>(submissions: readonly Submission[], key: OnceKey, tell: Tell<T>): Promise<T | { readonly problem: Problem }> {
    try {
      const ids = submissions.map(() => this.#host.reserve())
      const begun = await this.ledger.begin({ ...key, ids })
      crashPoint('injection-begun')
      switch (begun.state) {
        case 'new':
          return await this.#finish(key, { submissions, ids, tell })
        case 'left':
          return await this.#goOn(key, { submissions, ids, tell }, begun)
        case 'done':
          return JSON.parse(begun.answer) as T
        case 'other-request':
          return { problem: OTHER_REQUEST }
        case 'under-way':
          return { problem: UNDER_WAY }
        case 'no-room':
          return { problem: TOO_MANY_KEYS }
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#host.log.warn('A call under a key cannot be taken now.', { error: error.message })
      return { problem: CANNOT_KEEP }
    }
  }

  async #goOn<T>(key: OnceKey, work: Work<T>, { ids: left, note, since }: Left): Promise<T | { readonly problem: Problem }> {
    let there: readonly boolean[]
    // What can be handed in of the request is not what it was: which id was whose nobody knows.
    if (left.length !== work.ids.length) {
      await this.ledger.leave(key)
      return { problem: OTHER_REQUEST }
    }
    try {
      there = await this.#host.wasCommitted(left, since)
    } catch (error) {
      this.#host.log.warn('What became of a call under a key cannot be told now.', { error: messageOf(error) })
      await this.ledger.leave(key)
      return { problem: CANNOT_TELL }
    }
    const ids = work.ids.map((fresh, n) => (there[n] === true ? (left[n] ?? fresh) : fresh))
    const noted = note === undefined ? [] : Object.entries(JSON.parse(note) as Refused)
    const refused = Object.fromEntries(noted.filter(([n]) => there[Number(n)] === true))
    await this.ledger.renew(key, ids, noted.length === 0 ? '' : JSON.stringify(refused)).catch(async (error: unknown) => {
      await this.ledger.leave(key)
      throw error
    })
    return this.#finish(key, { ...work, ids, there, refused })
  }

  /** What is there is not handed in again. */
  async #finish<T>(key: OnceKey, work: Work<T>): Promise<T> {
    const results = await this.#inject(key, work)
    crashPoint('injection-committed')
    const answer = work.tell(results)
    const isWorthKeeping = results.some((result) => 'id' in result)
    const kept = isWorthKeeping ? this.ledger.done(key, JSON.stringify(answer)) : this.ledger.forget(key)
    // The answer need not wait: where it is lost, with the process or alone, the messages are found.
    kept.catch((error: unknown) =>
      this.#host.log.error('What became of a call under a key could not be kept.', { error: messageOf(error) }),
    )
    return answer
  }

  async #inject<T>(key: OnceKey, { submissions, ids, there = [], refused: before = {} }: Work<T>): Promise<readonly Injected[]> {
    const noted: Record<number, readonly RefusedRecipient[]> = { ...before }
    const one = async (submission: Submission, n: number): Promise<Injected> => {
      const id = ids[n] ?? this.#host.reserve()
      const refused = noted[n]
      if (there[n] === true) return refused === undefined ? { id } : { id, refused }
      return this.#host.inject(submission, id, async (leftOut) => {
        noted[n] = leftOut
        await this.ledger.renew(key, ids, JSON.stringify(noted))
      })
    }
    const settled = await Promise.allSettled(await inTurns(submissions, one))
    const failed = settled.find((result) => result.status === 'rejected')
    if (failed === undefined) return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    // Whoever asks again finds what came of it.
    await this.ledger.leave(key)
    throw failed.reason
  }
}
