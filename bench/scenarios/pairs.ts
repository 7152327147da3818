// Loads against one plain load beside each, turn by turn: what a feature costs in throughput and in processor, whatever the machine does in an
// hour. Two servers run at a time, so that what waits takes nothing from what is measured.
import { Ground, type Measured } from '../ground.ts'
import { aligned, figure } from '../report.ts'
import { sumOf } from '../threads.ts'
import { groundOptions, rehearse, type ScenarioOptions, type Variant, type VariantRuns } from './scenario.ts'

interface Pair {
  /** Shares of the plain load that it does less, and of processor for each recipient that it takes more. */
  readonly lost: number
  readonly dearer: number
}

export interface PairRuns extends VariantRuns {
  readonly pairs: readonly Pair[]
}

/** Pairs of each run (`--runs`): short ones, and many, are steadier than long ones and few. */
const PAIRS = 2

/** The first is the plain one, with all its runs. */
export async function inPairs(plain: Variant, variants: readonly Variant[], options: ScenarioOptions): Promise<readonly PairRuns[]> {
  await using base = await Ground.open(groundOptions(plain, options))
  await rehearse(base, plain.load)
  const plainRuns: Measured[] = []
  const done: PairRuns[] = [{ name: plain.name, runs: plainRuns, bases: [], pairs: [] }]
  for (const variant of variants) {
    await using ground = await Ground.open(groundOptions(variant, options))
    await rehearse(ground, variant.load)
    const [runs, pairs]: [Measured[], Pair[]] = [[], []]
    let before = await base.measure(plain.load)
    for (let turn = 0; turn < PAIRS * options.runs; turn++) {
      const run = await ground.measure(variant.load)
      const after = await base.measure(plain.load)
      runs.push(run)
      pairs.push(pairOf(before, run, after))
      plainRuns.push(after)
      before = after
    }
    done.push({ name: variant.name, runs, bases: [], pairs })
    console.error(`${variant.name}: ${ranged(pairs.map(({ lost }) => lost))} % less`)
  }
  return done
}

function pairOf(before: Measured, run: Measured, after: Measured): Pair {
  const lost = 1 - (2 * run.told) / (before.told + after.told)
  const dearer = (2 * sumOf(run.processor)) / (sumOf(before.processor) + sumOf(after.processor)) - 1
  return { lost, dearer }
}

/** Medians, and from the least to the most. */
export function costTable(done: readonly PairRuns[]): string {
  const rows = done
    .filter(({ pairs }) => pairs.length > 0)
    .map(({ name, pairs }) => [name, ranged(pairs.map(({ lost }) => lost)), ranged(pairs.map(({ dearer }) => dearer))])
  return aligned([['of what is beside it', 'less told/s, %', 'more µs CPU, %'], ...rows])
}

/** `4.1 (2.0 to 5.5)`. */
function ranged(values: readonly number[]): string {
  const { median, least, most } = figure(values)
  return `${percent(median)} (${percent(least)} to ${percent(most)})`
}

export function percent(share: number): string {
  return (share * 100).toFixed(1)
}
