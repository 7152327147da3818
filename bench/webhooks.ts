// `npm run bench:webhooks`: events of mail that is really sent, posted to endpoints that are well, away every other while, dead, slow and hostile,
// beside the same mail at a server without webhooks, in turns. It fails where an event was lost, came out of its order or unsigned, or where
// mail was not delivered. docs/performance.md has the figures.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ANONYMOUS_ACCOUNT } from '../src/base/brand.ts'
import type { Operations } from '../src/contract/operations.ts'
import type { WebhookHealth } from '../src/contract/webhooks.ts'
import { type BusClient, connectBus } from '../src/net/bus/client.ts'
import { deskSocketPath } from '../src/services/home.ts'
import { Ground, type Measured } from './ground.ts'
import { Peer } from './peers.ts'
import type { WebhookEnds } from './peer-words.ts'
import { machine, memoryOf, titlesOf } from './processes.ts'
import { aligned } from './report.ts'

const HELP = `npm run bench:webhooks -- [--seconds N] [--rate N] [--turns N] [--idle N] [--folder PATH]
  --seconds N    of mail with webhooks, of all turns together (90); an hour is 3600
  --rate N       events a second: messages are half of it (1000)
  --turns N      of mail without and with webhooks (3)
  --idle N       more accounts, each with an endpoint that there is nothing to tell (0)
  --folder PATH  where homes are made (the folder for temporary files)`
const EVENTS_A_MESSAGE = 2
/** Of mail without webhooks, in a turn, at most. */
const LONGEST_WITHOUT = 60
const LONGEST_FLAP = 60
const LOOK_EVERY = 5000
const SAY_EVERY = 60_000
/** Nothing came for so long: no more will. The longest rest of an endpoint that is away for a minute is about two. */
const PATIENCE = 240_000
const BATCH = { events: 100, wait: 100 }

interface Values {
  readonly seconds: number
  readonly rate: number
  readonly turns: number
  readonly idle: number
  readonly folder: string
}

/** What was seen while mail went. */
interface Watched {
  queued: number
  deskMiB: number
}

const say = (text: string): void => console.log(text)
const clock = (): string => new Date().toISOString().slice(11, 19)

class House implements AsyncDisposable {
  readonly ground: Ground
  readonly bus: BusClient<Operations>
  readonly seen: Watched = { queued: 0, deskMiB: 0 }
  readonly #opened: AsyncDisposableStack

  private constructor(ground: Ground, bus: BusClient<Operations>, opened: AsyncDisposableStack) {
    this.ground = ground
    this.bus = bus
    this.#opened = opened
  }

  static async open(folder: string): Promise<House> {
    await using opened = new AsyncDisposableStack()
    const ground = opened.use(await Ground.open({ folder, hms: { config: { 'webhooks.allow_private': 'true' } } }))
    const bus = opened.use(await connectBus<Operations>(deskSocketPath(ground.hms.home), { version: 'bench' }))
    return new House(ground, bus, opened.move())
  }

  get deskPid(): number {
    return [...titlesOf(this.ground.hms.pid)].find(([, title]) => title === 'desk')?.[0] ?? 0
  }

  async look(): Promise<number> {
    const { queued } = await this.ground.hms.status()
    this.seen.queued = Math.max(this.seen.queued, queued)
    this.seen.deskMiB = Math.max(this.seen.deskMiB, memoryOf([this.deskPid]))
    return queued
  }

  /** Mail at a rate; `told` is called now and then meanwhile. */
  async send(rate: number, seconds: number, told: () => Promise<void>): Promise<Measured> {
    const load = { sessions: 20, kept: true, size: 1024, recipients: 1, pipelined: true, rate, seconds }
    const state = { isOver: false }
    const measured = this.ground.measure(load).finally(() => (state.isOver = true))
    while (!state.isOver) {
      await Promise.race([measured, wait(LOOK_EVERY, undefined, { ref: false })])
      await this.look()
      await told()
    }
    return measured
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync()
  }
}

