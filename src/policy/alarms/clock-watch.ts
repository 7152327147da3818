// Whether this machine's clock can be right. A program in this runtime may not ask the kernel itself, so that what others say is looked at: time
// servers that the owner named, chronyd of this machine, the Date of servers that were spoken with; and whether somebody set the clock.
import type { EpochMs, Ms } from '../../base/brand.ts'

/** The first that said something of late is believed: a Date is as right as the clock of whoever runs that server. */
const SOURCES = ['time servers', 'chronyd', 'answer'] as const
export type ClockSource = (typeof SOURCES)[number]

/** What was said is worth something for so long. */
const SAID_FOR: Readonly<Record<ClockSource, Ms>> = { 'time servers': 900_000, chronyd: 900_000, answer: 600_000 }
const SET_FOR: Ms = 600_000
/** A Date has whole seconds, and an answer takes its time. */
const COARSE: Ms = 2000

interface Said {
  /** Above 0: the clock is ahead. */
  readonly off: Ms
  /** What it is ahead of, or behind. */
  readonly of: string
  readonly at: EpochMs
}

export class ClockWatch {
  readonly #said = new Map<ClockSource, Said>()
  #last: { readonly now: EpochMs; readonly mono: Ms } | null = null
  #set: { readonly by: Ms; readonly mono: Ms } | null = null

  /** A server told the time with its answer, which came just now. */
  heard(date: EpochMs, now: EpochMs): void {
    const off = now - date
    this.told('answer', { off: Math.abs(off) <= COARSE ? 0 : off, of: 'that of a server that answered', at: now })
  }

  told(source: ClockSource, said: Said): void {
    this.#said.set(source, said)
  }

  /** Call every few seconds. Null: nothing is known. */
  look(now: EpochMs, mono: Ms): { readonly by: Ms; readonly words: string } | null {
    if (this.#last !== null) {
      const by = now - this.#last.now - (mono - this.#last.mono)
      // What was said is of the clock as it was before.
      if (Math.abs(by) > COARSE) {
        this.#set = { by, mono }
        this.#said.clear()
      }
      if (this.#set !== null && mono - this.#set.mono >= SET_FOR) this.#set = null
    }
    const isFirst = this.#last === null
    this.#last = { now, mono }
    if (isFirst) return null
    const said = this.#believed(now)
    const [set, off] = [Math.abs(this.#set?.by ?? 0), Math.abs(said?.off ?? 0)]
    if (set === 0 && off === 0) return { by: 0, words: '' }
    if (said !== null && off >= set)
      return { by: off, words: `The clock is ${seconds(off)} ${said.off > 0 ? 'ahead of' : 'behind'} ${said.of}.` }
    return { by: set, words: `The clock was set ${(this.#set?.by ?? 0) > 0 ? 'forward' : 'back'} by ${seconds(set)}.` }
  }

  #believed(now: EpochMs): Said | null {
    for (const source of SOURCES) {
      const said = this.#said.get(source)
      if (said !== undefined && Math.abs(now - said.at) < SAID_FOR[source]) return said
    }
    return null
  }
}

function seconds(time: Ms): string {
  return `${time < 10_000 ? (time / 1000).toFixed(1) : Math.round(time / 1000)} s`
}
