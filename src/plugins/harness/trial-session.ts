// One session of a trial: steps in the order in which a client takes them, each answered as the server's client would read it. What the server
// refuses by itself (a recipient of who may not relay, a step out of order) reaches no plug-in here either.
import type { AccountId, MessageId } from '../../base/brand.ts'
import type { TrialCall, TrialClient, TrialMessage, TrialReply, TrialSession } from '../../contract/plugin-trial.ts'
import { askAll, type Question } from '../../engine/accept/filter-answers.ts'
import { NO_RELAY } from '../../engine/accept/words.ts'
import type { SessionFilter, StageAnswer } from '../../engine/ports/filters.ts'
import { parseMailbox } from '../../smtp/address.ts'
import { parseRecipientPath } from '../../smtp/post-address.ts'
import { formatReply, isRefusal, type Reply, reply } from '../../smtp/reply.ts'
import type { Client, Mailbox } from '../../smtp/server/handler.ts'
import { R } from '../../smtp/server/replies.ts'
import type { PluginFilters } from '../plugin-filters.ts'
import { judge, type TrialEnvelope, withCrlf } from './trial-message.ts'
import type { WatchedPlugin } from './watched-plugin.ts'

const USUAL_ACCOUNT = 1001
const HOST = 'mail.example.com'
/** What comes by these is no session: the plug-in is told of its messages alone. */
const NO_SESSION = new Set(['HTTP', 'HTTPS', 'PICKUP', 'JOB'])
const NOTIFY = { given: false, success: false, failure: false, delay: false }

export interface SessionHost {
  readonly plugin: WatchedPlugin
  /** Of this plug-in alone. */
  readonly filters: PluginFilters
  /** Is told what the plug-in asked for and cannot be done. */
  readonly impossible: (what: string) => void
  /** Of messages. */
  readonly nextId: () => string
}

export class OpenSession implements TrialSession {
  greeting: TrialReply = { outcome: 'ok', text: '', calls: [] }
  readonly #plugin: WatchedPlugin
  readonly #filter: SessionFilter
  readonly #impossible: (what: string) => void
  readonly #nextId: () => string
  readonly #isSession: boolean
  #client: Client
  #account: AccountId | null
  #madeFor: AccountId | null = null
  #sender: string | null = null
  #recipients: readonly string[] = []
  #isOver = false

