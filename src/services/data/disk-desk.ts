// What the home keeps on its disk, for who asks. It is measured anew only when that costs next to nothing against the time since: however
// many files there are and however often somebody asks, it takes a hundredth of one core at most.
import { statfsSync } from 'node:fs'
import { machineClock, systemClock } from '../../base/clock.ts'
import { DATA_KINDS, DAY_KINDS, type DataKind, type DataUse, type DiskUse } from '../../contract/data-kept.ts'
import type { Config } from '../../contract/options.ts'
import { deskFile } from '../../lifecycle/home-files.ts'
import { daysUntilFull, diskGrowth, type DiskSample, growthOf } from '../../policy/kept/growth.ts'
import { addDiskSample, diskSamples } from '../../store/sqlite/desk/disk-samples.ts'
import { type Days, type Measured, measureHome } from './measure.ts'

/** Times what a measurement takes, until the next is made for who asks. */
const RESTS = 100
const LEAST_AGE = 1000

export class DiskDesk {
  readonly #home: string
  readonly #config: Config
  #last: Measured | null = null
  #samples: readonly DiskSample[] | null = null
  #fresh = -Infinity
  #measuring: Promise<Measured> | null = null

  constructor(home: string, config: Config) {
    this.#home = home
    this.#config = config
  }

  async use(): Promise<DiskUse> {
    const measured = this.#last === null || machineClock.mono() > this.#fresh ? await this.measure() : this.#last
    return this.#describe(measured)
  }

  /** The disk alone, which costs nothing: the alarm and `hms status` tell the same of it. */
  disk(): DiskUse['disk'] {
    const { bytes, free, used, reserved } = diskNow(this.#home, this.#config)
    const perDay = diskGrowth(this.#known(), { at: systemClock.now(), used, kinds: {} })
    return { bytes, free, reserved, perDay, daysLeft: daysUntilFull(free, reserved, perDay) }
  }

  /** Anew; whoever asks meanwhile gets the same. */
  measure(): Promise<Measured> {
    this.#measuring ??= this.#measure().finally(() => (this.#measuring = null))
    return this.#measuring
  }

  /** It is not so any more. */
  changed(): void {
    this.#last = null
  }

  /** Remembers it for the growth of days to come. */
  note(measured: Measured): void {
    addDiskSample(deskFile(this.#home), sampleOf(measured, diskNow(this.#home, this.#config)))
    this.#samples = null
  }

  #known(): readonly DiskSample[] {
    return (this.#samples ??= diskSamples(deskFile(this.#home)))
  }

  #describe(measured: Measured): DiskUse {
    const here = sampleOf(measured, diskNow(this.#home, this.#config))
    const kinds = DATA_KINDS.map((kind): DataUse => {
      const days = kind in measured.days ? measured.days[kind as keyof Measured['days']] : null
      const oldest = days === null ? null : ([...days.keys()].toSorted()[0] ?? null)
      return { kind, bytes: bytesOf(measured, kind), perDay: growthOf(this.#known(), here, (sample) => sample.kinds[kind]), oldest }
    })
    return { at: measured.at, kinds, counted: countedBytes(measured), most: this.#config['data.bytes'], disk: this.disk() }
  }

  async #measure(): Promise<Measured> {
    const begun = machineClock.mono()
    const measured = await measureHome(this.#home, this.#config)
    const ended = machineClock.mono()
    this.#last = measured
    this.#fresh = ended + Math.max(LEAST_AGE, RESTS * (ended - begun))
    return measured
  }
}

interface DiskNow {
  readonly bytes: number
  readonly free: number
  readonly used: number
  readonly reserved: number
}

function diskNow(home: string, config: Config): DiskNow {
  const { blocks, bfree, bavail, bsize } = statfsSync(home)
  const bytes = blocks * bsize
  const reserved = Math.max(config['spool.low_water'], (bytes * config['spool.low_water_percent']) / 100)
  return { bytes, free: bavail * bsize, used: (blocks - bfree) * bsize, reserved }
}

const sum = (days: Days): number => [...days.values()].reduce((all, one) => all + one, 0)

function bytesOf({ days, fixed }: Measured, kind: DataKind): number {
  return kind in days ? sum(days[kind as keyof typeof days]) : fixed[kind as keyof typeof fixed]
}

function sampleOf(measured: Measured, { used }: DiskNow): DiskSample {
  return { at: measured.at, used, kinds: Object.fromEntries(DATA_KINDS.map((kind) => [kind, bytesOf(measured, kind)])) }
}

/** Octets that `data.bytes` is about. */
export function countedBytes(measured: Measured): number {
  return DAY_KINDS.reduce((all, kind) => all + sum(measured.days[kind]), measured.fixed.desk)
}
