// The owner's plug-ins as filters of sessions: each hook that a plug-in has is asked with what the session knows, for accounts that it is
// switched on for. Where it has no answer in time the owner's choice is the answer.
import type { AccountId } from '../base/brand.ts'
import { messageOf } from '../base/fault.ts'
import { type PluginClient, type PluginHook, SESSION_HOOKS } from '../contract/plugins.ts'
import { FILTER_FAILED } from '../engine/accept/words.ts'
import type { FilteredMessage, MailAnswer, MessageAnswer, SessionFilter, SessionFilters, StageAnswer } from '../engine/ports/filters.ts'
import { chain } from '../smtp/server/chain.ts'
import type { Client } from '../smtp/server/handler.ts'
import { receivedAnswer, stepAnswer } from './answers.ts'
import type { CallResult } from './call-line.ts'
import type { PluginRunner } from './plugin-runner.ts'
import { concerns } from './plugin-spec.ts'
import { shownHeader } from './shown-header.ts'

const FAILED = { kind: 'refuse', reply: FILTER_FAILED } as const

type Heard = Exclude<CallResult, { readonly failed: unknown }>

/** A plug-in, as whoever has something to ask it sees it. */
export type AskedPlugin = Pick<PluginRunner, 'spec' | 'call' | 'tell' | 'answered' | 'failed'>

export class PluginFilters implements SessionFilters {
  readonly #runners: () => readonly AskedPlugin[]
  #all: readonly AskedPlugin[] | null = null
  #ofSessions: readonly AskedPlugin[] = []
  #sessions = 0

  /** `runners`: those that run now, in the owner's order; the same list while they are the same. */
  constructor(runners: () => readonly AskedPlugin[]) {
    this.#runners = runners
  }

  get isActive(): boolean {
    return this.#now.length > 0
  }

  begin(client: Client): readonly SessionFilter[] {
    const session = ++this.#sessions
    return this.#now.map((runner) => filterOf(runner, session, client))
  }

  /** Those that have a hook of sessions. */
  get #now(): readonly AskedPlugin[] {
    const all = this.#runners()
    if (all !== this.#all) {
      this.#all = all
      this.#ofSessions = all.filter(({ spec }) => spec.hooks.some((hook) => (SESSION_HOOKS as readonly PluginHook[]).includes(hook)))
    }
    return this.#ofSessions
  }
}

/** What a plug-in does not hook is not there: the session does not even ask. Of mail that is not for it there is an answer at once. */
function filterOf(runner: AskedPlugin, session: number, first: Client): SessionFilter {
  const { spec } = runner
  const has = (hook: PluginHook): boolean => spec.hooks.includes(hook)
  const at = new Watch(runner, session, first)
  return {
    ...(has('connect') && { connected: (client: Client) => at.step('connect', client, {}) }),
    ...(has('auth') && {
      auth: (client: Client, { user, account }: { readonly user: string; readonly account: AccountId | null }) => {
        at.account = account
        return at.step('auth', client, { user })
      },
    }),
    mail: (request, client, account) => {
      at.account = account
      at.sender = request.sender?.address ?? ''
      return has('from') ? at.mail(client, { sender: at.sender, size: request.size }) : null
    },
    ...(has('recipient') && {
      recipient: ({ recipient }, client) => at.step('recipient', client, { sender: at.sender, recipient: recipient.address }),
    }),
    ...(has('data') && { data: (client, message) => at.step('data', client, { message }) }),
    ...(has('received') && {
      wantsMessage: (account: AccountId) => concerns(spec, account),
      received: (message, client) => at.received(message, client),
    }),
    ...(has('complete') && { complete: (message, client) => at.complete(client, message) }),
    ...(has('reset') && { reset: () => at.tell('reset') }),
    ...(has('closed') && { closed: () => at.tell('closed') }),
  }
}

/** One plug-in in one session. */
class Watch {
  account: AccountId | null = null
  sender = ''
  readonly #runner: AskedPlugin
  readonly #session: number
  /** As JSON. */
  #client: string
  #from: Client

  constructor(runner: AskedPlugin, session: number, client: Client) {
    this.#runner = runner
    this.#session = session
    this.#from = client
    this.#client = JSON.stringify(seen(client))
  }

  step(hook: PluginHook, client: Client, facts: object): StageAnswer | Promise<StageAnswer> {
    return chain(this.mail(client, facts, hook), (answer) => (answer?.kind === 'account' ? null : answer))
  }

  mail(client: Client, facts: object, hook: PluginHook = 'from'): MailAnswer | Promise<MailAnswer> {
    if (!this.#applies) return null
    return this.#runner.call(hook, this.#facts(client, facts)).then((result) =>
      this.#heard(hook, result, ({ answer: said }) => {
        const answer = stepAnswer(hook, said, this.#runner.spec.name)
        if (answer?.kind === 'account') this.account = answer.account
        return answer
      }),
    )
  }

  received(message: FilteredMessage, client: Client): Promise<MessageAnswer> {
    this.account = message.account
    const { id, sender, recipients, size, header } = message
    const facts = this.#facts(client, { message: id, sender, recipients, size, header: shownHeader(header) })
    return this.#runner
      .call('received', facts, () => message.body())
      .then((result) => this.#heard('received', result, ({ answer, octets }) => receivedAnswer(answer, octets, this.#runner.spec.name)))
  }

  /** Whatever it is that cannot be read of an answer: no answer ends a session, or the worker. */
  #heard<A>(hook: PluginHook, result: CallResult, read: (heard: Heard) => A): A | typeof FAILED | null {
    if ('failed' in result) return this.#failed()
    try {
      const answer = read(result)
      this.#runner.answered()
      return answer
    } catch (error) {
      this.#runner.failed(hook, 'nonsense', messageOf(error))
      return this.#failed()
    }
  }

  /** It is stored: no failure takes that back. */
  complete(client: Client, message: string): StageAnswer | Promise<StageAnswer> {
    return chain(this.step('complete', client, { message }), (answer) => (answer?.kind === 'words' ? answer : null))
  }

  tell(hook: PluginHook): void {
    if (this.#applies) this.#runner.tell(hook, this.#facts(this.#from, {}))
  }

  get #applies(): boolean {
    return concerns(this.#runner.spec, this.account)
  }

  /** A `SessionEvent` and what else there is, as JSON: most of it is the same for each message of a client. */
  #facts(client: Client, facts: object): string {
    if (client !== this.#from) {
      this.#from = client
      this.#client = JSON.stringify(seen(client))
    }
    const more = JSON.stringify(facts)
    return `{"session":${this.#session},"client":${this.#client},"account":${this.account}${more === '{}' ? more.slice(1) : `,${more.slice(1)}`}`
  }

  #failed(): typeof FAILED | null {
    return this.#runner.spec.onFailure === 'defer' ? FAILED : null
  }
}

function seen({ address, port, helo, tls, user, protocol }: Client): PluginClient {
  return { address, port, helo, tls, user, protocol }
}
