// Messages that come whole, over HTTP, by pickup or from a job: they go the way of a session's, through the same checks to the same commit,
// and whoever hands them in is told in the words of a call.
import type { AccountId, EpochMs, MessageId } from '../../base/brand.ts'
import type { TlsOutcome } from '../../contract/events.ts'
import type { InjectionErrorCode, Problem } from '../../contract/injection.ts'
import type { InjectionKey } from '../../contract/settings.ts'
import { DataDecoder } from '../../smtp/data-codec.ts'
import { isRefusal, type Reply, SILENCE } from '../../smtp/reply.ts'
import type { SessionFilter } from '../ports/filters.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { BodySink, Client, Mailbox } from '../../smtp/server/handler.ts'
import { Inbound, type InboundHost, NO_ROOM } from './inbound.ts'
import type { Asked, Merging } from './envelope.ts'
import { judgeMerged } from './filter-verdict.ts'
import { sinkFor } from './filtered-message.ts'
import { filtersFor } from './filtered-session.ts'
import { Intake } from './intake.ts'
import type { KeyVerdict } from './logins.ts'
import { type BeforeCommit, Once, type OnceKey, type OnceParts } from './once.ts'
import { QUEUED } from './words.ts'

/** Where a submission comes from. */
export interface InjectionClient {
  readonly address: string
  readonly tls: TlsOutcome | null
  /** Name of the credential (`api:…`, or a login), whose account it is; null: the server itself hands it in, for `account`. */
  readonly user: string | null
  readonly account?: AccountId
  /** As the Received field and the events have it. */
  readonly protocol: 'HTTP' | 'HTTPS' | 'PICKUP' | 'JOB'
}

export interface Submission {
  readonly client: InjectionClient
  /** Null for `<>`. */
  readonly sender: Mailbox | null
  readonly recipients: readonly Mailbox[]
  /** The message. Line ends that are not CRLF become so. */
  readonly octets: Buffer
  /** Fields for us, such as `['X-xsPool', 'a']`, before those of the message; each value is one line. */
  readonly wishes?: readonly (readonly [name: string, value: string])[]
  /** Beside its header: what it is called by, and what is tracked of it. */
  readonly asked?: Asked
  /** It is made for each recipient when it leaves; `octets` is that of one of them. */
  readonly merge?: Pick<Merging, 'document' | 'rows'>
}

/** `refused`: recipients of a message for many that were left out. */
export type Injected = { readonly id: MessageId; readonly refused?: readonly RefusedRecipient[] } | { readonly problem: Problem }

export interface RefusedRecipient {
  readonly address: string
  readonly problem: Problem
}

export interface Injector {
  /** Resolves after the commit. Several at once share one. `id`: drawn before by `reserve`. */
  inject(submission: Submission, id?: MessageId): Promise<Injected>
  /**
   * The same at most once under a key, over crashes, workers and restarts: for a key that was used the answer is what `tell` made of it
   * before, whatever it would make now. JSON can hold that.
   */
  injectOnce<T>(
    submissions: readonly Submission[],
    key: OnceKey,
    tell: (injected: readonly Injected[]) => T,
  ): Promise<T | { readonly problem: Problem }>
  /** The keys themselves, for who no longer asks. */
  readonly keys: Pick<Ledger, 'forget' | 'forgetAll'> | null
  /** The id of a message to come, which no other message ever has. Throws a Fault where none can be taken now. */
  reserve(): MessageId
  /** Whether a key that was found, or was not, may be used from an address: counted, and refused after too many failures. */
  check(key: InjectionKey | undefined, address: string): Problem | null
  /** Whether any key would be refused from there for the failures before; nothing is counted. */
  lockedOut(address: string): Problem | null
}

const NO_LEDGER: Problem = { code: 'not-supported', message: 'This server keeps no keys.' }
/** Octets that an intake is given at once. */
const PIECE = 128 * 1024
/** Recipients looked at in one go. */
const SLICE = 500
const NOTIFY = { given: false, success: false, failure: false, delay: false }

export class MailInjector implements Injector {
  readonly #host: InboundHost
  readonly #once: Once | null

  constructor(host: InboundHost, once: OnceParts | null) {
    this.#host = host
    const { spool } = host.around
    this.#once =
      once &&
      new Once({
        ...once,
        reserve: () => spool.reserve(),
        inject: (one, id, before) => this.#inject(one, id, before),
        log: host.around.log,
      })
  }

  get keys(): Injector['keys'] {
    return this.#once?.ledger ?? null
  }

