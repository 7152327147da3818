// What a session knows between two commands, and what each command does to it: order (rfc:5321#4.1.4), limits, and what
// the handler is asked. Nothing here knows of octets or of waiting: a step comes back, at once or promised.
import type { TlsOutcome } from '../../contract/events.ts'
import { closing, isRefusal, type Reply, reply } from '../reply.ts'
import { chain, guarded } from './chain.ts'
import type { Command, XclientAttributes } from './command.ts'
import type { AuthDecision, BodySink, Client, FutureRelease, MailRequest, RecipientRequest, Refusal, ServerHandler } from './handler.ts'
import { IncomingBody } from './incoming-body.ts'
import { keywordsOf } from './keywords.ts'
import { R } from './replies.ts'
import { MECHANISMS, MECHANISMS_WITHOUT_PASSWORD, type SaslHandler, SaslExchange, type SaslStep } from './sasl.ts'
import { describedClient, movedBase } from './client-facts.ts'
import type { ClientBase, ServerSessionOptions } from './session-io.ts'

/**
 * What a command leads to: a reply; the octets of a message (after 354); the octets of a BDAT chunk, which are counted off
 * before its reply; the next line of an AUTH exchange; the TLS handshake.
 */
export type Step =
  | Reply
  | { readonly enter: 'data'; readonly body: IncomingBody }
  | { readonly enter: 'chunk'; readonly octets: number; readonly body: IncomingBody | null; readonly finish: () => Reply | Promise<Reply> }
  | { readonly enter: 'auth'; readonly challenge: string }
  | { readonly enter: 'tls' }

/** A mail transaction from MAIL to its end. `body` once BDAT has begun. */
interface Transaction {
  readonly request: MailRequest
  accepted: number
  refused: number
  body: IncomingBody | null
}

const PRODUCT = 'Hurricane MTA Server'

export class Dialog {
  readonly #options: ServerSessionOptions
  readonly #handler: ServerHandler
  readonly #failed: (error: unknown) => void
  readonly #sasl: SaslHandler
  #base: ClientBase
  #tls: TlsOutcome | null
  #helo = ''
  #esmtp = false
  #user: string | null = null
  #mechanism: string | null = null
  /** A recipient was accepted, at any time of the session. */
  #isAdmitted = false
  #client: Client
  #exchange: SaslExchange | null = null
  #transaction: Transaction | null = null
  /** The message of DATA, or of BDAT after its last chunk, until its end was answered. */
  #body: IncomingBody | null = null
  #gone = false

