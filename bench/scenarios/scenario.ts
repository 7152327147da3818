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
}

/** 20 kept sessions with messages of 4 KiB, MAIL to DATA in one write. */
export const USUAL: LoadOptions = { sessions: 20, kept: true, size: 4096, recipients: 1, pipelined: true }

/** Part of a run's messages that a server is warmed up with. */
const WARM_UP = 4

/** Runs the variants by turns; those of the same ground share a server, unless they stand apart. The first, shorter run of each counts nowhere. */
export async function inTurns(variants: readonly Variant[], { folder, runs, profile }: ScenarioOptions): Promise<readonly VariantRuns[]> {
  await using opened = new AsyncDisposableStack()
  const grounds = new Map<string, Ground>()
  const done = variants.map(({ name }) => ({ name, runs: [] as Measured[] }))
  for (let turn = 0; turn <= runs; turn++) {
    for (const [i, { name, ground: options, load, apart = false }] of variants.entries()) {
      const key = apart ? name : JSON.stringify(options)
      const ground =
        grounds.get(key) ?? opened.use(await Ground.open({ ...options, folder, profile: profile === null ? null : join(profile, name) }))
      grounds.set(key, ground)
      const { messages = 0 } = load
      const measured = await ground.measure(turn === 0 ? { ...load, messages: Math.ceil(messages / WARM_UP) } : load)
      if (turn === 0) continue
      done[i]?.runs.push(measured)
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
