// What the shipped Smart rules cost: the usual load with them and without, turn by turn, so that what else the machine does falls on
// both. The ratio is of the two runs of each turn.
import { aligned, figure, spread } from '../report.ts'
import { sumOf } from '../threads.ts'
import type { Measured } from '../ground.ts'
import { figuresTable, inTurns, type ScenarioOptions, USUAL, type Variant } from './scenario.ts'

const MESSAGES = 10_000
const SITES = 50

interface Pair {
  readonly name: string
  readonly change: Pick<Variant['ground'], 'byMx' | 'sink'>
  readonly load: Partial<Variant['load']>
}

const PAIRS: readonly Pair[] = [
  { name: 'by a route', change: {}, load: {} },
  { name: `by MX to ${SITES} sites`, change: { byMx: true, sink: { sites: SITES } }, load: { domains: SITES } },
]

const RATIOS: readonly (readonly [string, (run: Measured) => number])[] = [
  ['told/s', ({ told }) => told],
  ['relayed/s', ({ relayed }) => relayed],
  ['µs of processor', ({ processor }) => sumOf(processor)],
]

export async function rules(options: ScenarioOptions): Promise<void> {
  const messages = options.messages ?? MESSAGES
  const variants = PAIRS.flatMap(({ name, change, load }): Variant[] => {
    const all = { ...USUAL, messages, ...load }
    return [
      { name: `${name}, without`, ground: { ...change, hms: { smartRules: 'none' } }, load: all },
      { name: `${name}, Smart rules on`, ground: change, load: all },
    ]
  })
  const done = await inTurns(variants, options)
  const ratiosOf = (i: number): string[] => {
    const [without, on] = [done[2 * i]?.runs ?? [], done[2 * i + 1]?.runs ?? []]
    return RATIOS.map(([, of]) => spread(figure(on.map((run, turn) => of(run) / of(without[turn] ?? run))), 3))
  }
  const rows = PAIRS.map(({ name }, i) => [name].concat(ratiosOf(i)))
  console.log(`\n${figuresTable(done)}\n\n${aligned([['with Smart rules, of without', ...RATIOS.map(([title]) => title)], ...rows])}`)
}