  private constructor({ plugin, filters, impossible, nextId }: SessionHost, client: TrialClient) {
    const { address = '192.0.2.1', port = 40_000, tls = null, user = null, protocol, account = USUAL_ACCOUNT } = client
    this.#plugin = plugin
    this.#impossible = impossible
    this.#nextId = nextId
    this.#account = account as AccountId | null
    this.#isSession = !NO_SESSION.has(protocol ?? 'SMTP')
    const names = { helo: client.helo ?? '', user, protocol: protocol ?? 'SMTP' }
    this.#client = { address, port, localAddress: '192.0.2.25', localPort: 25, tls, ...names }
    const [filter] = filters.begin(this.#client)
    if (filter === undefined) throw new Error('a plug-in is one filter')
    this.#filter = filter
  }

  static async begin(host: SessionHost, client: TrialClient): Promise<OpenSession> {
    const session = new OpenSession(host, client)
    const words = reply(220, null, `${HOST} ESMTP Hurricane MTA Server`)
    session.greeting = await session.#step((filter) => filter.connected?.(session.#client), words)
    return session
  }

  get isOver(): boolean {
    return this.#isOver
  }

  async hello(name: string): Promise<TrialReply> {
    await this.reset()
    this.#client = { ...this.#client, helo: name, protocol: this.#protocol }
    return this.#step(() => undefined, reply(250, null, HOST))
  }

  async auth(user: string, account: number = USUAL_ACCOUNT): Promise<TrialReply> {
    const client = { ...this.#client, user }
    const login = { user, account: account as AccountId }
    const said = await this.#step((filter) => filter.auth?.(client, login), R.authenticated)
    if (said.outcome !== 'ok') return said
    this.#client = client
    this.#client = { ...client, protocol: this.#protocol }
    this.#account = login.account
    return said
  }

  async from(sender: string, { size = null }: { readonly size?: number | null } = {}): Promise<TrialReply> {
    if (this.#sender !== null) return this.#said(R.nestedMail)
    const mailbox = sender === '' ? null : addressOf(sender, parseMailbox)
    const request = { sender: mailbox, size, body: '8BITMIME', utf8: false, returnContent: null, envelopeId: null } as const
    this.#madeFor = null
    const said = await this.#step(async (filter): Promise<StageAnswer> => {
      const answer = (await filter.mail?.(request, this.#client, this.#account)) ?? null
      if (answer?.kind !== 'account') return answer
      this.#madeFor = answer.account
      return null
    }, R.senderOk)
    if (said.outcome === 'ok') this.#sender = mailbox?.address ?? ''
    return said
  }

  async recipient(address: string): Promise<TrialReply> {
    if (this.#sender === null) return this.#said(R.mailFirst)
    const mailbox = addressOf(address, parseRecipientPath)
    if (this.#owner === null) return this.#said(NO_RELAY)
    const request = { recipient: mailbox, notify: NOTIFY, originalRecipient: null }
    const said = await this.#step((filter) => filter.recipient?.(request, this.#client), R.recipientOk)
    if (said.outcome === 'ok') this.#recipients = [...this.#recipients, mailbox.address]
    return said
  }

  async message(text: string | Uint8Array): Promise<TrialMessage> {
    const from = this.#plugin.calls.length
    const account = this.#owner
    const [sender, recipients] = [this.#sender, this.#recipients]
    if (sender === null || account === null || recipients.length === 0)
      return this.#refused(await this.#said(sender === null ? R.mailFirst : R.rcptFirst), from)
    const id = this.#nextId() as MessageId
    this.#forget()
    const begun = await this.#step((filter) => filter.data?.(this.#client, id), R.sendData)
    if (begun.outcome !== 'ok') {
      if (this.#isSession) this.#filter.reset?.()
      return this.#refused(begun, from)
    }
    return this.#received({ id, account, sender, recipients }, withCrlf(Buffer.from(text)), from)
  }

  async #received(envelope: TrialEnvelope, octets: Buffer, from: number): Promise<TrialMessage> {
    const judged = await judge(this.#filter, this.#client, envelope, octets)
    const { outcome, reason, mail } = judged
    if (judged.impossible !== null) this.#impossible(judged.impossible)
    const isKept = outcome === 'accepted' || outcome === 'held'
    if (!isKept) this.#filter.reset?.()
    const words = isKept ? await askAll([this.#filter], (filter) => filter.complete?.(envelope.id, this.#client)) : null
    const said = words !== null && !isRefusal(words) ? words : judged.reply
    if (outcome === 'disconnected') await this.close()
    await this.#plugin.heard()
    return { outcome, text: textOf(said), reason, mail, calls: this.#since(from) }
  }

  async reset(): Promise<TrialReply> {
    return this.#step(() => {
      if (this.#sender !== null && this.#isSession) this.#filter.reset?.()
      this.#forget()
      return undefined
    }, R.ok)
  }

  async close(): Promise<TrialReply> {
    const from = this.#plugin.calls.length
    if (!this.#isOver) {
      this.#isOver = true
      this.#filter.closed?.()
    }
    await this.#plugin.heard()
    return { outcome: 'disconnected', text: '', calls: this.#since(from) }
  }

  get #owner(): AccountId | null {
    return this.#madeFor ?? this.#account
  }

  get #protocol(): string {
    if (!this.#isSession) return this.#client.protocol
    return `ESMTP${this.#client.tls === null ? '' : 'S'}${this.#client.user === null ? '' : 'A'}`
  }

  #forget(): void {
    this.#sender = null
    this.#recipients = []
  }

  async #step(question: Question, words: Reply): Promise<TrialReply> {
    if (this.#isOver) throw new Error('The session is over.')
    const from = this.#plugin.calls.length
    const said = this.#isSession ? await askAll([this.#filter], question) : null
    return this.#said(said ?? words, from)
  }

  async #said(said: Reply, from = this.#plugin.calls.length): Promise<TrialReply> {
    const isEnd = said.close === true
    if (isEnd) await this.close()
    await this.#plugin.heard()
    const outcome = isEnd ? 'disconnected' : said.code >= 500 ? 'refused' : said.code >= 400 ? 'deferred' : 'ok'
    return { outcome, text: textOf(said), calls: this.#since(from) }
  }

  #refused({ outcome, text }: TrialReply, from: number): TrialMessage {
    return { outcome: outcome === 'ok' ? 'refused' : outcome, text, reason: null, mail: null, calls: this.#since(from) }
  }

  #since(from: number): readonly TrialCall[] {
    return this.#plugin.calls.slice(from)
  }
}

function textOf(said: Reply): string {
  return formatReply(said).trimEnd()
}

function addressOf(text: string, parse: (text: string, utf8: boolean) => Mailbox | string): Mailbox {
  const parsed = parse(text, true)
  if (typeof parsed === 'string') throw new Error(`"${text}" is no address: ${parsed}`)
  return parsed
}
