// What each feature costs: µs of processor for a message with the feature less those without it, thread by thread, and
// whether all of them together cost what they cost one by one.
import { aligned, figure } from '../report.ts'
import type { Ground, LoadOptions } from '../ground.ts'
import { PARTS, sumOf } from '../threads.ts'
import { inTurns, kernelTable, partsTable, type ScenarioOptions, USUAL, type Variant, type VariantRuns } from './scenario.ts'

type Hms = NonNullable<Parameters<typeof Ground.open>[0]['hms']>

interface Feature {
  readonly name: string
  readonly load?: Partial<LoadOptions>
  readonly hms?: Hms
  readonly sink?: { readonly starttls: boolean }
}

const MESSAGES = 4000
/** Each on top of the plain relay. */
const FEATURES: readonly Feature[] = [
  { name: 'replies one by one (no PIPELINING)', load: { pipelined: false } },
  { name: 'a connection a message, inbound', load: { kept: false } },
  { name: 'a connection a message, outbound', hms: { config: { 'delivery.messages_per_connection': '1' } } },
  { name: 'STARTTLS inbound, kept', load: { starttls: true } },
  { name: 'STARTTLS outbound, kept', hms: { tls: 'encrypt' }, sink: { starttls: true } },
  { name: 'DKIM, RSA-2048', hms: { dkim: 'rsa' } },
  { name: 'DKIM, Ed25519', hms: { dkim: 'ed25519' } },
  { name: '50 KiB instead of 4', load: { size: 51_200 } },
]
/** What a handshake and a login cost is what they add to a connection each. */
const WITH_A_CONNECTION: readonly Feature[] = [
  { name: 'STARTTLS, full handshake', load: { starttls: true } },
  { name: 'AUTH PLAIN', load: { starttls: true, login: true } },
]
/** Together: they have nothing to do with each other. */
const TOGETHER = new Set(['STARTTLS inbound, kept', 'STARTTLS outbound, kept', 'DKIM, RSA-2048', 'replies one by one (no PIPELINING)'])

function variant(name: string, features: readonly Feature[], messages: number): Variant {
  const load = Object.assign({ ...USUAL, messages }, ...features.map((feature) => feature.load)) as LoadOptions
  const hms = Object.assign({}, ...features.map((feature) => feature.hms)) as Hms
  const sink = Object.assign({}, ...features.map((feature) => feature.sink)) as { starttls?: boolean }
  return { name, ground: { hms, sink }, load }
}

function medians({ runs }: VariantRuns): number[] {
  return [
    ...PARTS.map((part) => figure(runs.map(({ processor }) => processor[part])).median),
    figure(runs.map(({ processor }) => sumOf(processor))).median,
  ]
}

function less(a: readonly number[], b: readonly number[]): number[] {
  return a.map((n, i) => n - (b[i] ?? 0))
}

export async function features(options: ScenarioOptions): Promise<void> {
  const messages = options.messages ?? MESSAGES
  const chosen = FEATURES.filter(({ name }) => TOGETHER.has(name))
  const each: Feature = { name: 'a connection a message, inbound', load: { kept: false } }
  const variants = [
    variant('plain relay', [], messages),
    ...FEATURES.map((feature) => variant(feature.name, [feature], messages)),
    ...WITH_A_CONNECTION.map((feature) => variant(feature.name, [each, feature], messages)),
    variant('together', chosen, messages),
  ]
  const done = await inTurns(variants, options)
  console.log(`\n${partsTable(done)}\n\n${kernelTable(done)}\n`)
  const all = new Map(done.map((runs) => [runs.name, medians(runs)]))
  const of = (name: string): number[] => all.get(name) ?? []
  const base = of('plain relay')
  const added = new Map(FEATURES.map(({ name }) => [name, less(of(name), base)]))
  added.set('STARTTLS, full handshake', less(of('STARTTLS, full handshake'), of(each.name)))
  added.set('AUTH PLAIN', less(of('AUTH PLAIN'), of('STARTTLS, full handshake')))
  const row = (name: string, values: readonly number[]): string[] => [name, ...values.map((n) => n.toFixed(0))]
  const sum = chosen.reduce((sums, { name }) => sums.map((n, i) => n + (added.get(name)?.[i] ?? 0)), base)
  console.log(
    aligned([
      ['added µs CPU a message', ...PARTS, 'all'],
      row('plain relay', base),
      ...[...added].map(([name, values]) => row(`+ ${name}`, values)),
      row(`sum of: plain relay, ${[...TOGETHER].join(', ')}`, sum),
      row('the same measured together', of('together')),
    ]),
  )
}
