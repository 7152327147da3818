// How the cost grows with the work: messages a second, processor and memory at 1, 10 and 100 times the queue, the connections,
// the recipients of a message and its size. Tables, and with `--plots` a picture of each.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { figure } from '../report.ts'
import { sumOf } from '../threads.ts'
import { plot } from './plot.ts'
import { figuresTable, inTurns, type ScenarioOptions, USUAL, type Variant, type VariantRuns } from './scenario.ts'

const TIMES = [1, 10, 100] as const

interface Axis {
  readonly name: string
  readonly title: string
  /** What a value of the processor's figure is for, and how often a recipient is one: work that grows with the axis. */
  readonly unit: string
  readonly units: (times: number) => number
  readonly variant: (times: number) => Variant
}

const AXES: readonly Axis[] = [
  {
    name: 'queue',
    title: 'messages that wait',
    unit: 'message',
    units: () => 1,
    variant: (times) => ({ name: `${1000 * times} wait`, ground: { hms: { fill: 1000 * times } }, load: { ...USUAL, messages: 5000 } }),
  },
  {
    name: 'connections',
    title: 'connections',
    unit: 'message',
    units: () => 1,
    variant: (times) => ({ name: `${10 * times} sessions`, ground: {}, load: { ...USUAL, sessions: 10 * times, messages: 5000 } }),
  },
  {
    name: 'recipients',
    title: 'recipients of a message',
    unit: 'recipient',
    units: () => 1,
    variant: (times) => ({
      name: `${times} in a message`,
      ground: {},
      load: { ...USUAL, recipients: times, messages: Math.ceil(5000 / Math.sqrt(times)) },
    }),
  },
  {
    name: 'size',
    title: 'size of a message',
    unit: 'KiB',
    units: (times) => 4 * times,
    variant: (times) => ({
      name: `${4 * times} KiB`,
      ground: {},
      load: { ...USUAL, size: 4096 * times, messages: Math.ceil(5000 / Math.sqrt(times)) },
    }),
  },
]

function draw(folder: string, axis: Axis, done: readonly VariantRuns[]): string {
  const median = (of: (run: VariantRuns['runs'][number]) => number): number[] => done.map(({ runs }) => figure(runs.map(of)).median)
  const perUnit = median(({ processor }) => sumOf(processor)).map((n, i) => n / axis.units(TIMES[i] ?? 1))
  const svg = plot(
    `1, 10 and 100 times the ${axis.title}`,
    done.map(({ name }) => name),
    [
      { title: `${axis.unit === 'KiB' ? 'messages' : 'recipients'} a second`, values: median(({ told }) => told) },
      { title: `µs of processor a ${axis.unit}`, values: perUnit },
      { title: 'peak memory, MiB', values: median(({ peakMiB }) => peakMiB) },
    ],
  )
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `scale-${axis.name}.svg`)
  writeFileSync(file, svg)
  return file
}

export async function scale(options: ScenarioOptions): Promise<void> {
  for (const axis of AXES) {
    const done = await inTurns(
      TIMES.map((times) => Object.assign(axis.variant(times), { apart: true as const })),
      options,
    )
    console.log(`\n${axis.title}\n${figuresTable(done)}`)
    if (options.plots !== null) console.log(draw(options.plots, axis, done))
  }
}
