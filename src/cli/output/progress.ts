// One line on the terminal that says how far a long work is and how long it may still take. Nothing where nobody looks on.
import type { Terminal } from '../terminal.ts'
import { octets } from './when.ts'

const EVERY_MS = 200
/** Before so much time has gone an estimate is a guess. */
const ESTIMATE_AFTER_MS = 1000

export interface Progress extends Disposable {
  (done: number, total: number): void
  /** What is done next; how far that is, where it is known, follows. */
  stage(what: string): void
}

/** `what`: `Backing up`. Octets. */
export function progressLine(terminal: Terminal, what: string): Progress {
  let [label, began, shownAt] = [what, performance.now(), Number.NEGATIVE_INFINITY]
  const show = (done: number, total: number): void => {
    const now = performance.now()
    if (!terminal.watched || now - shownAt < EVERY_MS) return
    shownAt = now
    const share = total === 0 ? 1 : done / total
    const left = now - began < ESTIMATE_AFTER_MS || share === 0 ? '' : `, ${clock(((now - began) / share) * (1 - share))} left`
    terminal.warn(`\r\x1b[K${label}: ${Math.floor(share * 100)} % of ${octets(total)}${left}`)
  }
  const stage = (next: string): void => {
    if (!terminal.watched) return
    label = next
    began = shownAt = performance.now()
    terminal.warn(`\r\x1b[K${next} …`)
  }
  const end = (): void => {
    if (shownAt > 0) terminal.warn('\r\x1b[K')
  }
  return Object.assign(show, { stage, [Symbol.dispose]: end })
}

function clock(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
