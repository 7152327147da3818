// How long deliveries took, as counts in slots that grow by half an octave each: percentiles of any sum of them are known to a fifth, from a
// tenth of a second to a month. On disk a row has the slots that are not empty, as numbers of seven bits an octet.
import type { Ms } from '../../base/brand.ts'

export const TIME_SLOTS = 48
const LEAST: Ms = 100

/** Slot 0: up to a tenth of a second. */
export function slotOf(took: Ms): number {
  if (!(took > LEAST)) return 0
  return Math.min(TIME_SLOTS - 1, Math.ceil(2 * Math.log2(took / LEAST)))
}

/** No delivery of the slot took longer; of the last: than this, or more. */
export function slotEnd(slot: number): Ms {
  return Math.round(LEAST * 2 ** (slot / 2))
}

export type TimeCounts = Uint32Array | Float64Array | number[]

/** More than the counts of any row take. */
const scratch = new Uint8Array(TIME_SLOTS * 9)

/** No octets: all are empty. Valid until the next call. */
export function encodeTimes(counts: TimeCounts): Uint8Array {
  let [at, last] = [0, -1]
  for (let slot = 0; slot < TIME_SLOTS; slot++) {
    let rest = counts[slot] ?? 0
    if (rest === 0) continue
    scratch[at++] = slot - last - 1
    for (; rest >= 128; rest = Math.floor(rest / 128)) scratch[at++] = (rest % 128) | 128
    scratch[at++] = rest
    last = slot
  }
  return scratch.subarray(0, at)
}

/** Adds what a row has. */
export function addTimes(encoded: Uint8Array, counts: TimeCounts): void {
  let slot = -1
  for (let at = 0; at < encoded.length;) {
    slot += (encoded[at++] ?? 0) + 1
    let [count, unit] = [0, 1]
    for (;;) {
      const octet = encoded[at++] ?? 0
      count += (octet & 127) * unit
      unit *= 128
      if (octet < 128) break
    }
    if (slot < TIME_SLOTS) counts[slot] = (counts[slot] ?? 0) + count
  }
}

/** The time within which this share of deliveries came about; null: there were none. */
export function timeWithin(counts: TimeCounts, share: number): Ms | null {
  let all = 0
  for (const count of counts) all += count
  if (all === 0) return null
  let [below, slot] = [0, 0]
  for (; slot < TIME_SLOTS - 1; slot++) {
    below += counts[slot] ?? 0
    if (below >= all * share) break
  }
  return slotEnd(slot)
}
