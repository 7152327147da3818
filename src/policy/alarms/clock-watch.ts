// Whether this machine's clock can be right. Nothing here may ask the kernel how well it is kept, so that two things are looked at: how far it
// is from the clocks of servers that were spoken with (the Date of their answers), and whether somebody set it.
import type { EpochMs, Ms } from '../../base/brand.ts'

/** What a server said is worth something for so long. */
const HEARD_FOR: Ms = 600_000
const SET_FOR: Ms = 600_000
/** A Date has whole seconds, and an answer takes its time. */
const COARSE: Ms = 2000

export class ClockWatch {
  #heard: { readonly off: Ms; readonly at: EpochMs } | null = null
  #last: { readonly now: EpochMs; readonly mono: Ms } | null = null
  #set: { readonly by: Ms; readonly mono: Ms } | null = null

  heard(date: EpochMs, now: EpochMs): void {
    const off = now - date
    this.#heard = { off: Math.abs(off) <= COARSE ? 0 : off, at: now }
  }

  /** Call every few seconds. Null: nothing is known. */
  look(now: EpochMs, mono: Ms): { readonly by: Ms; readonly words: string } | null {
    if (this.#last !== null) {
      const by = now - this.#last.now - (mono - this.#last.mono)
      if (Math.abs(by) > COARSE) this.#set = { by, mono }
      if (this.#set !== null && mono - this.#set.mono >= SET_FOR) this.#set = null
    }
    const isFirst = this.#last === null
    this.#last = { now, mono }
    if (isFirst) return null
    const set = this.#set === null ? 0 : Math.abs(this.#set.by)
    const isFresh = this.#heard !== null && Math.abs(now - this.#heard.at) < HEARD_FOR
    const off = isFresh ? Math.abs(this.#heard?.off ?? 0) : 0
    if (set === 0 && off === 0) return { by: 0, words: '' }
    if (off >= set)
      return {
        by: off,
        words: `The clock is ${seconds(off)} ${(this.#heard?.off ?? 0) > 0 ? 'ahead of' : 'behind'} that of a server that answered.`,
      }
    return { by: set, words: `The clock was set ${(this.#set?.by ?? 0) > 0 ? 'forward' : 'back'} by ${seconds(set)}.` }
  }
}

function seconds(time: Ms): string {
  return `${Math.round(time / 1000)} s`
}
