// What the machine is like: room on the disk and how fast it goes, name servers, backups.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { type Clock, every } from '../../base/clock.ts'
import { formatDuration } from '../../base/quantities.ts'
import type { AlarmName } from '../../contract/alarm-table.ts'
import type { DiskUse } from '../../contract/data-kept.ts'
import type { Config } from '../../contract/options.ts'
import type { Route } from '../../contract/settings.ts'
import { knownBackups } from '../../lifecycle/backup/record.ts'
import { createResolver, type Resolver } from '../../net/dns/resolver.ts'
import type { Reading } from '../../policy/alarms/machine.ts'
import type { Probe } from './probe.ts'

export interface MachineProbeParts {
  readonly home: string
  readonly config: Config
  readonly routes: () => readonly Pick<Route, 'pattern'>[]
  readonly hostName: string
  /** As `hms status` tells it. */
  readonly disk: () => DiskUse['disk']
  readonly clock: Clock
}

const LOOK_EVERY: Ms = 5000
const BACKUPS_EVERY: Ms = 60_000
const DNS_TIMEOUT: Ms = 2000
const MIB = 1_048_576
/** Where the low-water mark is off: so much is needed in any case. */
const LEAST_ROOM = 16 * MIB
/** Known to name servers everywhere; our own name is to those of a closed network. */
const ASKED_TOO = 'com'

export class MachineProbe implements Probe, Disposable {
  readonly #parts: MachineProbeParts
  readonly #opened = new DisposableStack()
  readonly #resolver: Resolver
  readonly #startedAt: EpochMs
  readonly #known = new Map<AlarmName, readonly Reading[]>()
  #isAsking = false
  #backupsAt: EpochMs = -Infinity

  constructor(parts: MachineProbeParts) {
    const { config, clock } = parts
    this.#parts = parts
    this.#startedAt = clock.now()
    const timeout = Math.min(config['dns.timeout'], DNS_TIMEOUT)
    this.#resolver = this.#opened.use(createResolver({ servers: config['dns.servers'], timeout, mostEntries: 0, clock }))
    this.#opened.use(every(clock, LOOK_EVERY, () => this.#look(clock.now())))
  }

  [Symbol.dispose](): void {
    this.#opened[Symbol.dispose]()
  }

  readings(): Iterable<readonly [AlarmName, readonly Reading[]]> {
    return this.#known
  }

  #look(now: EpochMs): void {
    this.#lookAtDisk()
    void this.#askNames()
    if (now - this.#backupsAt < BACKUPS_EVERY) return
    this.#backupsAt = now
    this.#lookAtBackups(now)
  }

  #lookAtDisk(): void {
    try {
      const { free, reserved, perDay, daysLeft } = this.#parts.disk()
      const mark = Math.max(reserved, LEAST_ROOM)
      const words = `${mib(free)} free on the disk of the data directory; below ${mib(mark)} mail is no longer accepted.`
      this.#known.set('disk-low', [{ subject: null, value: free / mark, words }])
      if (perDay === null) return
      const days = daysLeft ?? Infinity
      const left = `At the growth rate of the last days the disk of the data directory reaches the low-water mark in ${days.toFixed(1)} days.`
      this.#known.set('disk-days', [{ subject: null, value: days, words: left }])
    } catch {
      // The disk is gone: that is the spool's alarm.
    }
  }

  /** Where a route takes all mail nobody asks for names. */
  async #askNames(): Promise<void> {
    if (this.#isAsking) return
    if (this.#parts.routes().some(({ pattern }) => pattern === '*')) {
      this.#known.set('resolver-failing', [])
      return
    }
    this.#isAsking = true
    const own = await this.#resolver.query(this.#parts.hostName, 'A')
    const answer = own.kind === 'trouble' ? await this.#resolver.query(ASKED_TOO, 'MX') : own
    const words = answer.kind === 'trouble' ? `No name server answers: ${answer.reason}.` : null
    this.#known.set('resolver-failing', words === null ? [] : [{ subject: null, value: 1, words }])
    this.#isAsking = false
  }

  #lookAtBackups(now: EpochMs): void {
    const { home, config } = this.#parts
    const between = config['backup.every']
    if (between === 0) {
      for (const name of ['backup-late', 'backup-unverified'] as const) this.#known.set(name, [])
      return
    }
    const newest = knownBackups(home).find(({ scheduled }) => scheduled)
    const age = now - (newest?.at ?? this.#startedAt)
    const late = newest === undefined ? 'No scheduled backup has been made yet.' : `The latest scheduled backup is ${span(age)} old.`
    this.#known.set('backup-late', [{ subject: null, value: age / between, words: late }])
    const isOpen = newest !== undefined && newest.verifiedAt === undefined
    const words = `The backup ${newest?.file ?? ''} has not been verified.`
    this.#known.set('backup-unverified', isOpen ? [{ subject: null, value: age, words }] : [])
  }
}

function mib(octets: number): string {
  return `${Math.floor(octets / MIB)} MiB`
}

function span(time: Ms): string {
  return formatDuration(Math.floor(time / 60_000) * 60_000)
}