  constructor(
    options: ServerSessionOptions,
    handler: ServerHandler,
    client: ClientBase & { readonly tls: TlsOutcome | null },
    failed: (error: unknown) => void,
  ) {
    this.#options = options
    this.#handler = handler
    this.#failed = failed
    const { tls, ...base } = client
    this.#base = base
    this.#tls = tls
    this.#client = this.#describe(false)
    const refused: AuthDecision = { ok: false, reply: R.localError }
    this.#sasl = {
      checkPassword: (...args) => this.#ask(() => handler.checkPassword(...args), refused),
      scramVerifier: (...args) => this.#ask(() => handler.scramVerifier(...args), R.localError),
      scramFinished: (...args) => this.#ask(() => handler.scramFinished(...args), refused),
    }
  }

  get hostName(): string {
    return this.#options.hostName
  }

  get utf8(): boolean {
    return this.#transaction?.request.utf8 === true
  }

  get inTransaction(): boolean {
    return this.#transaction !== null
  }

  /** The greeting, or a refusal that closes. */
  greet(): Reply | Promise<Reply> {
    return chain(
      this.#ask<Refusal>(() => this.#handler.connected(this.#client), R.localError),
      (said) => {
        if (said !== null && isRefusal(said)) return closing(said)
        return said ?? reply(220, null, `${this.#options.hostName} ESMTP ${PRODUCT}`)
      },
    )
  }

  execute(command: Command): Step | Promise<Step> {
    switch (command.verb) {
      case 'MAIL':
        return this.#mail(command.request)
      case 'RCPT':
        return this.#recipient(command.request)
      case 'DATA':
        return this.#data()
      case 'BDAT':
        return this.#chunk(command.octets, command.last)
      case 'RSET':
        this.#forget()
        return R.ok
      case 'EHLO':
      case 'HELO':
        return this.#hello(command.verb, command.name)
      case 'AUTH':
        return this.#auth(command.mechanism, command.initial)
      case 'STARTTLS':
        return this.#startTls()
      case 'XCLIENT':
        return this.#xclient(command.attributes)
      case 'QUIT':
        return R.bye
      case 'NOOP':
        return R.ok
      case 'HELP':
        return R.help
      case 'VRFY':
        return R.cannotVerify
      case 'EXPN':
        return R.notImplemented
    }
  }

  /** A line in an AUTH exchange. */
  answer(line: string): Step | Promise<Step> {
    const exchange = this.#exchange
    // rfc:4954#4: `*` cancels.
    if (exchange === null || line === '*') return this.cancelAuth(R.authCancelled)
    return chain(exchange.respond(line), (step) => this.#authStep(step))
  }

  /** The exchange ends without a decision. */
  cancelAuth(answer: Reply): Reply {
    this.#exchange = null
    return answer
  }

  /** CRLF.CRLF was read. */
  dataEnded(): Reply | Promise<Reply> {
    const body = this.#body
    return body === null ? R.localError : this.#complete(body)
  }

  /** rfc:3207#4.2: what was learned in the clear is forgotten. */
  tlsEstablished(tls: TlsOutcome): void {
    this.#tls = tls
    this.#helo = ''
    this.#esmtp = false
    this.#user = null
    this.#forget()
  }

  /** The session ends: what is under way will not come to its end. */
  abandon(): void {
    this.#gone = true
    this.#body?.abort()
    this.#transaction?.body?.abort()
    this.#body = null
    this.#transaction = null
  }

  #hello(verb: 'EHLO' | 'HELO', name: string): Reply | Promise<Reply> {
    this.#helo = name
    this.#esmtp = verb === 'EHLO'
    // rfc:5321#4.1.4: a new EHLO is a RSET too.
    this.#forget()
    return chain(
      this.#ask<Refusal>(() => this.#handler.hello?.(this.#client) ?? null, R.localError),
      (refused) => {
        // Other words than ours would take the keywords away.
        if (refused === null || !isRefusal(refused)) return this.#helloOk()
        this.#helo = ''
        this.#client = this.#describe(false)
        return refused
      },
    )
  }

  #helloOk(): Reply {
    return reply(250, null, this.#options.hostName, ...(this.#esmtp ? this.#keywords() : []))
  }

  #keywords(): string[] {
    return keywordsOf({ ...this.#options, isTls: this.#tls !== null, mechanisms: this.#mechanisms, release: this.#release })
  }

  get #release(): FutureRelease | null {
    const release = this.#ask<FutureRelease | null>(() => this.#handler.futureRelease?.(this.#client) ?? null, null)
    return release instanceof Promise ? null : release
  }

  /** Neither logged in nor had a recipient accepted: nobody says yet that it may be here at all. */
  get isStranger(): boolean {
    return this.#user === null && !this.#isAdmitted
  }

  /** Passwords only cross TLS, unless the owner said otherwise; under SCRAM none crosses (rfc:5802#9 would still like TLS). */
  get #mechanisms(): readonly string[] {
    return this.#tls !== null || this.#options.plainAuth ? MECHANISMS : MECHANISMS_WITHOUT_PASSWORD
  }

  #mail(request: MailRequest): Reply | Promise<Reply> {
    if (this.#helo === '') return R.helloFirst
    if (this.#transaction !== null) return R.nestedMail
    if (request.requireTls === true && this.#tls === null) return R.requireTlsInClear
    if (request.hold !== undefined && this.#release === null) return R.unknownParameter
    // rfc:1870#6.1
    if (request.size !== null && request.size > this.#options.messageSize) return R.tooLarge
    const client = request.utf8 ? this.#describe(true) : this.#client
    return chain(
      this.#ask(() => this.#handler.mail(request, client), R.localError),
      (said) => {
        if (said !== null && isRefusal(said)) return said
        this.#transaction = { request, accepted: 0, refused: 0, body: null }
        this.#client = client
        return said ?? R.senderOk
      },
    )
  }

  #recipient(request: RecipientRequest): Reply | Promise<Reply> {
    const transaction = this.#transaction
    if (transaction === null) return R.mailFirst
    if (transaction.body !== null) return R.inChunks
    // rfc:5321#4.5.3.1.10: those before it stand.
    if (transaction.accepted >= this.#options.recipients) return R.tooManyRecipients
    return chain(
      this.#ask(() => this.#handler.recipient(request, this.#client), R.localError),
      (said) => {
        if (said === null || !isRefusal(said)) {
          transaction.accepted++
          this.#isAdmitted = true
        } else transaction.refused++
        return said ?? R.recipientOk
      },
    )
  }

  #data(): Step | Promise<Step> {
    const transaction = this.#transaction
    const problem = this.#notReady(transaction)
    if (transaction === null || problem !== null) return problem ?? R.mailFirst
    if (transaction.body !== null) return R.inChunks
    // rfc:3030#3
    if (transaction.request.body === 'BINARYMIME') return R.binaryNeedsBdat
    return chain(this.#begin({ dotted: true, binary: false }), (begun): Step => {
      if (!(begun instanceof IncomingBody)) return begun
      this.#body = begun
      return { enter: 'data', body: begun }
    })
  }

  /** Why a message cannot begin now; null where it can. */
  #notReady(transaction: Transaction | null): Reply | null {
    if (transaction === null) return this.#helo === '' ? R.helloFirst : R.mailFirst
    if (transaction.accepted > 0) return null
    // rfc:5321#3.3
    return transaction.refused > 0 ? R.noRecipients : R.rcptFirst
  }

  #begin(kind: { readonly dotted: boolean; readonly binary: boolean }): IncomingBody | Reply | Promise<IncomingBody | Reply> {
    const client = this.#client
    return chain(
      this.#ask<BodySink | Reply>(() => this.#handler.begin(client), R.localError),
      (begun) => {
        if ('code' in begun) {
          this.#forget()
          return begun
        }
        const body = new IncomingBody(begun, kind, this.#options, this.#failed)
        // The client left while the handler thought.
        if (this.#gone) body.abort()
        return body
      },
    )
  }

  /** rfc:3030#2: whatever is wrong, exactly the octets that were announced are read before the reply. */
  #chunk(octets: number, last: boolean): Step | Promise<Step> {
    const transaction = this.#transaction
    const refuse = (answer: Reply): Step => ({ enter: 'chunk', octets, body: null, finish: () => answer })
    const problem = this.#notReady(transaction)
    if (transaction === null || problem !== null) return refuse(problem ?? R.mailFirst)
    if ((transaction.body?.size ?? 0) + octets > this.#options.messageSize) {
      this.#forget()
      return refuse(R.tooLarge)
    }
    const go = (body: IncomingBody): Step => ({ enter: 'chunk', octets, body, finish: () => this.#chunkEnded(body, octets, last) })
    if (transaction.body !== null) return go(transaction.body)
    return chain(this.#begin({ dotted: false, binary: transaction.request.body === 'BINARYMIME' }), (begun): Step => {
      if (!(begun instanceof IncomingBody)) return refuse(begun)
      transaction.body = begun
      return go(begun)
    })
  }

  #chunkEnded(body: IncomingBody, octets: number, last: boolean): Reply | Promise<Reply> {
    const answer = (): Reply | Promise<Reply> => {
      if (last) {
        body.lastChunk()
        return this.#complete(body)
      }
      const { refusal } = body
      // The chunks that follow find no transaction and are refused one by one (rfc:3030#2).
      if (refusal !== null) this.#forget()
      return refusal ?? reply(250, '2.0.0', `${octets} octets received.`)
    }
    // The sink takes one write at a time.
    return body.pending === null ? answer() : body.pending.then(answer)
  }

  /** The transaction is over, whatever the answer (rfc:5321#4.1.1.4). */
  #complete(body: IncomingBody): Reply | Promise<Reply> {
    this.#body = body
    if (this.#transaction?.request.utf8 === true) this.#client = this.#describe(false)
    this.#transaction = null
    return chain(
      this.#ask(() => (body.pending === null ? body.end() : body.pending.then(() => body.end())), R.localError),
      (answer) => {
        this.#body = null
        return answer
      },
    )
  }

  #auth(mechanism: string, initial: string | null): Step | Promise<Step> {
    if (this.#helo === '') return R.helloFirst
    // rfc:4954#4
    if (this.#user !== null) return R.authTwice
    if (this.#transaction !== null) return R.inTransaction
    const exchange = SaslExchange.begin(mechanism, this.#sasl, this.#client)
    if (exchange === undefined) return R.authMechanism
    if (!this.#mechanisms.includes(mechanism)) return R.authNeedsTls
    this.#exchange = exchange
    this.#mechanism = mechanism
    return chain(exchange.start(initial), (step) => this.#authStep(step))
  }

  #authStep(step: SaslStep): Step {
    if ('challenge' in step) return { enter: 'auth', challenge: step.challenge }
    this.#exchange = null
    if (!step.decision.ok) return step.decision.reply
    this.#user = step.decision.user
    this.#client = this.#describe(false)
    return step.decision.words ?? R.authenticated
  }

  #startTls(): Step {
    if (this.#tls !== null) return R.tlsActive
    if (!this.#options.startTls) return R.notOffered
    if (this.#transaction !== null) return R.inTransaction
    return { enter: 'tls' }
  }

  /** Postfix's XCLIENT_README: the session begins again, as if the real client had just connected. */
  #xclient(attributes: XclientAttributes): Reply | Promise<Reply> {
    if (!this.#options.xclient) return R.notOffered
    if (this.#transaction !== null) return R.inTransaction
    const { helo, esmtp, login } = attributes
    this.#base = movedBase(this.#base, attributes)
    this.#helo = helo ?? ''
    this.#esmtp = esmtp ?? false
    if (login !== undefined) [this.#user, this.#mechanism] = [login, null]
    this.#forget()
    return this.greet()
  }

  /** RSET and everything that is one: no transaction, and the handler knows it. */
  #forget(): void {
    this.#transaction?.body?.abort()
    this.#transaction = null
    this.#client = this.#describe(false)
    try {
      this.#handler.reset()
    } catch (error) {
      this.#failed(error)
    }
  }

  #describe(utf8: boolean): Client {
    const known = { helo: this.#helo, esmtp: this.#esmtp, tls: this.#tls, user: this.#user, mechanism: this.#mechanism }
    return describedClient(this.#base, known, utf8)
  }

  /** Asks the handler. What it throws or rejects with is a bug: it is told to the driver, and the client hears `fallback`. */
  #ask<T>(question: () => T | Promise<T>, fallback: T): T | Promise<T> {
    return guarded(question, fallback, this.#failed)
  }
}
