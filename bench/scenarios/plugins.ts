// What plug-ins cost: the usual load with none, with one that is switched on for another account, and with trivial ones of each kind, turn by
// turn. Then 1,000 messages a second of an account without a plug-in beside mail of one whose plug-in loops, eats memory, ends itself or talks
// nonsense: what is lost, what waits how long, and whether the others notice.
import type { BenchPlugin } from '../hms.ts'
import { Ground } from '../ground.ts'
import { Generator } from '../peers.ts'
import { aligned } from '../report.ts'
import type { Sent } from '../peer-words.ts'
import { figuresTable, inTurns, kernelTable, partsTable, type ScenarioOptions, USUAL } from './scenario.ts'

const MESSAGES = 10_000
const FROM: BenchPlugin = { hooks: ['from'], code: 'from: () => undefined' }
const RECEIVED: BenchPlugin = { hooks: ['received'], code: "received: () => ({ action: 'accept' })" }
const DELIVERY: BenchPlugin = {
  hooks: ['domainStart', 'mxStart', 'deferring'],
  code: 'domainStart: () => undefined, mxStart: () => undefined, deferring: () => undefined',
}
const NOTICE: BenchPlugin = { hooks: ['sent'], code: 'sent: () => undefined' }
const LINES: BenchPlugin = { hooks: ['protocol'], code: 'protocol: () => undefined' }

/** Seconds of each load, and messages a second without and with the plug-in. */
const SECONDS = 15
const RATE = 1000
const BAD_RATE = 50
/** That of those who log in on a fresh home. */
const OWN_ACCOUNT = 1001
const BUDGET = 500
const BAD = {
  'none at all': null,
  trivial: '() => undefined',
  loops: '() => { for (;;); }',
  'eats memory': '() => { for (const kept = []; ; ) kept.push(Buffer.alloc(4 << 20, 1)) }',
  'ends itself': '() => process.exit(0)',
  'talks nonsense': "() => ({ action: 'dance' })",
} as const
const BAD_HOOKS = ['from', 'received', 'domainStart', 'mxStart', 'deferring', 'sent']

export async function plugins(options: ScenarioOptions): Promise<void> {
  const load = { ...USUAL, messages: options.messages ?? MESSAGES }
  const plain = { name: 'no plug-in', ground: {}, load }
  const variants = [
    plain,
    { name: 'one of another account', ground: { hms: { plugin: { ...FROM, account: 1999 } } }, load },
    { name: 'one at MAIL', ground: { hms: { plugin: FROM } }, load },
    { name: 'one at the message', ground: { hms: { plugin: RECEIVED } }, load },
    { name: 'one at deliveries', ground: { hms: { plugin: DELIVERY } }, load },
    { name: 'deliveries of another account', ground: { hms: { plugin: { ...DELIVERY, account: 1999 } } }, load },
    { name: 'one that is told', ground: { hms: { plugin: NOTICE } }, load },
    { name: 'one that hears lines', ground: { hms: { plugin: LINES } }, load },
  ]
  const done = await inTurns(variants, options, plain)
  console.log(`\n${figuresTable(done)}\n\n${partsTable(done)}\n\n${kernelTable(done)}`)
  await badPlugins(options)
}

/** One server at a time. */
export async function badPlugins(options: ScenarioOptions): Promise<void> {
  const rows: string[][] = []
  for (const [name, hook] of Object.entries(BAD)) rows.push([name, ...(await besideBad(options, hook))])
  const [rate, seconds] = [options.rate ?? RATE, options.seconds ?? SECONDS]
  console.log(`\n${rate} messages/s of an account without the plug-in, ${BAD_RATE}/s of one with it, ${seconds} s, budget ${BUDGET} ms`)
  const titles = [
    'plug-in',
    'others/s',
    'p50 ms',
    'p99 ms',
    'max ms',
    'its own/s',
    'p50 ms',
    'p99 ms',
    'max ms',
    'last arrived after',
    'lost',
  ]
  console.log(aligned([titles, ...rows]))
}

/** Whatever is refused rejects. */
async function besideBad(options: ScenarioOptions, hook: string | null): Promise<string[]> {
  const code = BAD_HOOKS.map((name) => `${name}: ${hook}`).join()
  const plugin: BenchPlugin = { hooks: BAD_HOOKS, code, account: OWN_ACCOUNT, budget: `${BUDGET}ms` }
  const hms = { config: { 'smtp.plain_auth': 'true' }, ...(hook !== null && { plugin }) }
  await using ground = await Ground.open({ folder: options.folder, profile: null, hms })
  await using second = new Generator()
  const seconds = options.seconds ?? SECONDS
  const loads = [
    ground.loadOf({ ...USUAL, rate: options.rate ?? RATE, seconds }),
    ground.loadOf({ ...USUAL, rate: BAD_RATE, seconds, login: true }),
  ] as const
  const began = performance.now()
  const [others, own] = await Promise.all([ground.generator.send(loads[0]), second.send(loads[1])])
  const accepted = others.accepted + own.accepted
  const ended = performance.now()
  await ground.sink.until(accepted)
  const late = performance.now() - ended
  await ground.untilTold(accepted, began)
  const { recipients } = await ground.sink.received()
  return [...figuresOf(others), ...figuresOf(own), `${Math.round(late)} ms`, String(accepted - recipients)]
}

function figuresOf({ accepted, seconds, latency: { p50, p99, max } }: Sent): string[] {
  return [(accepted / seconds).toFixed(0), p50.toFixed(1), p99.toFixed(1), max.toFixed(0)]
}
