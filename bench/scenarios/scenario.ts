// What a scenario gets, and the table of several loads against each other, in turns.
import { join } from 'node:path'
import { figure, spread, aligned } from '../report.ts'
import { Ground, type GroundOptions, type LoadOptions, type Measured } from '../ground.ts'
import { PARTS, sumOf } from '../threads.ts'

export interface ScenarioOptions {
  /** Where homes are made. */
  readonly folder: string
  readonly profile: string | null
  readonly runs: number
  /** Of one run; null: as the scenario has it. */
  readonly messages: number | null
  readonly seconds: number | null
  /** Messages a second, where a scenario has a rate; null: its own. */
  readonly rate: number | null
  /** Where plots go; null: none are drawn. */
  readonly plots: string | null
}

export interface Variant {
  readonly name: string
  readonly ground: Omit<GroundOptions, 'folder' | 'profile'>
  readonly load: LoadOptions
  /** A server of its own, as memory is looked at. */
  readonly apart?: true
}

export interface VariantRuns {
  readonly name: string
  readonly runs: readonly Measured[]
  /** Where there is a base: µs of processor that it took for each recipient right before and right after each run, the mean of both. */
  readonly bases: readonly number[]
}

/** 20 kept sessions with messages of 4 KiB, MAIL to DATA in one write. */
export const USUAL: LoadOptions = { sessions: 20, kept: true, size: 4096, recipients: 1, pipelined: true }

/** What makes a server warm, whatever is measured on it: its code is compiled well after some ten thousand messages. */
const WARM_UP: LoadOptions = { ...USUAL, messages: 10_000, seconds: 10 }
/** What two servers are compared after: V8 still compiles long after its code runs well, and one of them is begun later than the other. */
const LONG_WARM_UP: LoadOptions = { ...USUAL, messages: 40_000, seconds: 20 }
/** Part of a run's messages that each load is begun with. */
const REHEARSAL = 4

export function groundOptions({ name, ground }: Variant, { folder, profile }: ScenarioOptions): GroundOptions {
  return { ...ground, folder, profile: profile === null ? null : join(profile, name) }
}

async function shorter(ground: Ground, load: LoadOptions): Promise<void> {
  await ground.measure({ ...load, messages: Math.ceil((load.messages ?? 0) / REHEARSAL) })
}

/** What makes a server warm, and a first, shorter load of its own. */
export async function rehearse(ground: Ground, load: LoadOptions): Promise<void> {
  await ground.measure(LONG_WARM_UP)
  await shorter(ground, load)
}

/**
 * Runs the variants by turns; those of the same ground share a server, unless they stand apart. A first, shorter turn counts nowhere.
 * `base`: it is run again between them, so that each has two beside it, whatever the machine does in an hour.
 */
export async function inTurns(variants: readonly Variant[], options: ScenarioOptions, base?: Variant): Promise<readonly VariantRuns[]> {
  await using opened = new AsyncDisposableStack()
  const grounds = new Map<string, Ground>()
  const groundOf = async (variant: Variant): Promise<Ground> => {
    const key = variant.apart === true ? variant.name : JSON.stringify(variant.ground)
    const known = grounds.get(key)
    if (known !== undefined) return known
    const ground = opened.use(await Ground.open(groundOptions(variant, options)))
    grounds.set(key, ground)
    await ground.measure(WARM_UP)
    return ground
  }
  const done = variants.map((variant) => ({ name: variant.name, variant, runs: [] as Measured[], bases: [] as number[] }))
  const again = async (): Promise<number> =>
    base === undefined ? Number.NaN : sumOf((await (await groundOf(base)).measure(base.load)).processor)
  for (const { variant } of done) await shorter(await groundOf(variant), variant.load)
  for (let turn = 0; turn < options.runs; turn++) {
    let before = await again()
    for (const { name, variant, runs, bases } of done) {
      const measured = await (await groundOf(variant)).measure(variant.load)
      runs.push(measured)
      const after = await again()
      if (base !== undefined) bases.push((before + after) / 2)
      before = after
      console.error(`${name}: ${Math.round(measured.told)} recipients/s told, ${Math.round(sumOf(measured.processor))} µs each`)
    }
  }
  return done
}

const FIGURES: readonly (readonly [string, (run: Measured) => number, number])[] = [
  ['accepted/s', ({ accepted }) => accepted, 0],
  ['recipients relayed/s', ({ relayed }) => relayed, 0],
  ['told/s', ({ told }) => told, 0],
  ['µs CPU a recipient', ({ processor }) => sumOf(processor), 0],
  ['µs of the load', ({ peers }) => peers, 0],
  ['p50 ms', ({ latency }) => latency.p50, 1],
  ['p99 ms', ({ latency }) => latency.p99, 1],
  ['peak MiB', ({ peakMiB }) => peakMiB, 0],
]

/** Medians with the largest distance. */
export function figuresTable(variants: readonly VariantRuns[]): string {
  const rows = variants.map(({ name, runs }) => [name, ...FIGURES.map(([, of, digits]) => spread(figure(runs.map(of)), digits))])
  return aligned([['', ...FIGURES.map(([title]) => title)], ...rows])
}

/** Medians of µs of processor for each recipient, thread by thread. */
export function partsTable(variants: readonly VariantRuns[]): string {
  const rows = variants.map(({ name, runs }) => [
    name,
    ...PARTS.map((part) => figure(runs.map(({ processor }) => processor[part])).median.toFixed(0)),
    figure(runs.map(({ processor }) => sumOf(processor))).median.toFixed(0),
  ])
  return aligned([['µs CPU a recipient', ...PARTS, 'all'], ...rows])
}

/** What is asked of the kernel for each recipient; medians. */
export function kernelTable(variants: readonly VariantRuns[]): string {
  const titles = { reads: 'reads', writes: 'writes', sleeps: 'sleeps of threads', diskKiB: 'KiB to the disk' } as const
  const names = Object.keys(titles) as (keyof typeof titles)[]
  const rows = variants.map(({ name, runs }) => [
    name,
    ...names.map((key) => figure(runs.map(({ kernel }) => kernel[key])).median.toFixed(2)),
  ])
  return aligned([['for each recipient', ...names.map((key) => titles[key])], ...rows])
}
