// All effects of an installation in one book: what each rule does at each place, and what happened to it, as it is remembered, told and
// audited. Kept by one process for all workers, so that all see the same.
import { createHash } from 'node:crypto'
import type { EpochMs } from '../../base/brand.ts'
import type { EffectPlace, EffectReport, Happening, HeldEffect, Holding } from '../../contract/blocks.ts'
import { BACKOFF_RULE } from './backing-off.ts'
import { begin } from './holding.ts'
import { keyOf } from './places.ts'
import { RuleState } from './rule-state.ts'

/** Places with their rules. Beyond so many those go where nothing holds, the oldest first, then the oldest. */
const MOST_KEPT = 10_000
/** So many of the oldest are looked at for one where nothing holds. */
const LOOKED_AT = 100
/** Of a reply, as it is kept. */
const MOST_CAUSE = 1000

interface Kept {
  readonly id: string
  readonly ruleKey: string
  readonly rule: string
  readonly place: EffectPlace
  readonly state: RuleState
  cause: string
}

export class EffectBook {
  readonly #kept = new Map<string, Kept>()
  /** Those of them that hold, or held until a moment ago. */
  readonly #holding = new Set<Kept>()

  get size(): number {
    return this.#kept.size
  }

  /** Empty: nothing changed. */
  report({ ruleKey, rule, block, place, cause, ...observed }: EffectReport, now: EpochMs): readonly Happening[] {
    const dropped: Happening[] = []
    const kept = this.#keptFor({ ruleKey, rule, place }, dropped, now)
    if (kept.state.last !== null && kept.state.holding(now) === null) dropped.push(this.#end(kept, kept.state.last, 'time', now))
    const outcome = kept.state.matched(block, observed, now)
    if (outcome === 'counted') return dropped
    const by = rule === BACKOFF_RULE ? rule : `rule ${rule}`
    const told = cause.slice(0, MOST_CAUSE)
    if (outcome === 'alert')
      return [...dropped, { at: now, kind: 'alert', effect: effectOf({ ...kept, cause: told }, begin(block, observed, now)), by }]
    kept.cause = told
    return [...dropped, ...this.#changed(kept, outcome, by, now)]
  }

  /** By hand: it ends (`until` null), or holds until then. Empty: there is no such effect, or that is how it is. */
  change(id: string, until: EpochMs | null, by: string, now: EpochMs): readonly Happening[] {
    const kept = this.#kept.get(id)
    const holding = kept?.state.holding(now) ?? null
    if (kept === undefined || holding === null || holding.until === until) return []
    if (until === null) return [this.#end(kept, holding, by, now)]
    kept.state.extend(until, now)
    return this.#changed(kept, 'extended', by, now)
  }

  has(id: string, now: EpochMs): boolean {
    return (this.#kept.get(id)?.state.holding(now) ?? null) !== null
  }

  /** Ends what is over by time. */
  over(now: EpochMs): readonly Happening[] {
    return [...this.#holding].flatMap((kept) => {
      const { last } = kept.state
      return last === null || kept.state.holding(now) !== null ? [] : [this.#end(kept, last, 'time', now)]
    })
  }

  /** When the next is over; null: nothing holds. */
  nextOver(): EpochMs | null {
    let next = Infinity
    for (const { state } of this.#holding) next = Math.min(next, state.last?.recoversUntil ?? Infinity)
    return next === Infinity ? null : next
  }

  held(now: EpochMs): readonly HeldEffect[] {
    return [...this.#holding].flatMap((kept) => {
      const holding = kept.state.holding(now)
      return holding === null ? [] : [effectOf(kept, holding)]
    })
  }

  /** What was remembered; what is over meanwhile comes out of `over`. */
  restore(effects: readonly HeldEffect[]): void {
    for (const { id, ruleKey, rule, place, cause, holding } of effects) {
      const kept = { id, ruleKey, rule, place, cause, state: new RuleState(holding) }
      this.#kept.set(id, kept)
      this.#holding.add(kept)
    }
  }

  /** Lets go of what nobody would miss. */
  tidy(now: EpochMs): void {
    for (const [id, kept] of this.#kept) if (!this.#holding.has(kept) && kept.state.isForgettable(now)) this.#kept.delete(id)
  }

  #keptFor(of: Pick<Kept, 'ruleKey' | 'rule' | 'place'>, dropped: Happening[], now: EpochMs): Kept {
    const id = idOf(of.ruleKey, of.place)
    let kept = this.#kept.get(id)
    if (kept !== undefined) return kept
    if (this.#kept.size >= MOST_KEPT) this.#drop(dropped, now)
    this.#kept.set(id, (kept = { id, ...of, state: new RuleState(), cause: '' }))
    return kept
  }

  #drop(dropped: Happening[], now: EpochMs): void {
    let oldest: Kept | null = null
    let looked = 0
    for (const kept of this.#kept.values()) {
      oldest ??= kept
      if (!this.#holding.has(kept)) oldest = kept
      if (!this.#holding.has(kept) || ++looked === LOOKED_AT) break
    }
    if (oldest === null) return
    const { last } = oldest.state
    if (last !== null) dropped.push(this.#end(oldest, last, 'want of room', now))
    this.#kept.delete(oldest.id)
  }

  #changed(kept: Kept, kind: 'begun' | 'tightened' | 'extended', by: string, now: EpochMs): readonly Happening[] {
    const holding = kept.state.holding(now)
    if (holding === null) return []
    this.#holding.add(kept)
    return [{ at: now, kind, effect: effectOf(kept, holding), by }]
  }

  #end(kept: Kept, holding: Holding, by: string, now: EpochMs): Happening {
    kept.state.end()
    this.#holding.delete(kept)
    return { at: now, kind: 'ended', effect: effectOf(kept, holding), by }
  }
}

function idOf(ruleKey: string, place: EffectPlace): string {
  return createHash('sha256')
    .update(`${ruleKey}\n${keyOf(place)}`)
    .digest('hex')
    .slice(0, 10)
}

function effectOf({ id, ruleKey, rule, place, cause }: Omit<Kept, 'state'>, holding: Holding): HeldEffect {
  return { id, ruleKey, rule, place, cause, holding }
}
