// How much went on a second in the last minutes, of the totals that the server tells.

/** Counts since the server was made, at a moment. */
export interface Totals {
  readonly at: number
  readonly accepted: number
  readonly delivered: number
  readonly deferred: number
  readonly failed: number
}
export type Counted = Exclude<keyof Totals, 'at'>

export const STEP = 5_000
export const STEPS = 60

/** Keeps no more than is drawn. */
export function withTotals(history: readonly Totals[], next: Totals): readonly Totals[] {
  const oldest = next.at - (STEPS + 2) * STEP
  const from = history.findIndex(({ at }) => at >= oldest)
  // One before: it says what was so until then.
  return [...history.slice(Math.max(0, from < 0 ? history.length - 1 : from - 1)), next]
}

/** Ends of the steps up to now, oldest first. */
export function stepsUntil(now: number): readonly number[] {
  const last = Math.floor(now / STEP) * STEP
  return Array.from({ length: STEPS }, (_, n) => last - (STEPS - 1 - n) * STEP)
}

/** Of each step that ends there, how many a second; null: before the page looked. The server tells totals only when they changed. */
export function ratesOf(history: readonly Totals[], steps: readonly number[], what: Counted): readonly (number | null)[] {
  const until = (moment: number): number | null => history.findLast(({ at }) => at <= moment)?.[what] ?? null
  return steps.map((end) => {
    const [before, after] = [until(end - STEP), until(end)]
    return before === null || after === null ? null : Math.max(0, ((after - before) * 1000) / STEP)
  })
}
