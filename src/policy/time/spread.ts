// Recipients of one message over a period: each has its part of it, in their order.
import type { EpochMs, Ms } from '../../base/brand.ts'

/** When recipient `n` of `count` is due, of a message whose first is due at `due`. */
export function spreadDue(due: EpochMs, spread: Ms, n: number, count: number): EpochMs {
  return spread === 0 ? due : due + Math.floor((spread * n) / count)
}