  async injectOnce<T>(
    submissions: readonly Submission[],
    key: OnceKey,
    tell: (injected: readonly Injected[]) => T,
  ): Promise<T | { readonly problem: Problem }> {
    return this.#once === null ? { problem: NO_LEDGER } : this.#once.run(submissions, key, tell)
  }

  /** `id`: reserved before. */
  inject(submission: Submission, id?: MessageId): Promise<Injected> {
    return this.#inject(submission, id)
  }

  async #inject(submission: Submission, id?: MessageId, before?: BeforeCommit): Promise<Injected> {
    const client = clientOf(submission.client)
    const inbound = new Inbound(this.#host)
    const most = this.#host.around.config['smtp.message_size']
    const crowd = this.#crowd(submission)
    if (crowd !== null) return { problem: crowd }
    if (submission.octets.length > most) return refused({ code: 'too-large', message: `The message is larger than ${most} octets.` })
    const refusal = this.#mail(inbound, submission, client)
    if (refusal !== null) return this.#problem(refusal)
    if (submission.merge !== undefined) return this.#merge(submission, inbound, { client, id, before })
    const outside = await this.#envelope(inbound, submission)
    if (outside !== null) return this.#problem(outside)
    const taken = inbound.take(client, id, submission.asked)
    if ('code' in taken) return this.#problem(taken)
    using filters = this.#filters(client)
    const answer = await this.#take(sinkFor(this.#host, filters.all, taken), submission)
    return isRefusal(answer) ? this.#problem(answer) : { id: taken.id }
  }

  /** They see what comes whole as they see what comes by SMTP, but for the steps of a session. */
  #filters(client: Client): Disposable & { readonly all: readonly SessionFilter[] } {
    const all = filtersFor(this.#host.filters, client)
    return {
      all,
      [Symbol.dispose]: () => {
        for (const filter of all) filter.closed?.()
      },
    }
  }

