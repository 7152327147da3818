// Dynamic Block Rules at work: what replies of receivers begin, for one site or for all sites of a provider, and what may leave there
// meanwhile. Who holds what is in policy/blocks/rule-state.ts; here are the places, the clock, the alerts and the list for the owner.
import { createHash } from 'node:crypto'
import type { Domain, EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { BlockEffect, BlockRule, BlockScope } from '../../contract/blocks.ts'
import type { PeerReply } from '../../contract/events.ts'
import { blockText } from '../../policy/blocks/matching.ts'
import { AT_EASE, type Ease, type Matched, RuleState, tightest } from '../../policy/blocks/rule-state.ts'
import type { RuleBlocks, RuleBook } from '../../policy/rules/book.ts'
import type { Alerts } from '../alerts.ts'
import { replyLine } from '../settle/decisions.ts'
import type { SitePlan } from './routing.ts'

/** Places are forgotten when nothing holds there; beyond so many the oldest of them go earlier. */
const MOST_PLACES = 10_000

/** A reply that a rule knows. */
export interface KnownReply {
  readonly rule: RuleBlocks
  readonly block: BlockRule
  readonly line: string
}

/** Where something holds. */
export interface BlockPlace {
  readonly scope: BlockScope
  readonly where: string
}

interface Held extends BlockPlace {
  readonly id: string
  readonly rule: RuleBlocks
  readonly state: RuleState
  cause: string
  timer: Disposable | null
}

export interface BlocksParts {
  readonly clock: Clock
  readonly log: Log
  readonly alerts: Alerts
  readonly rules: () => RuleBook
  /** What may leave at the place changed. */
  readonly changed: (place: BlockPlace) => void
}

export class Blocks {
  readonly #parts: BlocksParts
  readonly #places = new Map<string, Map<string, Held>>()
  /** When the next message may leave a site that is slowed down. */
  readonly #paces = new Map<string, EpochMs>()

  constructor(parts: BlocksParts) {
    this.#parts = parts
  }

  /** What the rules know of a reply; empty: nothing, as of nearly every one. */
  find(plan: SitePlan, domain: Domain, reply: PeerReply | null): readonly KnownReply[] {
    if (reply === null) return []
    const { name: site, hosts } = plan
    const rules = this.#parts.rules().blocksAt({ site, hosts: hosts.map(({ host }) => host), domain, account: null })
    if (rules.length === 0) return []
    const line = replyLine(reply)
    const text = blockText(line)
    return rules.flatMap((rule) => {
      const block = rule.matcher.find(text)
      return block === undefined ? [] : [{ rule, block, line }]
    })
  }

  /** Does what the rules say. */
  act(plan: SitePlan, known: readonly KnownReply[]): void {
    for (const reply of known) {
      const held = this.#heldAt(plan, reply)
      const outcome = held.state.matched(reply.block, this.#parts.clock.now())
      if (outcome !== 'counted') this.#tell(held, reply, outcome)
    }
  }

  #heldAt(plan: SitePlan, { rule, block, line }: KnownReply): Held {
    const provider = block.scope === 'provider' ? this.#providerOf(plan) : null
    const place: BlockPlace = provider === null ? { scope: 'site', where: plan.name } : { scope: 'provider', where: provider }
    let here = this.#places.get(keyOf(place))
    if (here === undefined) {
      if (this.#places.size >= MOST_PLACES) this.#dropOldest()
      this.#places.set(keyOf(place), (here = new Map()))
    }
    let held = here.get(rule.key)
    if (held === undefined) {
      const id = createHash('sha256')
        .update(`${rule.key}\n${keyOf(place)}`)
        .digest('hex')
        .slice(0, 10)
      here.set(rule.key, (held = { ...place, id, rule, state: new RuleState(), cause: line, timer: null }))
    }
    return held
  }

  #providerOf({ name, hosts }: SitePlan): string | null {
    return this.#parts.rules().providerOf(
      name,
      hosts.map(({ host }) => host),
    )
  }

  #tell(held: Held, { block, line }: KnownReply, outcome: Exclude<Matched, 'counted'>): void {
    const { log, alerts, clock } = this.#parts
    const what = `${whereOf(held)}: ${wordsFor(held, block, clock.now(), outcome)} by the block "${block.name}" of the rule ${held.rule.rule}, after: ${line}`
    log.info('A block rule matched.', { where: held.where, rule: held.rule.rule, block: block.name, outcome, reply: line })
    const key = outcome === 'alert' ? `${alertKey(held)} ${block.name}` : alertKey(held)
    alerts.raise(key, what, "Find out why from the reply. 'hms effects ls' lists what is held back, 'hms effects end' ends it.")
    if (outcome === 'alert') return void clock.after(block.pause, () => alerts.clear(key))
    held.cause = line
    this.#watch(held)
    this.#parts.changed(held)
  }

  /** Whoever waits is told when more may leave. */
  #watch(held: Held): void {
    held.timer?.[Symbol.dispose]()
    held.timer = null
    const { clock, alerts } = this.#parts
    const now = clock.now()
    const next = held.state.nextChange(now)
    if (next === null) return alerts.clear(alertKey(held))
    held.timer = clock.after(Math.max(1, next - now), () => {
      this.#watch(held)
      this.#parts.changed(held)
    })
  }

  /** What may leave at the site now. */
  ease(plan: SitePlan): Ease {
    if (this.#places.size === 0) return AT_EASE
    const held = this.#heldFor(plan)
    if (held.length === 0) return AT_EASE
    const now = this.#parts.clock.now()
    return tightest(held.map(({ state }) => state.ease(now)))
  }

  /** Why nothing leaves at the site; null: something does. */
  reason(plan: SitePlan): string | null {
    const now = this.#parts.clock.now()
    const held = this.#heldFor(plan).find(({ state }) => state.ease(now).pausedUntil > now)
    const holding = held?.state.holding(now) ?? null
    return held === undefined || holding === null
      ? null
      : `The block "${holding.block.name}" of the rule ${held.rule.rule} pauses it, after: ${held.cause}`
  }

  #heldFor(plan: SitePlan): readonly Held[] {
    const here = this.#places.get(keyOf({ scope: 'site', where: plan.name }))
    const provider = this.#providerOf(plan)
    const all = provider === null ? undefined : this.#places.get(keyOf({ scope: 'provider', where: provider }))
    return [...(here?.values() ?? []), ...(all?.values() ?? [])]
  }

  /** Whether the site is meant. */
  isAt(place: BlockPlace, plan: SitePlan): boolean {
    return place.scope === 'site' ? plan.name === place.where : this.#providerOf(plan) === place.where
  }

  /** A message wants to leave a site that is slowed down to so many a minute: 0 where it may, otherwise how long it has to wait. */
  pace(plan: SitePlan, perMinute: number): Ms {
    const now = this.#parts.clock.now()
    const next = this.#paces.get(plan.name) ?? 0
    if (next > now) return next - now
    this.#paces.set(plan.name, now + 60_000 / perMinute)
    return 0
  }

  list(): readonly BlockEffect[] {
    const now = this.#parts.clock.now()
    return this.#all().flatMap((held) => {
      const holding = held.state.holding(now)
      if (holding === null) return []
      const { block, action, since, until, recoversUntil } = holding
      const { connections, perMinute, pausedUntil } = held.state.ease(now)
      const to = pausedUntil > now ? null : action === 'slow' ? perMinute : connections
      const { id, scope, where, cause } = held
      return [{ id, rule: held.rule.rule, block: block.name, scope, where, action, to, since, until, recoversUntil, cause }]
    })
  }

  /** By hand: it ends (`until` null), or holds until then. False: there is no such effect. */
  change(id: string, until: EpochMs | null, by: string): boolean {
    const { clock, log } = this.#parts
    const now = clock.now()
    const found = this.#all().filter((held) => held.id === id && held.state.holding(now) !== null)
    for (const held of found) {
      const what = { where: held.where, rule: held.rule.rule, by, until: until === null ? 'now' : new Date(until).toISOString() }
      log.info('An effect of a block rule was changed by hand.', what)
      if (until === null) held.state.end()
      else held.state.extend(until, now)
      this.#watch(held)
      this.#parts.changed(held)
    }
    return found.length > 0
  }

  #all(): readonly Held[] {
    const all: Held[] = []
    for (const here of this.#places.values()) all.push(...here.values())
    return all
  }

  #dropOldest(): void {
    const [oldest] = this.#places
    if (oldest === undefined) return
    for (const held of oldest[1].values()) {
      held.timer?.[Symbol.dispose]()
      this.#parts.alerts.clear(alertKey(held))
    }
    this.#places.delete(oldest[0])
  }

  stop(): void {
    for (const { timer } of this.#all()) timer?.[Symbol.dispose]()
  }

  /** Drops what nobody would miss. */
  tidy(): void {
    const now = this.#parts.clock.now()
    for (const [key, here] of this.#places) {
      for (const [rule, { state }] of here) if (state.isForgettable(now)) here.delete(rule)
      if (here.size === 0) this.#places.delete(key)
    }
    for (const [site, next] of this.#paces) if (next < now) this.#paces.delete(site)
  }
}

function keyOf({ scope, where }: BlockPlace): string {
  return `${scope} ${where}`
}

function alertKey(held: Held): string {
  return `block ${keyOf(held)} ${held.rule.key}`
}

function whereOf({ scope, where }: BlockPlace): string {
  return scope === 'site' ? where : `All sites of ${where}`
}

function wordsFor({ state }: Held, { action }: BlockRule, now: EpochMs, outcome: Exclude<Matched, 'counted'>): string {
  if (outcome === 'alert') return 'alert'
  const until = new Date(state.holding(now)?.until ?? now).toISOString()
  const { connections, perMinute } = state.ease(now)
  if (action === 'pause') return `nothing leaves until ${until}`
  return `${action === 'slow' ? `${perMinute} messages a minute` : `${connections} connections at once`} until ${until}`
}
