// `npm run bench:kills`: what `kill -9` costs. Under load processes are killed at random moments; the receiving end counts what was
// lost and what came twice. Sink and load are processes of their own. `-- --help` lists the options; docs/crash-tests.md has figures.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { LoadApart, SinkApart } from '../testkit/apart.ts'
import { startServer } from '../testkit/server.ts'
import { missingPrograms } from './load.ts'
import { startPostfix } from './postfix.ts'
import { machine, treeOf } from './processes.ts'

const HELP = `npm run bench:kills [-- options]
  --hms WHAT        what of hms is killed: worker, tree, none; otherwise first a worker of one, then the whole tree of another
  --peer postfix    kill Postfix too, turn by turn: all of its processes at once (root)
  --kills N         kills of each (default 25)
  --messages N      messages between two kills (default 600)
  --rate N          messages a second; otherwise each of the 10 connections sends as fast as it is answered
  --workers N       workers of hms (default: as shipped)
  --json            print the figures as JSON, with when each message that came twice was first taken`

const { values: options } = parseArgs({
  options: {
    hms: { type: 'string', default: 'worker tree' },
    peer: { type: 'string' },
    kills: { type: 'string', default: '25' },
    messages: { type: 'string', default: '600' },
    rate: { type: 'string' },
    workers: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const KILLS = Number(options.kills)
const MESSAGES = Number(options.messages)
const CONNECTIONS = 10
/** The contenders take turns after so many kills, so that the machine's mood is the same for all. */
const TURN = 5
/** The rate at a kill is that of this time before it. */
const RATE_OVER_MS = 250
/** What a crash put off is tried again soon, so that the end is soon; it changes nothing of what is repeated. */
const RETRY = {
  hms: { 'delivery.retry_first': '1s', 'log.level': 'error' },
  postfix: ['queue_run_delay = 1s', 'minimal_backoff_time = 1s', 'maximal_backoff_time = 2s', ''].join('\n'),
}

interface Server extends AsyncDisposable {
  readonly port: number
  /** Root of its process tree. */
  readonly pid: number
  startAgain(): Promise<void>
}

/** Resolves with the moment of the first signal, once all that is to be started again by hand was. */
type Kill = (server: Server) => Promise<number>

class Victim {
  readonly name: string
  readonly #server: Server
  readonly #sink: SinkApart
  readonly #kill: Kill
  readonly #kills: number[] = []
  readonly #acknowledged: string[] = []

  constructor(name: string, server: Server, sink: SinkApart, kill: Kill) {
    this.name = name
    this.#server = server
    this.#sink = sink
    this.#kill = kill
  }

  async turn(kills: number): Promise<void> {
    const domain = `turn${this.#kills.length}.example.test`
    const rate = options.rate === undefined ? {} : { rate: Number(options.rate) }
    await using load = await LoadApart.start({ port: this.#server.port, connections: CONNECTIONS, domain, ...rate })
    for (let n = 0; n < kills; n++) {
      await load.more(MESSAGES)
      await wait(Math.random() * 50)
      this.#kills.push(await this.#kill(this.#server))
    }
    await load.more(100)
    this.#acknowledged.push(...(await load.stop()))
  }

  async figures(): Promise<Figures> {
    const missing = await this.#sink.missing(this.#acknowledged, 60_000)
    const { times } = await this.#sink.taken()
    const all = [...times.values()]
    const before = all.flat().filter((at) => this.#kills.some((kill) => at <= kill && at > kill - RATE_OVER_MS))
    const rate = (before.length * 1000) / (this.#kills.length * RATE_OVER_MS)
    const repeated = all.reduce((sum, { length }) => sum + length - 1, 0)
    const taken = all.filter(({ length }) => length > 1).map(([first = 0]) => this.#sinceKill(first))
    const kills = this.#kills.length
    const counts = { acknowledged: this.#acknowledged.length, lost: missing.length, repeated }
    return { name: this.name, rate, kills, ...counts, perKill: repeated / kills, exposure: (repeated * 1000) / (kills * rate), taken }
  }

  /** Ms from the nearest kill to when a message was taken. */
  #sinceKill(at: number): number {
    const kill = this.#kills.reduce((near, other) => (Math.abs(other - at) < Math.abs(near - at) ? other : near), Infinity)
    return Number((at - kill).toFixed(2))
  }
}

interface Figures {
  readonly name: string
  /** Messages delivered a second just before the kills. */
  readonly rate: number
  readonly kills: number
  readonly acknowledged: number
  readonly lost: number
  readonly repeated: number
  readonly perKill: number
  /** How long a message that is being delivered can be repeated by a kill, in ms: what is repeated at one message a ms. */
  readonly exposure: number
  /** When those that came twice were first taken, in ms from the kill. */
  readonly taken: readonly number[]
}

function signal(pid: number, name: NodeJS.Signals): number {
  const at = performance.timeOrigin + performance.now()
  try {
    process.kill(pid, name)
  } catch {
    // It ended by itself since it was seen.
  }
  return at
}

async function killWorker({ pid }: Server): Promise<number> {
  const workers = treeOf(pid).pids.filter((child) => readFileSync(`/proc/${child}/cmdline`, 'latin1').startsWith('hms worker'))
  const worker = workers[Math.floor(Math.random() * workers.length)]
  if (worker === undefined) throw new Error('hms has no worker that could be killed')
  return signal(worker, 'SIGKILL')
}

/** Who starts the others is stopped first, or one that it starts meanwhile would outlive the kill. */
async function killTree(server: Server): Promise<number> {
  signal(server.pid, 'SIGSTOP')
  const { pids } = treeOf(server.pid)
  const [at = 0] = pids.toReversed().map((pid) => signal(pid, 'SIGKILL'))
  while (pids.some((pid) => existsSync(`/proc/${pid}`))) await wait(5)
  await server.startAgain()
  return at
}

async function startHms(folder: string, sink: number): Promise<Server> {
  const server = await startServer({ home: join(folder, 'home'), workers: Number(options.workers), config: RETRY.hms })
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${sink}`, '--tls', 'none')
  await server.hms('relay', 'allow', '127.0.0.1')
  return {
    port: server.smtpPort,
    get pid() {
      return server.pidOf('launcher')
    },
    startAgain: () => server.startAgain(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

async function victims(opened: AsyncDisposableStack): Promise<Victim[]> {
  const made: Victim[] = []
  const add = async (name: string, start: (folder: string, sink: number) => Promise<Server>, kill: Kill): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), 'hms-kills-'))
    opened.defer(() => rmSync(folder, { recursive: true, force: true }))
    const sink = opened.use(await SinkApart.start())
    made.push(new Victim(name, opened.use(await start(folder, sink.port)), sink, kill))
  }
  if (options.hms.includes('worker')) await add('hms, a worker', startHms, killWorker)
  if (options.hms.includes('tree')) await add('hms, the tree', startHms, killTree)
  if (options.peer === 'postfix') await add('postfix', (folder, sink) => startPostfix(folder, sink, RETRY.postfix), killTree)
  return made
}

async function bench(): Promise<void> {
  await using opened = new AsyncDisposableStack()
  const all = await victims(opened)
  for (let done = 0; done < KILLS; done += TURN) for (const victim of all) await victim.turn(Math.min(TURN, KILLS - done))
  const figures: Figures[] = []
  for (const victim of all) figures.push(await victim.figures())
  const { cores, processor, kernel } = machine()
  if (options.json) return console.log(JSON.stringify(figures))
  console.log(`Node ${process.version}, ${cores} cores (${processor}), Linux ${kernel}\n`)
  console.log('| killed | messages/s | kills | acknowledged | lost | repeated | a kill | exposure ms | taken, ms from the kill |')
  console.log('|---|---|---|---|---|---|---|---|---|')
  for (const { name, rate, kills, acknowledged, lost, repeated, perKill, exposure, taken } of figures) {
    const span = taken.length === 0 ? '' : `${Math.min(...taken)} to ${Math.max(...taken)}`
    const cells = [name, Math.round(rate), kills, acknowledged, lost, repeated, perKill.toFixed(2), exposure.toFixed(3), span]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

if (options.help) console.log(HELP)
else {
  if (options.peer === 'postfix' && missingPrograms(true).length > 0) throw new Error('apt-get install -y --no-install-recommends postfix')
  await bench()
}
