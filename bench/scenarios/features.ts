// What each feature costs: µs of processor for a message with the feature less those without it, thread by thread, and
// whether all of them together cost what they cost one by one.
import { aligned, figure, spread } from '../report.ts'
import type { Ground, LoadOptions } from '../ground.ts'
import { PARTS, sumOf } from '../threads.ts'
import { inTurns, kernelTable, partsTable, type ScenarioOptions, USUAL, type Variant, type VariantRuns } from './scenario.ts'

type Hms = NonNullable<Parameters<typeof Ground.open>[0]['hms']>

interface Feature {
  readonly name: string
  readonly load?: Partial<LoadOptions>
  readonly hms?: Hms
  readonly sink?: { readonly starttls?: boolean; readonly sites?: number }
  readonly byMx?: true
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
  { name: 'a return path of each recipient', hms: { returnPath: 'bounces.bench.test' } },
]
const SITES = 50
const byRule = (set: string): Hms => ({ rules: `format: 1\nrules:\n  - { name: all, domain: '*', set: { ${set} } }\n` })
const NUMBERS = Array.from({ length: 100 }, (_unused, i) => i)
const PATTERNS = NUMBERS.map((n) => `      - { match: '/too many messages ${n}|blocked by list ${n}/', action: slow, to: 60 }`).join('\n')
const POOL = `format: 1
sources: { ${[1, 2, 3, 4].map((n) => `s${n}: { address: 127.0.1.${n}, helo: s${n}.bench.test }`).join(', ')} }
pools: { all: { sources: { s1: 1, s2: 1, s3: 1, s4: 1 } } }
rules:
  - { name: all, domain: '*', set: { pool: all } }
`
/** Limits are high enough never to bind: what is shown is what it costs to ask for them. */
const DELIVERY_RULES: readonly Feature[] = [
  { name: 'without the Smart rules', hms: { smartRules: 'none' } },
  { name: 'a rate by rule', hms: byRule('messages_per_minute: 6000000') },
  { name: 'three rates by rule', hms: byRule('messages_per_minute: 6000000, messages_per_hour: 100000000, bytes_per_minute: 100GiB') },
  { name: 'limits of connections by rule', hms: byRule('connections: 20, connections_per_minute: 100000') },
  {
    name: '100 block rules with patterns',
    hms: { rules: `format: 1\nrules:\n  - name: all\n    domain: '*'\n    blocks:\n${PATTERNS}\n` },
  },
  {
    name: '100 lines in a list file',
    hms: { lists: { 'deliverystatuscodes.list': NUMBERS.map((n) => `no room ${n}~*~Temporary\n`).join('') } },
  },
  { name: 'a pool with four sources', hms: { rules: POOL } },
  { name: 'high priority', hms: { priority: 'high' } },
]
/** Which of two policies holds is looked up for each domain. */
const TO_SITES: Feature = {
  name: `by MX to ${SITES} sites`,
  byMx: true,
  sink: { sites: SITES },
  load: { domains: SITES },
  hms: { config: { 'delivery.mta_sts': 'false', 'delivery.dane': 'false' } },
}
const TRUST: Feature = { name: 'MTA-STS and DANE looked up', hms: { config: {} } }
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
  const sink = Object.assign({}, ...features.map((feature) => feature.sink)) as { starttls?: boolean; sites?: number }
  const byMx = features.some((feature) => feature.byMx)
  return { name, ground: { hms, sink, byMx }, load }
}

/** As if each run had been made while the base took `usual`: a machine that is slower for an hour is slower for what is beside it, too. */
function medians({ runs, bases }: VariantRuns, usual: number): number[] {
  const even = (n: number, run: number): number => (n * usual) / (bases[run] ?? usual)
  return [
    ...PARTS.map((part) => figure(runs.map(({ processor }, i) => even(processor[part], i))).median),
    figure(runs.map(({ processor }, i) => even(sumOf(processor), i))).median,
  ]
}

/** Of what the base took beside each run. */
function ratios(done: readonly VariantRuns[]): string {
  const rows = done.map(({ name, runs, bases }) => {
    const all = figure(runs.map(({ processor }, i) => sumOf(processor) / (bases[i] ?? 1)))
    return [name, spread(all, 2)]
  })
  return aligned([['µs CPU, of the plain relay beside it', 'times'], ...rows])
}

function less(a: readonly number[], b: readonly number[]): number[] {
  return a.map((n, i) => n - (b[i] ?? 0))
}

export async function features(options: ScenarioOptions): Promise<void> {
  const messages = options.messages ?? MESSAGES
  const chosen = FEATURES.filter(({ name }) => TOGETHER.has(name))
  const each: Feature = { name: 'a connection a message, inbound', load: { kept: false } }
  const plain = variant('plain relay', [], messages)
  const variants = [
    plain,
    ...[...FEATURES, ...DELIVERY_RULES, TO_SITES].map((feature) => variant(feature.name, [feature], messages)),
    variant(TRUST.name, [TO_SITES, TRUST], messages),
    ...WITH_A_CONNECTION.map((feature) => variant(feature.name, [each, feature], messages)),
    variant('together', chosen, messages),
  ]
  const done = await inTurns(variants, options, plain)
  const bases = figure(done.flatMap((one) => one.bases))
  console.log(`\n${partsTable(done)}\n\n${kernelTable(done)}\n\n${ratios(done)}\n`)
  console.log(`The plain relay between them: ${spread(bases, 0)} µs; what follows is as if it had been the same all the time.\n`)
  const all = new Map(done.map((runs) => [runs.name, medians(runs, bases.median)]))
  const of = (name: string): number[] => all.get(name) ?? []
  const base = of('plain relay')
  const added = new Map([...FEATURES, ...DELIVERY_RULES, TO_SITES].map(({ name }) => [name, less(of(name), base)]))
  added.set(TRUST.name, less(of(TRUST.name), of(TO_SITES.name)))
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
