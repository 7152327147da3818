// The owner's plug-ins as those who are asked about mail on its way: each in the owner's order, for accounts that it is switched on for, until one
// has the mail deferred or failed. Where one has no answer in time the owner's choice is the answer.
import type { AccountId } from '../base/brand.ts'
import { messageOf } from '../base/fault.ts'
import type { DeferringEvent, DeliveryHook } from '../contract/plugins.ts'
import type { DeferredEvent } from '../contract/events.ts'
import type {
  ConnectionChange,
  ConnectionStart,
  DeliveryFilters,
  DomainChange,
  DomainStart,
  FirstInLine,
  Said,
} from '../engine/ports/delivery-filters.ts'
import {
  type Changed,
  connectionAnswer,
  connectionRuleOf,
  deferringAnswer,
  domainAnswer,
  domainChangeOf,
  domainRuleOf,
  type Refusal,
} from './delivery-answers.ts'
import type { AskedPlugin } from './plugin-filters.ts'
import { concerns } from './plugin-spec.ts'

type Runners = readonly AskedPlugin[]

interface Askers {
  readonly of: Runners
  readonly asks: DeliveryFilters['asks']
  readonly domain: Runners
  readonly connection: Runners
  readonly deferral: Runners
  /** Whether all accounts share those that are asked about connections. */
  readonly isSame: boolean
}

/** What a plug-in said; `failed`: it said nothing that counts. */
type Heard<A> = { readonly said: A } | { readonly failed: true }

interface Question<A> {
  readonly hook: DeliveryHook
  readonly facts: object
  readonly read: (answer: unknown) => A
}

export class PluginDeliveries implements DeliveryFilters {
  readonly #runners: () => Runners
  #askers: Askers

  /** `runners`: those that run now, in the owner's order; the same list while they are the same. */
  constructor(runners: () => Runners) {
    this.#runners = runners
    this.#askers = askersOf(runners())
  }

  get asks(): DeliveryFilters['asks'] {
    return this.#now.asks
  }

  get who(): object {
    return this.#now.of
  }

  isApart(account: AccountId): boolean {
    const { isSame, connection } = this.#now
    return !isSame && connection.some(({ spec }) => concerns(spec, account))
  }

  asksDomainOf(account: AccountId): boolean {
    return this.#now.domain.some(({ spec }) => concerns(spec, account))
  }

  domain(start: DomainStart): Promise<Said<DomainChange>> | null {
    const asked = whoFor(this.#now.domain, start.head.account)
    return asked === null ? null : askDomain(asked, start)
  }

  connection(start: ConnectionStart): Promise<Said<ConnectionChange>> | null {
    const asked = whoFor(this.#now.connection, start.head.account)
    return asked === null ? null : askConnection(asked, start)
  }

  deferral(event: DeferredEvent): Promise<string | null> | null {
    const asked = whoFor(this.#now.deferral, event.account)
    return asked === null ? null : askDeferral(asked, event)
  }

  get #now(): Askers {
    const runners = this.#runners()
    if (runners !== this.#askers.of) this.#askers = askersOf(runners)
    return this.#askers
  }
}

function askersOf(of: Runners): Askers {
  const having = (hook: DeliveryHook): Runners => of.filter(({ spec }) => spec.hooks.includes(hook))
  const [domain, connection, deferral] = [having('domainStart'), having('mxStart'), having('deferring')]
  const asks = { domain: domain.length > 0, connection: connection.length > 0, deferral: deferral.length > 0 }
  return { of, asks, domain, connection, deferral, isSame: connection.every(({ spec }) => spec.accounts === null) }
}

function whoFor(runners: Runners, account: AccountId): Runners | null {
  if (runners.length === 0) return null
  const found = runners.filter(({ spec }) => concerns(spec, account))
  return found.length === 0 ? null : found
}

async function askDomain(runners: Runners, start: DomainStart): Promise<Said<DomainChange>> {
  const { hosts, waiting, effective } = start
  const facts = { ...destinationOf(start), hosts, waiting }
  const heard = await askAbout(runners, { hook: 'domainStart', facts, rule: domainRuleOf(effective), read: domainAnswer })
  if (heard.kind !== 'heard') return heard
  return { kind: 'go', change: heard.changes === null ? null : domainChangeOf(heard.changes), isFailure: heard.isFailure }
}

async function askConnection(runners: Runners, start: ConnectionStart): Promise<Said<ConnectionChange>> {
  const { host, address, port, open, effective } = start
  const facts = { ...destinationOf(start), host, address, port, open }
  const heard = await askAbout(runners, { hook: 'mxStart', facts, rule: connectionRuleOf(effective), read: connectionAnswer })
  return heard.kind === 'heard' ? { kind: 'go', change: heard.changes, isFailure: heard.isFailure } : heard
}

interface AboutRule<Rule> {
  readonly hook: DeliveryHook
  readonly facts: object
  readonly rule: Rule
  readonly read: (answer: unknown, told: Rule, by: string) => Changed<Rule> | Refusal | null
}

/** All of them let it go, with what they changed together. */
interface AllHeard<Rule> {
  readonly kind: 'heard'
  readonly changes: Partial<Rule> | null
  readonly isFailure: boolean
}

async function askAbout<Rule extends object>(
  runners: Runners,
  { hook, facts, rule, read }: AboutRule<Rule>,
): Promise<AllHeard<Rule> | Refusal> {
  const now = { ...rule }
  const changes: Partial<Rule> = {}
  let isFailure = false
  for (const runner of runners) {
    const heard = await ask(runner, { hook, facts: { ...facts, rule: now }, read: (answer) => read(answer, now, runner.spec.name) })
    if ('failed' in heard && runner.spec.onFailure === 'defer') return putOff(runner)
    if ('failed' in heard) isFailure = true
    else if (heard.said !== null) {
      if (heard.said.kind !== 'changed') return heard.said
      Object.assign(changes, heard.said.values)
      Object.assign(now, heard.said.values)
    }
  }
  return { kind: 'heard', changes: Object.keys(changes).length === 0 ? null : changes, isFailure }
}

/** Whatever the owner chose for failures, it stays deferred then. */
async function askDeferral(runners: Runners, event: DeferredEvent): Promise<string | null> {
  const { kind: _kind, ...facts } = event
  for (const runner of runners) {
    const read = (answer: unknown): string | null => deferringAnswer(answer, event.reason, runner.spec.name)
    const heard = await ask(runner, { hook: 'deferring', facts: facts satisfies DeferringEvent, read })
    if ('said' in heard && heard.said !== null) return heard.said
  }
  return null
}

function destinationOf({ head: { account, id, mailing }, domain, site }: FirstInLine): object {
  return { account, domain, site, message: id, mailing }
}

function putOff({ spec: { name } }: AskedPlugin): Refusal {
  return { kind: 'defer', reason: `Plug-in ${name} has no answer, and its mail waits for one.`, wait: null, isFailure: true }
}

async function ask<A>(runner: AskedPlugin, { hook, facts, read }: Question<A>): Promise<Heard<A>> {
  const result = await runner.call(hook, facts)
  if ('failed' in result) return { failed: true }
  try {
    const said = read(result.answer)
    runner.answered()
    return { said }
  } catch (error) {
    // Whatever it is that cannot be read of an answer: no answer ends a delivery, or the worker.
    runner.failed(hook, 'nonsense', messageOf(error))
    return { failed: true }
  }
}
