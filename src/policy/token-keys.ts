// When keys of tokens come and go. Pure. A key signs until a later one does, and verifies long after: bounces come back for weeks,
// complaints for months, and a link in an old mail must still work.
import type { EpochMs, Ms } from '../base/brand.ts'
import type { TokenKeyView } from '../contract/operations.ts'
import type { TokenKey } from '../contract/settings.ts'

const DAY: Ms = 86_400_000
const SIGNS: Ms = 90 * DAY
/** 400 days, and as long as a message may wait to be sent. */
const VERIFIES: Ms = 500 * DAY
/** Every worker has read the new key when the first token is made with it. */
const LEAD: Ms = 10_000

type Times = Pick<TokenKey, 'n' | 'since'>

/** Number and time of a new key. */
export function nextTokenKey(keys: readonly Times[], now: EpochMs): Times {
  const n = Math.max(0, ...keys.map((key) => key.n)) + 1
  return { n, since: keys.length === 0 ? now : now + LEAD }
}

export function timesOf(keys: readonly Times[]): readonly TokenKeyView[] {
  const inOrder = keys.toSorted((a, b) => a.since - b.since)
  return inOrder.map(({ n, since }, i) => {
    const until = inOrder[i + 1]?.since ?? null
    return { n, since, until, verifiesUntil: until === null ? null : until + VERIFIES }
  })
}

/** It has signed for long enough. */
export function isTokenKeyDue(keys: readonly Times[], now: EpochMs): boolean {
  return keys.length > 0 && keys.every(({ since }) => since + SIGNS <= now)
}

/** Numbers of those that nothing needs any more. */
export function spentTokenKeys(keys: readonly Times[], now: EpochMs): readonly number[] {
  return timesOf(keys).flatMap(({ n, verifiesUntil }) => (verifiesUntil !== null && verifiesUntil <= now ? [n] : []))
}
