// Erases people from what is kept, one after the other, in the background. An erasure stands at a step and a part of it (a day, a folder); both are
// on the disk before the next begins. Every part may be done twice: after a crash it goes on where it stood, and what failed is tried again.
import { relative } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { Ms } from '../../base/brand.ts'
import { every, systemClock } from '../../base/clock.ts'
import { crashPoint } from '../../base/crash-point.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { ERASURE_STEPS, type Erasure, type ErasureFound, type ErasureStep } from '../../contract/data-kept.ts'
import type { NewErasure } from '../../engine/ports/data-kept.ts'
import type { KeptDialogs } from '../../engine/ports/dialogs.ts'
import type { KeptCopies } from '../../engine/ports/kept.ts'
import type { JobBook } from '../../engine/ports/jobs.ts'
import type { EventStore, SentIndex } from '../../engine/ports/stores.ts'
import type { SuppressionBook } from '../../engine/ports/suppression.ts'
import { Eraser } from '../../policy/kept/erasure.ts'
import { eraseRows } from '../../store/sqlite/events/erased-rows.ts'
import { erasedMark } from '../../store/sqlite/events/erased-target.ts'
import { ErasureLog } from '../../store/sqlite/events/erasures.ts'
import { type LogFile, logFilesOf } from '../logs/log-folders.ts'
import { pause } from '../pause.ts'
import { eraseBadmail } from './badmail-eraser.ts'
import { linesNaming, rewriteLog } from './log-eraser.ts'

const AGAIN: Ms = 30_000
const MOST_OPEN = 100
/** What was deleted from the queue is told within; a worker that is silent for longer tells it later. */
const TOLD_WITHIN: Ms = 15_000
const LOOK: Ms = 200
const NONE: ErasureFound = {
  waiting: 0,
  suppressions: 0,
  lists: 0,
  jobs: 0,
  sent: 0,
  events: 0,
  dialogs: 0,
  logs: 0,
  kept: 0,
  alerts: 0,
  audit: 0,
  effects: 0,
  badmail: 0,
}

/** The queue, as far as erasing needs it. */
export interface ErasureQueue {
  count(address: string): Promise<number>
  /** Rejects with a Fault where no server runs. */
  cancel(address: string, by: string): Promise<number>
}

export interface ErasureParts {
  readonly home: string
  readonly deskFile: string
  readonly events: EventStore
  readonly sent: SentIndex
  readonly jobs: Pick<JobBook, 'erase'>
  readonly suppression: Pick<SuppressionBook, 'erase'>
  readonly dialogs: Pick<KeptDialogs, 'dayNames' | 'erase'>
  readonly copies: Pick<KeptCopies, 'accounts' | 'erase'>
  /** Databases that quote people, and the key that a mark in the audit is made under. */
  readonly files: Readonly<Record<'alerts' | 'audit' | 'effects' | 'key', string>>
  /** Of all accounts, with files that were no mail. */
  readonly badmail: () => readonly string[]
  readonly queue: ErasureQueue
  /** Workers look at the lists before it resolves. */
  readonly announce: () => Promise<unknown>
  /** Runs it while no log file is written, closed or compressed; `path`: its file is closed, or null. */
  readonly alone: (path: string | null, work: () => Promise<void>) => Promise<void>
  readonly log: Log
}

/** What a part of a step found, and whether there is another behind it. */
interface Part {
  readonly found: Partial<ErasureFound>
  readonly isLast: boolean
}

export class EraseDesk implements Disposable {
  readonly #parts: ErasureParts
  readonly #log: ErasureLog
  readonly #timer: Disposable
  #running: Promise<void> | null = null
  #isClosed = false

  constructor(parts: ErasureParts) {
    this.#parts = parts
    this.#log = new ErasureLog(parts.deskFile)
    this.#timer = every(systemClock, AGAIN, () => void this.run())
  }

