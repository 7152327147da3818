// Dynamic Block Rules at work in this worker: what replies of receivers are known to the rules, and what may leave where something holds.
// What holds is decided and kept elsewhere (ports/effects.ts), for all workers; here are the places, the time and the alerts.
import type { Domain, EpochMs } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { BlockRule, EffectPlace, EffectReport, Happening, HeldEffect } from '../../contract/blocks.ts'
import { NORMAL_RANK, type Rank, rankOf } from '../../contract/priority.ts'
import { type PeerReply, replyLine } from '../../contract/events.ts'
import { blockWords, happeningWords, recoveringWords } from '../../policy/blocks/effect-words.ts'
import { AT_EASE, type Ease, easeOf, nextChangeOf, type Observed, tightest } from '../../policy/blocks/holding.ts'
import { blockText } from '../../policy/blocks/matching.ts'
import { isOfMail, placeFor, PlaceIndex, scopeOf } from '../../policy/blocks/places.ts'
import { isKnown } from '../../policy/blocks/rule-state.ts'
import type { RuleBlocks, RuleBook } from '../../policy/rules/book.ts'
import type { Alerts } from '../alerts.ts'
import type { Effects } from '../ports/effects.ts'
import type { MessageHead } from '../ports/spool.ts'
import type { SitePlan } from './routing.ts'

/** A reply that a rule knows. */
export interface KnownReply {
  readonly rule: RuleBlocks
  readonly block: BlockRule
  readonly line: string
}

/** Whose mail it is; null: nobody knows. */
export type Whose = Pick<MessageHead, 'account' | 'mailing'> | null

/** What becomes of mail now: it waits, or fails. */
export interface Stopped {
  readonly kind: 'waits' | 'fails'
  readonly until: EpochMs
  readonly reason: string
}

export interface BlocksParts {
  readonly clock: Clock
  readonly alerts: Alerts
  readonly rules: () => RuleBook
  readonly effects: Effects
  /** What may leave there changed. */
  readonly changed: (effect: HeldEffect) => void
}

interface Watched {
  readonly effect: HeldEffect
  timer: Disposable | null
}

const MEND = "Find out why from the reply. 'hms effects ls' lists what is held back, 'hms effects end' ends it."

export class Blocks {
  readonly #parts: BlocksParts
  readonly #watched = new Map<string, Watched>()
  readonly #places = new PlaceIndex<HeldEffect>()
  readonly #switching = new Set<string>()
  #isStopped = false

