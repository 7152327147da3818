// Messages handed in by a caller of whichever route, and what became of each.
import { createHash } from 'node:crypto'
import type { AccountId, EpochMs, Ms } from '../../base/brand.ts'
import { inTurns, LoopTurns } from '../../base/turns.ts'
import { checked, type InjectedMessage, INJECTION, type InjectionResult, MESSAGE, type Problem } from '../../contract/injection.ts'
import type { Injected, InjectionClient, Injector, Submission } from '../../engine/accept/injector.ts'
import { KnownSources } from '../../message/merge/parts.ts'
import { leavesEnough } from '../../policy/shares.ts'
import type { Call, Caller, CallHead } from './route.ts'
import { filledMessage, problemOf, type TemplateShelf } from './filled.ts'
import { FillingTime, TOO_SLOW } from './filling-time.ts'
import { merge, type Merged, type MergeParts } from './merge.ts'
import { Refused } from './refused.ts'
import { inWords, submissionOf } from './submit.ts'

export type Outcome = Extract<InjectionResult, { id: string }> | { readonly problem: Problem }

/** A message that is ready to be handed in, or why it is not. */
type Ready = { readonly submission: Submission; readonly messageId: string | undefined } | { readonly problem: Problem }

interface TakeAsked {
  /** Names of the fields of a message, in errors. */
  readonly within?: (n: number) => string
  readonly key?: string | null
  /** Nothing is handed in where one of them cannot be. */
  readonly isWhole?: boolean
}

/** Octets of messages that one call may make of templates: a small call may name a large template ten thousand times, or have a loop. */
const MOST_FILLED = 128 * 1024 * 1024
/** As many calls that make as much may be under way. */
const MOST_CALLS = 2
const TOO_LARGE: Problem = {
  code: 'too-large',
  message: `The messages of the call before this one become too many octets once they are filled in: send the rest in another.`,
}
const BUSY: { readonly problem: Problem } = {
  problem: { code: 'busy', message: 'Too much is being filled in at once. Try again later.', retryAfter: 2 },
}
/** So long an idempotency key is kept. */
const KEPT = 86_400_000
const PLAIN = /^[!-~]+(?: [!-~]+)*$/
const BAD_KEY: Problem = { code: 'invalid-key', message: `The Idempotency-Key must have 1 to ${INJECTION.key} characters of ASCII.` }

export class MessageIntake {
  readonly #injector: Pick<Injector, 'inject' | 'injectOnce'>
  readonly #shelf: TemplateShelf
  readonly #now: () => EpochMs
  readonly #longestFilling: Ms | undefined
  readonly #mostFilled: number
  /** Of accounts: one that makes much holds up the others, and the mail, for no longer than its turn. */
  readonly #turns = new LoopTurns()
  /** Octets in hand, and of which account. */
  #filled = 0
  readonly #filledBy = new Map<AccountId, number>()

  /** `bounds`: of what the templates of a call take and make. */
  constructor(
    injector: Pick<Injector, 'inject' | 'injectOnce'>,
    shelf: TemplateShelf,
    now: () => EpochMs,
    bounds: { readonly longest?: Ms; readonly octets?: number } = {},
  ) {
    this.#injector = injector
    this.#shelf = shelf
    this.#now = now
    this.#longestFilling = bounds.longest
    this.#mostFilled = bounds.octets ?? MOST_FILLED
  }