  async #merge(
    { octets, wishes = [], merge, recipients, asked }: Submission,
    inbound: Inbound,
    { client, id, before }: { readonly client: Client; readonly id: MessageId | undefined; readonly before: BeforeCommit | undefined },
  ): Promise<Injected> {
    if (merge === undefined) throw new Error('it is a message for many')
    const refused = await this.#recipients(inbound, recipients)
    const [first] = refused
    if (first !== undefined && refused.length === recipients.length) return { problem: first.problem }
    if (refused.length > 0) await before?.(refused)
    const taken = inbound.take(client, id, asked)
    if ('code' in taken) return this.#problem(taken)
    using filters = this.#filters(client)
    const whole = Buffer.concat([frontOf(wishes), octets])
    const verdict = filters.all.length === 0 ? taken : await judgeMerged(this.#host, filters.all, taken, whole)
    if ('reply' in verdict && isRefusal(verdict.reply)) return this.#problem(verdict.reply)
    const answer = 'reply' in verdict ? QUEUED : await new Intake(this.#host, verdict.envelope, taken.id).merge({ octets: whole, ...merge })
    return answer === QUEUED ? { id: taken.id, ...(refused.length > 0 && { refused }) } : this.#problem(answer)
  }

  /** Those that are refused; others have their turn meanwhile. */
  async #recipients(inbound: Inbound, recipients: readonly Mailbox[]): Promise<readonly RefusedRecipient[]> {
    const refused: RefusedRecipient[] = []
    for (const [n, recipient] of recipients.entries()) {
      if (n % SLICE === SLICE - 1) await new Promise((resolve) => setImmediate(resolve))
      const asked = inbound.recipient({ recipient, notify: NOTIFY, originalRecipient: null })
      const answer = asked instanceof Promise ? await asked : asked
      if (answer !== null) refused.push({ address: recipient.address, problem: this.#problem(answer).problem })
    }
    return refused
  }

  reserve(): MessageId {
    return this.#host.around.spool.reserve()
  }

  /** As a session would be told at one RCPT more. A message for many is as many. */
  #crowd({ recipients, merge }: Submission): Problem | null {
    const most = this.#host.around.config['smtp.recipients']
    if (merge !== undefined || recipients.length <= most) return null
    return { code: 'too-many-recipients', message: `The message has ${recipients.length} recipients; at most ${most} are taken.` }
  }

  check(key: InjectionKey | undefined, address: string): Problem | null {
    const verdict: KeyVerdict = this.#host.logins.checkKey(key, address)
    if (verdict.kind === 'right') return null
    if (verdict.kind !== 'too-many')
      return { code: 'not-authenticated', message: 'The key is none of this server, or may not be used from there.' }
    return this.#tooMany(verdict.until)
  }

  lockedOut(address: string): Problem | null {
    const until = this.#host.logins.lockedUntil(address)
    return until === null ? null : this.#tooMany(until)
  }

  #tooMany(until: EpochMs): Problem {
    const retryAfter = this.#secondsTo(until)
    return { code: 'too-many-failures', message: 'Too many wrong keys came from your network. Try again later.', retryAfter }
  }

  #mail(inbound: Inbound, { sender, recipients, octets }: Submission, client: Client): Reply | null {
    const utf8 = [...recipients, ...(sender === null ? [] : [sender])].some(({ address }) => NOT_ASCII.test(address))
    const request = { sender, size: octets.length, utf8, body: '8BITMIME', returnContent: null, envelopeId: null } as const
    return inbound.mail(request, client)
  }

  async #envelope(inbound: Inbound, { recipients }: Submission): Promise<Reply | null> {
    for (const recipient of recipients) {
      const asked = inbound.recipient({ recipient, notify: NOTIFY, originalRecipient: null })
      const refused = asked instanceof Promise ? await asked : asked
      if (refused !== null) return refused
    }
    return null
  }

  async #take(intake: BodySink, { octets, wishes = [] }: Submission): Promise<Reply> {
    const decoder = new DataDecoder('repair', false)
    const slices: Buffer[] = []
    const front = frontOf(wishes)
    const fed = async (): Promise<void> => {
      for (const slice of slices.splice(0)) {
        const written = intake.write(slice)
        if (written instanceof Promise) await written
      }
    }
    const first = intake.write(front)
    if (first instanceof Promise) await first
    for (let at = 0; at < octets.length; at += PIECE) {
      decoder.push(octets.subarray(at, at + PIECE), 0, slices)
      await fed()
    }
    decoder.finish(slices)
    await fed()
    if (decoder.nul) {
      intake.abort()
      return NUL
    }
    const { longestLine, eightBit, nul } = decoder
    return intake.end({ longestLine, eightBit, nul, wireReady: false })
  }

  #problem(said: Reply): { readonly problem: Problem } {
    const reply = said === SILENCE ? FILTERED : said
    const { code, enhanced, lines, until } = reply
    const which = reply === NO_ROOM ? 'busy' : (CODES[`${code} ${enhanced}`] ?? (code >= 500 ? 'invalid-message' : 'unavailable'))
    const wait = WAITS[which]
    const retryAfter = until === undefined ? wait : this.#secondsTo(until)
    return refused({ code: which, message: lines.join(' '), ...(retryAfter !== undefined && { retryAfter }) })
  }

  #secondsTo(until: EpochMs): number {
    return Math.max(1, Math.ceil((until - this.#host.around.clock.now()) / 1000))
  }
}

const NOT_ASCII = /[\u0080-\uffff]/
const FILTERED: Reply = { code: 550, enhanced: '5.7.1', lines: ['A filter of this server refused the message.'] }
const NUL: Reply = { code: 554, enhanced: '5.6.0', lines: ['The message holds a NUL.'] }

/** What replies of the acceptor mean to whoever calls. */
const CODES: Readonly<Record<string, InjectionErrorCode>> = {
  '421 4.3.2': 'stopping',
  '450 4.7.1': 'quota',
  '451 4.3.0': 'unavailable',
  '452 4.2.2': 'full',
  '452 4.3.1': 'full',
  '452 4.5.3': 'too-many-recipients',
  '530 5.7.0': 'not-authenticated',
  '550 5.1.1': 'suppressed',
  '550 5.7.1': 'not-allowed',
  '550 5.7.20': 'unsigned',
  '552 5.3.4': 'too-large',
}
/** In seconds: after how long it is worth another try. */
const WAITS: Partial<Record<InjectionErrorCode, number>> = { stopping: 2, quota: 60, unavailable: 10, full: 30, busy: 2 }

function frontOf(wishes: NonNullable<Submission['wishes']>): Buffer {
  return Buffer.from(wishes.map(([name, value]) => `${name}: ${value}\r\n`).join(''))
}

function refused(problem: Problem): { readonly problem: Problem } {
  return { problem }
}

function clientOf({ address, tls, user, protocol, account }: InjectionClient): Client {
  return { address, port: 0, localAddress: '', localPort: 0, helo: '', tls, user, protocol, ...(account !== undefined && { account }) }
}