  start({ address, ...erasure }: NewErasure): Erasure {
    if (this.#log.list().filter(({ step }) => step !== null).length >= MOST_OPEN)
      throw new Fault('too-many-erasures', `${MOST_OPEN} erasures are under way.`, {
        blame: 'caller',
        temporary: true,
        mend: "Wait until some are done; 'hms erase ls' shows them.",
      })
    const begun = { step: 'waiting', parts: 0, ended: null, trouble: null, found: NONE } as const
    const added = this.#log.add({ ...erasure, address, at: systemClock.now(), ...begun })
    void this.run()
    return added
  }

  list(): readonly Erasure[] {
    return this.#log.list()
  }

  find(id: number): Erasure {
    return this.#log.find(id)
  }

  /** All that is open, the oldest first; resolves when none can go on now. */
  run(): Promise<void> {
    this.#running ??= this.#all().finally(() => (this.#running = null))
    return this.#running
  }

  /** After it nothing is begun; `run` has ended. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer[Symbol.dispose]()
    await this.#running
  }

  [Symbol.dispose](): void {
    this.#log[Symbol.dispose]()
  }

  /** Others have their turn; who closes it waits for no more than the piece of work that is in hand. */
  readonly #gently = async (): Promise<void> => {
    await turn()
    if (this.#isClosed) throw new Error('the server stops')
  }

  async #all(): Promise<void> {
    const tried = new Set<number>()
    for (;;) {
      const open = this.#log.list().filter(({ id, step }) => step !== null && !tried.has(id))
      const next = open.at(-1)
      if (next === undefined || this.#isClosed) return
      tried.add(next.id)
      try {
        await this.#one(next)
      } catch (error) {
        // It goes on at the next start.
        if (this.#isClosed) return
        this.#parts.log.error('a person cannot be erased now; it is tried again', { erasure: next.id, error: messageOf(error) })
        this.#log.put({ ...this.#log.find(next.id), trouble: messageOf(error) })
      }
    }
  }

  async #one(begun: Erasure): Promise<void> {
    let erasure = begun
    while (erasure.step !== null && erasure.address !== null && !this.#isClosed) {
      erasure = advanced(erasure, erasure.step, await this.#part(erasure, erasure.step, erasure.address))
      this.#log.put(erasure)
      crashPoint('erase-part')
      await turn()
    }
  }

  async #part(erasure: Erasure, step: ErasureStep, address: string): Promise<Part> {
    const { events, sent, dialogs, jobs, suppression, copies } = this.#parts
    const { parts, dryRun, suppress, at } = erasure
    const eraser = new Eraser(address)
    const ofDays = async (
      name: 'sent' | 'events' | 'dialogs',
      days: readonly string[],
      store: Pick<EventStore, 'erase'>,
    ): Promise<Part> => {
      const day = days[parts]
      const found = day === undefined ? 0 : await store.erase(day, eraser, dryRun, this.#gently)
      return { found: { [name]: found }, isLast: parts + 1 >= days.length }
    }
    switch (step) {
      case 'waiting':
        return { found: { waiting: await this.#waiting(erasure, address) }, isLast: true }
      case 'suppression': {
        const { removed, lists } = await suppression.erase(address, { suppress, dryRun, at })
        await this.#parts.announce()
        return { found: { suppressions: removed, lists }, isLast: true }
      }
      case 'jobs':
        return { found: { jobs: await jobs.erase(address, dryRun) }, isLast: true }
      case 'sent':
        return ofDays('sent', sent.dayNames(), sent)
      case 'events':
        return ofDays('events', events.dayNames(), events)
      case 'dialogs':
        return ofDays('dialogs', await dialogs.dayNames(), dialogs)
      case 'logs':
        return { found: { logs: await this.#logs(eraser, dryRun, () => true) }, isLast: true }
      case 'kept': {
        const accounts = copies.accounts()
        const account = accounts[parts]
        const found = account === undefined ? 0 : await copies.erase(account, eraser, dryRun, this.#gently)
        return { found: { kept: found }, isLast: parts + 1 >= accounts.length }
      }
      case 'told':
        return { found: await this.#told(eraser, address, dryRun), isLast: true }
      case 'pickup': {
        let badmail = 0
        for (const folder of this.#parts.badmail()) badmail += await eraseBadmail(folder, { eraser, dryRun, gently: this.#gently })
        return { found: { badmail }, isLast: true }
      }
      case 'again':
        return { found: dryRun ? {} : await this.#again(eraser, address, dayOf(at)), isLast: true }
    }
  }

  async #waiting({ cancel, dryRun, by, at }: Erasure, address: string): Promise<number> {
    const { queue, events } = this.#parts
    if (!cancel || dryRun) return queue.count(address)
    const deleted = await queue.cancel(address, by)
    // The events of that name him: they are to be there before they are looked for.
    const until = systemClock.mono() + TOLD_WITHIN
    for (let left = deleted; left > 0 && systemClock.mono() < until; await pause(left > 0 ? LOOK : 0)) {
      const told = await events.find({ recipient: address, kinds: ['deleted'], since: at }, null, deleted)
      left = deleted - told.length
    }
    return deleted
  }

  async #logs(eraser: Eraser, dryRun: boolean, isWanted: (file: LogFile) => boolean): Promise<number> {
    let found = 0
    for await (const files of logFilesOf(this.#parts.home))
      for (const file of files.filter(isWanted)) {
        const lines = await linesNaming(file, eraser, this.#gently)
        found += lines
        if (lines > 0 && !dryRun) await this.#rewrite(file, eraser)
        await this.#gently()
      }
    return found
  }

  #rewrite(file: LogFile, eraser: Eraser): Promise<void> {
    const { home, events, alone } = this.#parts
    const name = relative(home, file.path)
    return rewriteLog(file, {
      eraser,
      gently: this.#gently,
      alone: (work) => alone(file.compressed ? null : name, work),
      renamed: (length) => {
        crashPoint('erase-log-renamed')
        if (!file.compressed) events.shortenLog(name, length)
      },
    })
  }

  /** In the audit he has a mark that is the same wherever he stood, so that it still reads as one story. */
  async #told(eraser: Eraser, address: string, dryRun: boolean): Promise<Partial<ErasureFound>> {
    const { files } = this.#parts
    const how = { eraser, dryRun, gently: this.#gently }
    const alerts = await eraseRows(files.alerts, 'alerts', how)
    const audit = await eraseRows(files.audit, 'audit', { ...how, eraser: new Eraser(address, erasedMark(files.key, eraser.key)) })
    return { alerts, audit, effects: await eraseRows(files.effects, 'effects', how) }
  }

  /** What came in since it began. */
  async #again(eraser: Eraser, address: string, since: string): Promise<Partial<ErasureFound>> {
    const { events, sent, dialogs, copies } = this.#parts
    let [ofEvents, ofSent, ofDialogs, ofKept] = [0, 0, 0, 0]
    for (const account of copies.accounts()) ofKept += await copies.erase(account, eraser, false, this.#gently)
    for (const day of events.dayNames().filter((one) => one >= since)) ofEvents += await events.erase(day, eraser, false, this.#gently)
    for (const day of sent.dayNames().filter((one) => one >= since)) ofSent += await sent.erase(day, eraser, false, this.#gently)
    for (const day of (await dialogs.dayNames()).filter((one) => one >= since))
      ofDialogs += await dialogs.erase(day, eraser, false, this.#gently)
    const logs = await this.#logs(eraser, false, ({ compressed }) => !compressed)
    return { events: ofEvents, dialogs: ofDialogs, sent: ofSent, kept: ofKept, logs, ...(await this.#told(eraser, address, false)) }
  }
}

/** With a part of a step done; behind the last step nothing names him any more. */
function advanced(erasure: Erasure, step: ErasureStep, { found, isLast }: Part): Erasure {
  const names = Object.keys(NONE) as (keyof ErasureFound)[]
  const sum = Object.fromEntries(names.map((name) => [name, (erasure.found[name] ?? 0) + (found[name] ?? 0)])) as Record<
    keyof ErasureFound,
    number
  >
  const at = isLast ? { step: after(step), parts: 0 } : { step, parts: erasure.parts + 1 }
  const end = at.step === null ? { address: null, ended: systemClock.now() } : {}
  return { ...erasure, ...at, ...end, found: sum, trouble: null }
}

function after(step: ErasureStep): ErasureStep | null {
  return ERASURE_STEPS[ERASURE_STEPS.indexOf(step) + 1] ?? null
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
