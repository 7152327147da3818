// What is counted of a plug-in's calls: by hook how long they took, in classes that add up over workers, and how many of the last minute or two
// failed. It costs a few additions a call.
import type { EpochMs, Ms } from '../base/brand.ts'
import type { PluginHookTime } from '../contract/plugin-operations.ts'

/** Upper bound of the first class; each next one is larger by the square root of two. The last takes all beyond. */
const FIRST: Ms = 0.05
const CLASSES = 42
const MINUTE: Ms = 60_000
/** Fewer failures than these are told one by one, and are no trouble yet. */
const LEAST_FAILURES = 3

interface Share {
  at: EpochMs
  calls: number
  failed: number
}

export class PluginMeter {
  readonly #hooks = new Map<string, number[]>()
  #now: Share = { at: 0, calls: 0, failed: 0 }
  #before: Share = { at: 0, calls: 0, failed: 0 }

  called(hook: string, took: Ms, now: EpochMs): void {
    let times = this.#hooks.get(hook)
    if (times === undefined) this.#hooks.set(hook, (times = Array.from({ length: CLASSES }, () => 0)))
    const at = took <= FIRST ? 0 : Math.min(CLASSES - 1, Math.ceil(2 * Math.log2(took / FIRST)))
    times[at] = (times[at] ?? 0) + 1
    this.#turn(now)
    this.#now.calls++
  }

  failed(now: EpochMs): void {
    this.#turn(now)
    this.#now.failed++
  }

  /** Of the calls of the last minute or two; 0 where fewer than three failed. */
  failing(now: EpochMs): number {
    this.#turn(now)
    const failed = this.#now.failed + this.#before.failed
    return failed < LEAST_FAILURES ? 0 : Math.min(1, failed / Math.max(failed, this.#now.calls + this.#before.calls))
  }

  hooks(): readonly { readonly hook: string; readonly times: readonly number[] }[] {
    return [...this.#hooks].map(([hook, times]) => ({ hook, times: [...times] }))
  }

  #turn(now: EpochMs): void {
    const minute = Math.floor(now / MINUTE)
    if (this.#now.at === minute) return
    this.#before = this.#now.at === minute - 1 ? this.#now : { at: minute - 1, calls: 0, failed: 0 }
    this.#now = { at: minute, calls: 0, failed: 0 }
  }
}

/** Of the classes of all workers. */
export function hookTime(hook: string, times: readonly (readonly number[])[]): PluginHookTime {
  const all = Array.from({ length: CLASSES }, (_, n) => times.reduce((sum, one) => sum + (one[n] ?? 0), 0))
  const calls = all.reduce((sum, one) => sum + one, 0)
  return { hook, calls, p50: boundOf(all, calls * 0.5), p99: boundOf(all, calls * 0.99) }
}

function boundOf(all: readonly number[], rank: number): Ms {
  let seen = 0
  const at = all.findIndex((count) => (seen += count) >= rank && seen > 0)
  const bound = FIRST * 2 ** (Math.max(0, at) / 2)
  return Number(bound.toPrecision(2))
}
