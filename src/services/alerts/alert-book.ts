// What is told, and what of it is still to leave: in the desk's database, and in memory as long as that cannot be written (a disk that is
// full is what an alert is about). What waits in memory comes into the database when it can be written again.
import type { EpochMs } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { DeliveryAlert } from '../../contract/alerts.ts'
import { AlertLog, type Kept, type KeptKind, type NewAlert, type TriedWay, type WaitingAlert } from '../../store/sqlite/desk/alerts.ts'

/** `name`: its own, the same at each try. */
export interface LeavingAlert extends WaitingAlert {
  readonly name: string
  readonly isInMemory: boolean
}

const AGAIN = 1000

export class AlertBook implements Disposable {
  readonly #disk: AlertLog
  readonly #memory = new AlertLog(':memory:')
  readonly #log: Log
  readonly #startedAt: EpochMs
  #holdsBack = false
  #triedAt: EpochMs = -Infinity
  /** What became of alerts of the database, and could not be written there. */
  readonly #marks = new Map<string, () => void>()
  readonly #kept = new Map<KeptKind, Map<string, unknown>>()

  constructor(file: string, { log, now }: { readonly log: Log; readonly now: EpochMs }) {
    this.#disk = new AlertLog(file)
    this.#log = log
    this.#startedAt = now
  }

  [Symbol.dispose](): void {
    this.#disk[Symbol.dispose]()
    this.#memory[Symbol.dispose]()
  }

  /** For what only goes through the queue. */
  get disk(): AlertLog {
    return this.#disk
  }

  add(alerts: readonly NewAlert[], kept: { readonly kind: KeptKind; readonly values: Kept } | null = null): void {
    if (alerts.length === 0 && (kept === null || kept.values.size === 0)) return
    try {
      if (this.#holdsBack) throw new Error('it could not be written a moment ago')
      this.#disk.add(alerts, kept)
    } catch (error) {
      if (!this.#holdsBack) this.#log.error('Alerts cannot be written down; they are told all the same.', { reason: messageOf(error) })
      this.#holdsBack = true
      this.#memory.add(alerts)
      if (kept !== null) this.#kept.set(kept.kind, new Map([...(this.#kept.get(kept.kind) ?? []), ...kept.values]))
    }
  }

  keep(kind: KeptKind, values: Kept): void {
    this.add([], { kind, values })
  }

  kept(kind: KeptKind): readonly unknown[] {
    return this.#disk.kept(kind)
  }

  /** Newest first. */
  list(limit: number): readonly DeliveryAlert[] {
    return [...this.#memory.list(limit), ...this.#disk.list(limit)].slice(0, limit)
  }

  waiting(way: TriedWay, now: EpochMs, limit: number): readonly LeavingAlert[] {
    const written = this.#disk
      .waiting(way, now, limit + this.#marks.size)
      .filter(({ id }) => !this.#marks.has(`${way} ${id}`))
      .map((one) => Object.assign(one, { name: String(one.id), isInMemory: false }))
    const held = this.#memory
      .waiting(way, now, limit)
      .map((one) => Object.assign(one, { name: `m${this.#startedAt.toString(36)}-${one.id}`, isInMemory: true }))
    return [...written, ...held].slice(0, limit)
  }

  left(way: TriedWay, { id, isInMemory }: LeavingAlert): void {
    this.#mark(way, id, isInMemory, (log) => log.left(way, id))
  }

  /** `next` null: it is given up. */
  failed(way: TriedWay, { id, isInMemory }: LeavingAlert, next: EpochMs | null): void {
    this.#mark(way, id, isInMemory, (log) => log.failed(way, id, next))
  }

  /** Writes down what could not be written before. */
  look(now: EpochMs): void {
    if ((!this.#holdsBack && this.#marks.size === 0) || Math.abs(now - this.#triedAt) < AGAIN) return
    this.#triedAt = now
    try {
      for (const [which, mark] of this.#marks) {
        mark()
        this.#marks.delete(which)
      }
      this.#disk.add(this.#memory.whole())
      this.#memory.clear()
      for (const [kind, values] of this.#kept) this.#disk.keep(kind, values)
      this.#kept.clear()
      if (this.#holdsBack) this.#log.info('Alerts can be written down again.')
      this.#holdsBack = false
    } catch {
      // Again in a second.
    }
  }

  #mark(way: TriedWay, id: number, isInMemory: boolean, write: (log: AlertLog) => void): void {
    if (isInMemory) return write(this.#memory)
    try {
      write(this.#disk)
    } catch {
      this.#marks.set(`${way} ${id}`, () => write(this.#disk))
    }
  }
}