/** Adds all endpoints; gives their ids by name. */
async function addEndpoints({ bus }: House, receivers: Peer, ends: WebhookEnds): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>()
  const secrets: Record<string, string> = {}
  for (const [name, url] of Object.entries({ ...ends.heard, ...ends.wrong })) {
    const { webhook, secret } = await bus.call('webhook.add', { account: ANONYMOUS_ACCOUNT, url, name, batch: BATCH })
    ids.set(name, webhook.id)
    secrets[name] = secret
  }
  await receivers.call('secrets', { well: secrets['well'] ?? '', flapping: secrets['flapping'] ?? '' })
  return ids
}

async function addIdle({ bus, ...house }: House, count: number, url: string): Promise<void> {
  if (count === 0) return
  const pid = [...titlesOf(house.ground.hms.pid)].find(([, title]) => title === 'desk')?.[0] ?? 0
  const [before, began] = [memoryOf([pid]), performance.now()]
  for (let n = 0; n < count; n++) {
    const { account } = await bus.call('account.add', { name: `Customer ${n}` })
    await bus.call('webhook.add', { account: account.id, url })
  }
  const seconds = (performance.now() - began) / 1000
  say(
    `${count} accounts with an endpoint each: added in ${seconds.toFixed(0)} s, ${(memoryOf([pid]) - before).toFixed(0)} MiB more at the desk`,
  )
}

/** Until all has arrived, or nothing comes any more; gives the seconds. */
async function untilHeard(receivers: Peer, events: number): Promise<number> {
  const began = performance.now()
  let [seen, since] = [-1, began]
  for (;;) {
    const { well, flapping } = await receivers.call('heard', null)
    const heard = well.events + flapping.events
    if (well.events >= events && flapping.events >= events) return (performance.now() - began) / 1000
    if (heard !== seen) [seen, since] = [heard, performance.now()]
    else if (performance.now() - since > PATIENCE) return (performance.now() - began) / 1000
    await wait(1000)
  }
}

function loadTable(without: readonly Measured[], withThem: readonly Measured[]): string {
  const mean = (runs: readonly Measured[], of: (run: Measured) => number): string =>
    (runs.reduce((sum, run) => sum + of(run), 0) / Math.max(1, runs.length)).toFixed(1)
  const row = (name: string, runs: readonly Measured[]): readonly string[] => [
    name,
    mean(runs, ({ accepted }) => accepted),
    mean(runs, ({ relayed }) => relayed),
    mean(runs, ({ latency }) => latency.p50),
    mean(runs, ({ latency }) => latency.p99),
    mean(runs, ({ processor }) => processor.worker + processor.storage + processor['write-back']),
    mean(runs, ({ processor }) => processor.desk),
  ]
  const head = ['mail', 'accepted/s', 'relayed/s', 'accept p50 ms', 'p99 ms', 'worker µs', 'desk µs']
  return aligned([head, row('without webhooks', without), row('with them', withThem)])
}

async function endpointTable({ bus }: House, ids: ReadonlyMap<string, string>): Promise<string> {
  const rows: string[][] = [['endpoint', 'state', 'told', 'aside', 'given up', 'its last failure']]
  for (const [name, id] of ids) {
    const { health }: { health: WebhookHealth } = await bus.call('webhook.show', { id })
    const { state, told, aside, givenUp, failure } = health
    rows.push([name, state, String(told), String(aside), String(givenUp), failure?.reason.slice(0, 70) ?? ''])
  }
  return aligned(rows, 2)
}