  constructor(parts: BlocksParts) {
    this.#parts = parts
    for (const effect of parts.effects.current())
      this.#take({ at: effect.holding.changedAt, kind: 'begun', effect, by: `rule ${effect.rule}` }, false)
    parts.effects.onHappening((happening) => this.#take(happening, true))
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

  /** Tells what was seen; what the rules want of it is done at once, or a moment later where another process decides. */
  act(spot: EffectPlace, whose: Whose, known: readonly KnownReply[], observed: Observed): void {
    for (const { rule, block, line } of known)
      this.report(spot, whose, { ruleKey: rule.key, rule: rule.rule, block, cause: line }, observed)
  }

  report(spot: EffectPlace, whose: Whose, seen: Omit<EffectReport, 'place' | keyof Observed>, observed: Observed): void {
    const place = placeFor(scopeOf(seen.block), factsOf(spot, whose))
    if (this.#isNews(seen.ruleKey, seen.block, place)) this.#parts.effects.report({ ...seen, place, ...observed })
  }

  /** A burst of replies that were on their way is not worth a word each. */
  #isNews(ruleKey: string, block: BlockRule, place: EffectPlace): boolean {
    if (this.#places.isEmpty || block.onlyAlert) return true
    const now = this.#parts.clock.now()
    const here = this.#places.find(place, isOfMail(place))
    return !here.some((effect) => effect.ruleKey === ruleKey && isKnown(effect.holding, block, now))
  }

  /** Of a site, as places of effects name it. */
  spotOf({ name, hosts }: SitePlan, source: string): EffectPlace {
    const provider = this.#parts.rules().providerOf(
      name,
      hosts.map(({ host }) => host),
    )
    return { site: name, source, ...(provider !== null && { provider }) }
  }

  /** Nothing holds anywhere. */
  get isQuiet(): boolean {
    return this.#places.isEmpty
  }

  /** Of that id, where it holds. */
  effect(id: string): HeldEffect | undefined {
    return this.#watched.get(id)?.effect
  }

  /** What may leave at the site now, whosever mail it is. */
  ease(spot: EffectPlace): Ease {
    const held = this.#places.find(spot, false)
    if (held.length === 0) return AT_EASE
    const now = this.#parts.clock.now()
    return tightest(held.map(({ holding }) => easeOf(holding, now)))
  }

  /** What holds for somebody's mail at the site, with what holds for all of it. */
  heldFor(spot: EffectPlace, whose: Whose): readonly HeldEffect[] {
    return [...this.#places.find(spot, false), ...this.#places.find(factsOf(spot, whose), true)]
  }

  /** What keeps somebody's mail from being tried, beside what pauses the whole site; null: nothing. */
  stopped(spot: EffectPlace, whose: Whose): Stopped | null {
    const now = this.#parts.clock.now()
    let stopped: Stopped | null = null
    for (const effect of this.heldFor(spot, whose)) {
      const { action, until } = effect.holding
      if (now >= until) continue
      if (action === 'fail') return { kind: 'fails', until, reason: `By ${blockWords(effect)}, after: ${effect.cause}` }
      if (action === 'pause' && isOfMail(effect.place) && until > (stopped?.until ?? 0))
        stopped = { kind: 'waits', until, reason: pausedBy(effect) }
    }
    return stopped
  }

  /** The pool that somebody's mail to the site leaves from instead of its own; null: there is none. */
  poolFor(spot: EffectPlace, whose: Whose): string | null {
    const now = this.#parts.clock.now()
    const found = this.heldFor(spot, whose).find(({ holding: { action, until } }) => action === 'pool' && now < until)
    return found?.holding.block.target ?? null
  }

  /** The priority that somebody's mail to the site has, of that which it would have. */
  rankOf(spot: EffectPlace, head: MessageHead): Rank {
    const now = this.#parts.clock.now()
    let rank = rankOf(head)
    for (const { holding } of this.heldFor(spot, head)) {
      const { action, until, block } = holding
      if (action === 'priority' && now < until) rank = block.target === 'bulk' ? 0 : (Math.min(rank, NORMAL_RANK) as Rank)
    }
    return rank
  }

  /** Some mail leaves from other pools than its own. */
  get areSwitching(): boolean {
    return this.#switching.size > 0
  }

  /** Why nothing leaves at the site; null: something does. */
  reason(spot: EffectPlace): string | null {
    const now = this.#parts.clock.now()
    const pausing = this.#places.find(spot, false).find(({ holding }) => easeOf(holding, now).pausedUntil > now)
    return pausing === undefined ? null : pausedBy(pausing)
  }

  stop(): void {
    this.#isStopped = true
    for (const { timer } of this.#watched.values()) timer?.[Symbol.dispose]()
  }

  #take(happening: Happening, isNew: boolean): void {
    if (this.#isStopped) return
    const { kind, effect } = happening
    this.#tell(happening)
    if (kind === 'alert') return
    if (kind === 'ended') this.#forget(effect)
    else this.#put(effect)
    if (isNew) this.#parts.changed(effect)
  }

  #tell(happening: Happening): void {
    const { alerts, clock } = this.#parts
    const { kind, effect } = happening
    const key = `block ${effect.id}`
    if (kind === 'ended') return alerts.clear(key)
    if (kind !== 'alert') return alerts.raise(key, happeningWords(happening), MEND, true)
    const ofAlert = `${key} ${effect.holding.block.name}`
    alerts.raise(ofAlert, happeningWords(happening), MEND, true)
    clock.after(effect.holding.block.pause, () => alerts.clear(ofAlert))
  }

  #put(effect: HeldEffect): void {
    this.#watched.get(effect.id)?.timer?.[Symbol.dispose]()
    const watched: Watched = { effect, timer: null }
    this.#watched.set(effect.id, watched)
    this.#places.put(effect.place, effect.id, effect)
    if (effect.holding.action === 'pool') this.#switching.add(effect.id)
    this.#watch(watched)
  }

  #forget({ id, place }: HeldEffect): void {
    this.#watched.get(id)?.timer?.[Symbol.dispose]()
    this.#watched.delete(id)
    this.#places.remove(place, id)
    this.#switching.delete(id)
  }

  /** Whoever waits is told when more may leave. */
  #watch(watched: Watched): void {
    const { clock, alerts, changed } = this.#parts
    const { effect } = watched
    const now = clock.now()
    const next = nextChangeOf(effect.holding, now)
    if (next === null) {
      alerts.clear(`block ${effect.id}`)
      return this.#forget(effect)
    }
    if (now >= effect.holding.until) alerts.raise(`block ${effect.id}`, recoveringWords(effect, now), MEND, true)
    watched.timer = clock.after(Math.max(1, next - now), () => {
      this.#watch(watched)
      changed(effect)
    })
  }
}

function factsOf(spot: EffectPlace, whose: Whose): EffectPlace {
  if (whose === null) return spot
  const { account, mailing } = whose
  return { ...spot, account: String(account), ...(mailing !== null && { mailing }) }
}

function pausedBy(effect: HeldEffect): string {
  const words = blockWords(effect)
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} pauses it, after: ${effect.cause}`
}
