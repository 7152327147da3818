// One line on the terminal that says how far a long work is and how long it may still take. Nothing where nobody looks on. Where a server
// started the command (services/lifecycle), it is told over the descriptor that the environment names.
import { writeSync } from 'node:fs'
import { PROGRESS_VARIABLE } from '../../services/lifecycle/command-process.ts'
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
  let toldAt = Number.NEGATIVE_INFINITY
  const show = (done: number, total: number): void => {
    const now = performance.now()
    if (now - toldAt >= EVERY_MS) {
      toldAt = now
      tell(label, done, total)
    }
    if (!terminal.watched || now - shownAt < EVERY_MS) return
    shownAt = now
    const share = total === 0 ? 1 : done / total
    const left = now - began < ESTIMATE_AFTER_MS || share === 0 ? '' : `, ${clock(((now - began) / share) * (1 - share))} left`
    terminal.warn(`\r\x1b[K${label}: ${Math.floor(share * 100)} % of ${octets(total)}${left}`)
  }
  const stage = (next: string): void => {
    label = next
    if (!terminal.watched) return
    began = shownAt = performance.now()
    terminal.warn(`\r\x1b[K${next} …`)
  }
  const end = (): void => {
    if (shownAt > 0) terminal.warn('\r\x1b[K')
  }
  return Object.assign(show, { stage, [Symbol.dispose]: end })
}

/** What is done now, where that is not measured. */
export function tellStep(doing: string): void {
  tell(doing, 0, 0)
}

function tell(doing: string, done: number, total: number): void {
  const fd = Number(process.env[PROGRESS_VARIABLE])
  if (!(fd > 2)) return
  try {
    writeSync(fd, `${JSON.stringify({ doing, done, total })}\n`)
  } catch {
    // Nobody listens any more.
  }
}

function clock(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