  /** Messages, committed together; at most once where the call has an idempotency key. */
  async takeAll(
    values: readonly unknown[],
    caller: Caller,
    call: Call,
    asked: TakeAsked = {},
  ): Promise<readonly Outcome[] | { readonly problem: Problem }> {
    const filling = new FillingTime(this.#longestFilling)
    const known = new KnownSources()
    let filled = 0
    const fill = (one: () => Ready): Ready => {
      if (filled > this.#mostFilled) return { problem: TOO_LARGE }
      if (!this.#mayFill(caller.account, filled)) return BUSY
      const made = filling.spend(one) ?? TOO_SLOW
      const octets = 'submission' in made ? made.submission.octets.length : 0
      filled += octets
      this.#fill(caller.account, octets)
      return made
    }
    try {
      const work = (value: unknown, n: number): Ready => {
        const read = checked(MESSAGE, value, asked.within?.(n))
        if ('problem' in read) return read
        const one = (): Ready => this.#ready(read.value, clientOf(caller, call), { account: caller.account, known })
        return isLiquid(read.value) ? fill(one) : one()
      }
      const ready = await inTurns(values, work, { turns: this.#turns, caller: caller.account })
      // Nothing was handed in yet: all of the call can be made again.
      if (ready.includes(BUSY)) return BUSY
      const unfit = asked.isWhole === true ? ready.find((one) => 'problem' in one) : undefined
      return unfit ?? (await this.#handIn(ready, caller, call, asked.key ?? null))
    } finally {
      this.#fill(caller.account, -filled)
    }
  }

  /** One call of an account may have all that is left; others beside it as much as they leave free. */
  #mayFill(account: AccountId, byCall: number): boolean {
    const all = this.#filledBy.get(account) ?? 0
    return leavesEnough(all === byCall ? 0 : all, 0, MOST_CALLS * this.#mostFilled - this.#filled)
  }

  #fill(account: AccountId, octets: number): void {
    const all = (this.#filledBy.get(account) ?? 0) + octets
    if (all > 0) this.#filledBy.set(account, all)
    else this.#filledBy.delete(account)
    this.#filled += octets
  }

  #ready(message: InjectedMessage, client: InjectionClient, { account, known }: { account: AccountId; known: KnownSources }): Ready {
    try {
      const submission = submissionOf(filledMessage(this.#shelf.complete(message, account), known), client)
      return { submission, messageId: message.messageId }
    } catch (error) {
      return refusedBy(error)
    }
  }

  /** One message for many, each with data of his own. */
  async merge(value: unknown, caller: Caller, call: Call, key: string | null): Promise<Merged> {
    try {
      const client = clientOf(caller, call)
      const ready = (message: InjectedMessage): InjectedMessage => this.#shelf.complete(message, caller.account)
      const inject: MergeParts['inject'] = (submission, tell) => this.#inject([submission], caller, call, { key, tell })
      return await merge({ inject, client, ready, turn: { turns: this.#turns, caller: caller.account } }, value)
    } catch (error) {
      return refusedBy(error)
    }
  }

  async #handIn(
    ready: readonly Ready[],
    caller: Caller,
    call: Call,
    key: string | null,
  ): Promise<readonly Outcome[] | { problem: Problem }> {
    const submissions = ready.flatMap((one) => ('submission' in one ? [one.submission] : []))
    return this.#inject(submissions, caller, call, { key, tell: (injected) => together(ready, injected) })
  }

  async #inject<T>(
    submissions: readonly Submission[],
    { account }: Caller,
    call: Call,
    { key, tell }: { readonly key: string | null; readonly tell: (injected: readonly Injected[]) => T },
  ): Promise<T | { readonly problem: Problem }> {
    const told = (injected: readonly Injected[]): T => tell(inWords(submissions, injected))
    if (key === null || submissions.length === 0)
      return told(await Promise.all(await inTurns(submissions, (submission) => this.#injector.inject(submission))))
    if (key.length > INJECTION.key || !PLAIN.test(key)) return { problem: BAD_KEY }
    const once = { account, key: `http:${key}`, digest: digestOf(call), until: this.#now() + KEPT }
    return this.#injector.injectOnce(submissions, once, told)
  }
}

function isLiquid({ template, data }: InjectedMessage): boolean {
  return template !== undefined || data !== undefined
}

function refusedBy(error: unknown): { readonly problem: Problem } {
  const problem = error instanceof Refused ? error.problem : problemOf(error)
  if (problem === null) throw error
  return { problem }
}

/** Each message with what became of it; those that were refused before have that. */
function together(ready: readonly Ready[], injected: readonly Injected[]): readonly Outcome[] {
  let next = 0
  return ready.map((one): Outcome => {
    if ('problem' in one) return one
    const result = injected[next++]
    if (result === undefined) throw new Error('each message that was handed in has a result')
    return outcomeOf(one, result)
  })
}

function outcomeOf({ messageId }: { readonly messageId: string | undefined }, injected: Injected): Outcome {
  if ('problem' in injected) return injected
  return { id: injected.id, ...(messageId !== undefined && { messageId }), status: 'queued' }
}

/** What makes a request the same as another. */
function digestOf({ method, path, query, body }: Call): string {
  return createHash('sha256').update(`${method} ${path}?${query}\n`).update(body).digest('base64')
}

export function clientOf({ user }: Caller, { client, tls }: CallHead): InjectionClient {
  return { address: client, tls, user, protocol: tls === null ? 'HTTP' : 'HTTPS' }
}