async function bench({ seconds, rate, turns, idle, folder }: Values): Promise<readonly string[]> {
  await using opened = new AsyncDisposableStack()
  const own = mkdtempSync(join(folder, 'hms-bench-hooks-'))
  opened.defer(() => rmSync(own, { recursive: true, force: true }))
  const receivers = opened.use(new Peer('webhook-receivers.ts'))
  const ends = await receivers.call('ends', { flapping: Math.max(5, Math.min(LONGEST_FLAP, Math.round(seconds / 6))) })
  const root = join(own, 'root.pem')
  writeFileSync(root, ends.root)
  process.env['NODE_EXTRA_CA_CERTS'] = root
  const [plain, hooked] = [opened.use(await House.open(folder)), opened.use(await House.open(folder))]
  const ids = await addEndpoints(hooked, receivers, ends)
  await addIdle(hooked, idle, ends.heard.well)
  const [without, withThem]: [Measured[], Measured[]] = [[], []]
  const began = await hooked.ground.hms.told()
  const lates: { p50: number; p99: number; max: number }[] = []
  let saidAt = performance.now()
  const told = async (): Promise<void> => {
    if (performance.now() - saidAt < SAY_EVERY) return
    saidAt = performance.now()
    const { well, flapping } = await receivers.call('heard', null)
    lates.push(well.late)
    const { delivered } = await hooked.ground.hms.told()
    const figures = `${delivered - began.delivered} delivered, ${await hooked.look()} queued, well ${well.events}, flapping ${flapping.events}`
    say(`${clock()}  ${figures}, p50 ${well.late.p50} ms, p99 ${well.late.p99} ms, desk ${memoryOf([hooked.deskPid]).toFixed(0)} MiB`)
  }
  const messages = rate / EVENTS_A_MESSAGE
  for (let turn = 0; turn < turns; turn++) {
    without.push(await plain.send(messages, Math.min(LONGEST_WITHOUT, seconds / turns), async () => {}))
    withThem.push(await hooked.send(messages, seconds / turns, told))
    lates.push((await receivers.call('heard', null)).well.late)
  }
  const { accepted, delivered } = await hooked.ground.hms.told()
  const sent = accepted - began.accepted
  const drained = await untilHeard(receivers, sent * EVENTS_A_MESSAGE)
  const { well, flapping, forbidden } = await receivers.call('heard', null)
  const compared = await receivers.call('compare', { folder: join(hooked.ground.hms.home, 'events'), account: ANONYMOUS_ACCOUNT })
  say(`\n${loadTable(without, withThem)}\n`)
  say(await endpointTable(hooked, ids))
  say(`\nevents in the store: ${compared.stored}; ${drained.toFixed(0)} s after the last mail all that comes had come`)
  const heardRow = (name: 'well' | 'flapping', of: typeof well): string[] =>
    [name, of.posts, of.events, of.again, compared.missing[name], of.disordered, of.unverified].map(String)
  say(
    aligned([
      ['heard by', 'posts', 'events', 'again', 'missing', 'out of order', 'not verified'],
      heardRow('well', well),
      heardRow('flapping', flapping),
    ]),
  )
  const worst = (of: 'p50' | 'p99' | 'max'): number => Math.max(...lates.map((late) => late[of]))
  say(
    `from what happened until the well one heard it: p50 ${worst('p50')} ms, p99 ${worst('p99')} ms, most ${worst('max')} ms (of the worst minute)`,
  )
  say(
    `queued at most: ${hooked.seen.queued} (without webhooks ${plain.seen.queued}); memory of the desk at most: ${hooked.seen.deskMiB.toFixed(0)} MiB (${plain.seen.deskMiB.toFixed(0)})`,
  )
  const wrong = [
    [compared.stored < sent * EVENTS_A_MESSAGE, 'the store has fewer events than mail makes'],
    [compared.missing.well + compared.missing.flapping > 0, 'events were lost'],
    [well.disordered + flapping.disordered > 0, 'events came out of the order of their message'],
    [well.unverified + flapping.unverified > 0, 'posts were not verified'],
    [forbidden > 0, 'a redirect was followed'],
    [delivered - began.delivered < sent, 'mail was not delivered'],
  ] as const
  return wrong.filter(([is]) => is).map(([, what]) => what)
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '90' },
    rate: { type: 'string', default: '1000' },
    turns: { type: 'string', default: '3' },
    idle: { type: 'string', default: '0' },
    folder: { type: 'string', default: process.env['TMPDIR'] ?? '/tmp' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) say(HELP)
else {
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143))
  say(Object.values(machine()).join(', '))
  const [seconds, rate, turns, idle] = [values.seconds, values.rate, values.turns, values.idle].map(Number) as [
    number,
    number,
    number,
    number,
  ]
  const wrong = await bench({ seconds, rate, turns, idle, folder: values.folder })
  for (const what of wrong) say(`FAILED: ${what}`)
  process.exitCode = wrong.length === 0 ? 0 : 1
}
