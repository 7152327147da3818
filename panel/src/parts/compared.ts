// Figures beside those of before, and the times that a chart is drawn over.
import { share } from '../texts/format.ts'
import { overview } from '../texts/overview.ts'

interface ChangeWords {
  readonly same: string
  readonly noneBefore: string
  readonly against: (change: string) => string
}

/** What is more than this many times as much is no share that says anything. */
const MOST = 10

/** Against the week before, unless other words say what it is against. */
export function changeText(now: number, before: number, words: ChangeWords = overview.figures): string {
  if (now === before) return words.same
  if (before === 0) return words.noneBefore
  const change = now / before - 1
  return words.against(change > MOST ? `> +${share(MOST)}` : `${change > 0 ? '+' : '−'}${share(Math.abs(change))}`)
}

/** Beginnings of the hours or days of a report; days as the report has them where it names some, as they may have 23 or 25 hours. */
export function allTimes(
  { from, to, data }: { readonly from: number; readonly to: number; readonly data: readonly { readonly at: number | null }[] },
  step: number,
): readonly number[] {
  const known = data.flatMap(({ at }) => (at === null ? [] : [at])).toSorted((a, b) => a - b)
  const times: number[] = []
  let at = from
  for (let next = 0; at < to; at += step) {
    // One that the report names is meant where it is within half a step.
    while ((known[next] ?? Number.POSITIVE_INFINITY) < at - step / 2) next++
    const near = known[next]
    if (near !== undefined && Math.abs(near - at) <= step / 2) at = near
    times.push(at)
  }
  return times
}
