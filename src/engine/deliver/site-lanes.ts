// The connections of one site: those that are open, and of them those without work.
import type { Ms } from '../../base/brand.ts'
import type { Lane } from './lane.ts'

export class SiteLanes {
  readonly all = new Set<Lane>()
  readonly #idle: Lane[] = []
  #kept = 0

  /** Those that only mail of higher priority uses. */
  get kept(): number {
    return this.#kept
  }

  add(lane: Lane): void {
    this.all.add(lane)
    if (lane.isKept) this.#kept++
  }

  get hasIdle(): boolean {
    return this.#idle.length > 0
  }

  ended(lane: Lane): void {
    if (this.all.delete(lane) && lane.isKept) this.#kept--
    this.noLongerIdle(lane)
  }

  idle(lane: Lane): void {
    this.#idle.push(lane)
  }

  noLongerIdle(lane: Lane): void {
    const at = this.#idle.indexOf(lane)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  /** One without work looks at the queue, first of those that are kept where there is work for them; false: there is none. */
  wakeOne(hasWorkForKept: boolean): boolean {
    const kept = hasWorkForKept && this.#kept > 0 ? this.#idle.find((one) => one.isKept) : undefined
    const lane = kept ?? this.#idle.findLast((one) => !one.isKept)
    if (lane === undefined) return false
    this.noLongerIdle(lane)
    lane.wake()
    return true
  }

  endIdle(since: Ms): void {
    for (const lane of this.#idle.filter((one) => one.idleSince <= since)) lane.end()
  }

  endOneIdle(): boolean {
    const [lane] = this.#idle
    lane?.end()
    return lane !== undefined
  }

  /** Those beyond `most` end after what they are sending, those without work first. */
  endSurplus(most: number): void {
    const lanes = [...new Set([...this.#idle, ...this.all])].filter((lane) => !lane.isEnding)
    for (const lane of lanes.slice(0, Math.max(0, lanes.length - most))) lane.end()
  }

  holds(key: string): boolean {
    for (const lane of this.all) if (lane.holds(key)) return true
    return false
  }
}
