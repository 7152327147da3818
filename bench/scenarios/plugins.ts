// What plug-ins cost: the usual load with a trivial one of each kind, and with one that is switched on for another account, each in turns with
// no plug-in beside it. Then 1,000 messages a second of an account without a plug-in beside mail of one whose plug-in loops, eats memory, ends
// itself or talks nonsense: what is lost, what waits how long, and whether the others notice.
import type { BenchPlugin } from '../hms.ts'
import { Ground } from '../ground.ts'
import { Generator } from '../peers.ts'
import { aligned } from '../report.ts'
import type { Sent } from '../peer-words.ts'
import { TRIVIAL } from '../trivial-plugins.ts'
import { costTable, inPairs, percent } from './pairs.ts'
import { figuresTable, kernelTable, partsTable, type ScenarioOptions, USUAL, type Variant } from './scenario.ts'

const MESSAGES = 5000
const ELSEWHERE: BenchPlugin = {
  hooks: [TRIVIAL.mail, TRIVIAL.message, TRIVIAL.deliveries, TRIVIAL.told].flatMap(({ hooks }) => hooks),
  code: [TRIVIAL.mail, TRIVIAL.message, TRIVIAL.deliveries, TRIVIAL.told].map(({ code }) => code).join(),
  account: 1999,
}

/** Seconds of each load, and messages a second without and with the plug-in. */
const SECONDS = 10
const RATE = 1000
const BAD_RATE = 50
/** So many wait at once where each is held up for a second or two. */
const BAD_SESSIONS = 200
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
/** Of a session; a message waits for the budget of each at most. */
const SESSION_HOOKS = ['from', 'received']
const BAD_HOOKS = [...SESSION_HOOKS, 'domainStart', 'mxStart', 'deferring', 'sent']

export async function plugins(options: ScenarioOptions): Promise<void> {
  const load = { ...USUAL, messages: options.messages ?? MESSAGES }
  const variant = (name: string, plugin?: BenchPlugin): Variant => ({ name, ground: plugin === undefined ? {} : { hms: { plugin } }, load })
  const variants = [
    variant('one of another account', ELSEWHERE),
    variant('one at MAIL', TRIVIAL.mail),
    variant('one at the message', TRIVIAL.message),
    variant('one at deliveries', TRIVIAL.deliveries),
    variant('one that is told', TRIVIAL.told),
    variant('one that hears lines', TRIVIAL.lines),
  ]
  const done = await inPairs(variant('no plug-in'), variants, options)
  console.log(`\n${figuresTable(done)}\n\n${partsTable(done)}\n\n${kernelTable(done)}\n\n${costTable(done)}`)
  await badPlugins(options)
}

interface Beside {
  readonly name: string
  readonly others: Sent
  readonly own: Sent
  /** The last message of both was at the sink so long after the last `250`; ms. */
  readonly late: number
  readonly lost: number
}

/** One server at a time. Rejects where a message was refused or lost. */
export async function badPlugins(options: ScenarioOptions): Promise<void> {
  const all: Beside[] = []
  for (const [name, hook] of Object.entries(BAD)) {
    all.push(await besideBad(options, name, hook))
    console.error(`${name}: ${all.at(-1)?.lost} lost`)
  }
  const [rate, seconds] = [options.rate ?? RATE, options.seconds ?? SECONDS]
  const most = BUDGET * SESSION_HOOKS.length
  console.log(`\n${rate} messages/s of an account without the plug-in, ${BAD_RATE}/s of one with it, for ${seconds} s.`)
  console.log(
    `Budget of an answer ${BUDGET} ms; a message of its own waits for ${SESSION_HOOKS.length} answers before 250: ${most} ms at most.`,
  )
  const plain = all[0]
  const rows = all.map((one) => [
    one.name,
    ...figuresOf(one.others),
    plain === undefined ? '' : percent(rateOf(one.others) / rateOf(plain.others)),
    ...figuresOf(one.own),
    percent(one.own.latency.max / most),
    String(Math.round(one.late)),
    String(one.lost),
  ])
  const figures = ['p50 ms', 'p99 ms', 'max ms']
  const titles = ['plug-in', 'others/s', ...figures, '% of none', 'its own/s', ...figures, '% of its budgets', 'last after ms', 'lost']
  console.log(aligned([titles, ...rows]))
  const lost = all.reduce((sum, one) => sum + one.lost, 0)
  if (lost !== 0) throw new Error(`${lost} messages were lost`)
}

/** Whatever is refused rejects. */
async function besideBad(options: ScenarioOptions, name: string, hook: string | null): Promise<Beside> {
  const code = BAD_HOOKS.map((one) => `${one}: ${hook}`).join()
  const plugin: BenchPlugin = { hooks: BAD_HOOKS, code, account: OWN_ACCOUNT, budget: `${BUDGET}ms` }
  const hms = { config: { 'smtp.plain_auth': 'true' }, ...(hook !== null && { plugin }) }
  await using ground = await Ground.open({ folder: options.folder, profile: null, hms })
  await using second = new Generator()
  const seconds = options.seconds ?? SECONDS
  const loads = [
    ground.loadOf({ ...USUAL, rate: options.rate ?? RATE, seconds }),
    ground.loadOf({ ...USUAL, sessions: BAD_SESSIONS, rate: BAD_RATE, seconds, login: true }),
  ] as const
  const began = performance.now()
  const [others, own] = await Promise.all([ground.generator.send(loads[0]), second.send(loads[1])])
  const accepted = others.accepted + own.accepted
  const ended = performance.now()
  await ground.sink.until(accepted)
  const late = performance.now() - ended
  await ground.untilTold(accepted, began)
  const { recipients } = await ground.sink.received()
  return { name, others, own, late, lost: accepted - recipients }
}

function rateOf({ accepted, seconds }: Sent): number {
  return accepted / seconds
}

function figuresOf(sent: Sent): string[] {
  const { p50, p99, max } = sent.latency
  return [rateOf(sent).toFixed(0), p50.toFixed(1), p99.toFixed(1), max.toFixed(0)]
}
