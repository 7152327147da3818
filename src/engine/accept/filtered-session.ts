// An inbound connection that the owner's filters look at: each step is judged by us first, so that what we refuse reaches no filter, and
// then by them. Which of them look at all is settled when the connection is made; where none does, it is the plain session behind this.
import type { AccountId } from '../../base/brand.ts'
import { credentialOf } from '../../contract/settings.ts'
import { isRefusal, type Reply } from '../../smtp/reply.ts'
import { chain } from '../../smtp/server/chain.ts'
import type {
  AuthDecision,
  BodySink,
  Client,
  FutureRelease,
  MailRequest,
  RecipientRequest,
  Refusal,
  ScramVerifier,
  ServerHandler,
} from '../../smtp/server/handler.ts'
import type { MailAnswer, SessionFilter, SessionFilters, StageAnswer } from '../ports/filters.ts'
import { askAll, type Question } from './filter-answers.ts'
import { sinkFor } from './filtered-message.ts'
import { Inbound, type InboundHost } from './inbound.ts'

export class FilteredSession implements ServerHandler {
  readonly #host: InboundHost
  readonly #inbound: Inbound
  readonly #sources: readonly SessionFilters[]
  #filters: readonly SessionFilter[] = []
  /** MAIL was taken, and no message came of it yet. */
  #inTransaction = false
  /** A filter said whose mail it is. */
  #madeFor: AccountId | null = null

  constructor(host: InboundHost, sources: readonly SessionFilters[]) {
    this.#host = host
    this.#inbound = new Inbound(host)
    this.#sources = sources
  }

  /** Again after XCLIENT: who looked at the client before looks at another one now. */
  connected(client: Client): Refusal | Promise<Refusal> {
    const refused = this.#inbound.connected()
    if (refused !== null) return refused
    this.#end()
    this.#filters = filtersFor(this.#sources, client)
    return this.#ask((filter) => filter.connected?.(client))
  }

  hello(client: Client): Refusal | Promise<Refusal> {
    return this.#ask((filter) => filter.hello?.(client))
  }

  checkPassword(user: string, password: string, client: Client): AuthDecision | Promise<AuthDecision> {
    return this.#loggedIn(this.#inbound.checkPassword(user, password, client), client)
  }

  scramVerifier(user: string, client: Client): ScramVerifier | Reply | Promise<ScramVerifier | Reply> {
    return this.#inbound.scramVerifier(user, client)
  }

  scramFinished(user: string, proved: boolean, client: Client): AuthDecision | Promise<AuthDecision> {
    return this.#loggedIn(this.#inbound.scramFinished(user, proved, client), client)
  }

  #loggedIn(decision: AuthDecision | Promise<AuthDecision>, client: Client): AuthDecision | Promise<AuthDecision> {
    return chain(decision, (decided) => {
      if (!decided.ok) return decided
      const { user } = decided
      const account = credentialOf(this.#host.around.settings(), user)?.account ?? null
      return chain(
        this.#ask((filter) => filter.auth?.(client, { user, account })),
        (said): AuthDecision => {
          if (said === null) return decided
          return isRefusal(said) ? { ok: false, reply: said } : { ok: true, user, words: said }
        },
      )
    })
  }

  futureRelease(client: Client): FutureRelease | null {
    return this.#inbound.futureRelease(client)
  }

  mail(request: MailRequest, client: Client): Refusal | Promise<Refusal> {
    this.#madeFor = null
    const refused = this.#inbound.mail(request, client)
    if (refused !== null) return refused
    const become = (answer: MailAnswer): StageAnswer =>
      answer?.kind === 'account' ? this.#become(answer.account, request, client) : answer
    const asked = this.#ask((filter) => {
      const answer = filter.mail?.(request, this.#clientNow(client), this.#inbound.account)
      return answer === undefined ? undefined : chain(answer, become)
    })
    return chain(asked, (said) => {
      this.#inTransaction = said === null || !isRefusal(said)
      if (!this.#inTransaction) this.#inbound.reset()
      return said
    })
  }

  /** From now on it is mail of this account, with its rights and limits. */
  #become(account: AccountId, request: MailRequest, client: Client): StageAnswer {
    this.#madeFor = account
    const refused = this.#inbound.mail(request, this.#clientNow(client))
    return refused === null ? null : { kind: 'refuse', reply: refused }
  }

  #clientNow(client: Client): Client {
    return this.#madeFor === null ? client : { ...client, account: this.#madeFor }
  }

  recipient(request: RecipientRequest, client: Client): Refusal | Promise<Refusal> {
    const before = this.#inbound.recipients
    return chain(this.#inbound.recipient(request), (refused) => {
      if (refused !== null) return refused
      return chain(
        this.#ask((filter) => filter.recipient?.(request, client)),
        (said) => {
          if (said !== null && isRefusal(said)) this.#inbound.keepRecipients(before)
          return said
        },
      )
    })
  }

  begin(client: Client): BodySink | Reply | Promise<BodySink | Reply> {
    const taken = this.#inbound.take(this.#clientNow(client))
    this.#inTransaction = false
    if ('code' in taken) return this.#dropped(taken)
    return chain(
      this.#ask((filter) => filter.data?.(client, taken.id)),
      (said) => (said !== null && isRefusal(said) ? this.#dropped(said) : sinkFor(this.#host, this.#filters, taken)),
    )
  }

  #dropped(why: Reply): Reply {
    for (const filter of this.#filters) filter.reset?.()
    return why
  }

  reset(): void {
    this.#inbound.reset()
    if (this.#inTransaction) for (const filter of this.#filters) filter.reset?.()
    this.#inTransaction = false
    this.#madeFor = null
  }

  closed(): void {
    this.#end()
    this.#inbound.closed()
  }

  #end(): void {
    for (const filter of this.#filters) filter.closed?.()
    this.#filters = []
  }

  #ask(question: Question): Refusal | Promise<Refusal> {
    return this.#filters.length === 0 ? null : askAll(this.#filters, question)
  }
}

/** Who looks at what this client does, in the owner's order. */
export function filtersFor(sources: readonly SessionFilters[], client: Client): readonly SessionFilter[] {
  return sources.flatMap((source) => (source.isActive ? (source.begin(client) ?? []) : []))
}
