// This server under load: a fresh home in a temporary folder, set up through `hms` as an owner would, and asked over the
// desk's socket, as a process for each question would take a core from the server.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ANONYMOUS_ACCOUNT } from '../src/base/brand.ts'
import type { Operations, Status } from '../src/contract/operations.ts'
import type { OptionName } from '../src/contract/options.ts'
import { type BusClient, connectBus } from '../src/net/bus/client.ts'
import { deskSocketPath, runningPath, type RunningServer } from '../src/services/home.ts'
import { fillQueue } from '../testkit/queue-fill.ts'
import type { Contender } from './contender.ts'
import { freePort, untilListening } from './load.ts'

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)

export const SENDER_DOMAIN = 'example.test'
export type DkimChoice = 'none' | 'rsa' | 'ed25519' | 'both'

export interface HmsOptions {
  /** Where its home is made. */
  readonly folder: string
  /** Port on 127.0.0.1 that all mail goes to; null: by MX. */
  readonly route: number | null
  readonly dkim?: DkimChoice
  readonly tls?: 'none' | 'may' | 'encrypt'
  readonly config?: Partial<Record<OptionName, string>>
  /** Messages that wait for hours, put into its queue before it starts. */
  readonly fill?: number
  /** Further NODE_OPTIONS of all its processes. */
  readonly nodeOptions?: string
  /** Words before `hms start`: a program to run it under. */
  readonly under?: readonly string[]
  /** The node to run it on, where it is not the installed one. */
  readonly runtime?: string
  /** A document of delivery rules. */
  readonly rules?: string
  /** Those that are shipped count, unless given. */
  readonly smartRules?: 'none'
  /** Of all its mail. */
  readonly priority?: 'high' | 'bulk'
  /** A domain: each recipient has a return path there, and the index of what was sent is written. */
  readonly returnPath?: string
  /** Addresses of milters that see all mail. */
  readonly milters?: readonly string[]
  readonly plugin?: BenchPlugin
  /** List files of the owner, by name. */
  readonly lists?: Readonly<Record<string, string>>
}

export interface BenchPlugin {
  readonly hooks: readonly string[]
  /** What stands in `hooks: { … }`. */
  readonly code: string
  /** It is switched on for this one alone. */
  readonly account?: number
  /** A minute where it is not said. */
  readonly budget?: string
}

export interface HmsServer extends Contender {
  readonly home: string
  /** Port of the management API. */
  readonly panel: number
  readonly user: string
  readonly password: string
  told(): Promise<{ readonly accepted: number; readonly delivered: number }>
  status(): Promise<Status>
  /** DKIM signatures made since its start. */
  signatures(): Promise<number>
  /** SIGTERM; resolves when all is closed. */
  stop(): Promise<void>
}

const FILL_DOMAINS = 1000
const FILL_DUE_IN = 6 * 3_600_000
const ALGORITHMS: Readonly<Record<DkimChoice, readonly string[]>> = {
  none: [],
  rsa: ['rsa-sha256'],
  ed25519: ['ed25519-sha256'],
  both: ['rsa-sha256', 'ed25519-sha256'],
}

export function signaturesEach(dkim: DkimChoice): number {
  return ALGORITHMS[dkim].length
}

function environmentOf(home: string, config: HmsOptions['config']): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('HMS_'))
  const set = Object.entries(config ?? {}).map(([name, value]) => [`HMS_${name.toUpperCase().replaceAll('.', '_')}`, value])
  return { ...Object.fromEntries([...kept, ...set]), HMS_HOME: home }
}

export async function startHms(options: HmsOptions): Promise<HmsServer> {
  const { folder, route, dkim = 'none', tls = 'none', under = [] } = options
  const [port, panel] = [await freePort(), await freePort()]
  const home = join(folder, 'home')
  const env = environmentOf(home, {
    'smtp.listen': `127.0.0.1:${port}`,
    'panel.listen': `127.0.0.1:${panel}`,
    'inject.listen': '',
    'simulator.listen': '',
    ...options.config,
  })
  const hms = async (...words: string[]): Promise<string> => (await run(join(root, 'hms'), words, { env, encoding: 'utf8' })).stdout
  const { account } = JSON.parse(await hms('init', '--json')) as { account: { user: string; password: string } }
  if (route !== null) await hms('route', 'set', '*', `smtp://127.0.0.1:${route}`, '--tls', tls)
  await hms('relay', 'allow', '127.0.0.1')
  for (const algorithm of ALGORITHMS[dkim]) await hms('dkim', 'create', SENDER_DOMAIN, '--algorithm', algorithm)
  if (dkim !== 'none') await hms('dkim', 'verify', SENDER_DOMAIN, '--force')
  await giveRules(home, hms, options)
  const version = (await hms('--version')).trim()
  if (options.fill !== undefined)
    await fillQueue({ home, messages: options.fill, recipientsEach: 1, domains: FILL_DOMAINS, size: 4096, dueIn: FILL_DUE_IN })
  const { runtime } = options
  const start =
    runtime === undefined ? [join(root, 'hms')] : [runtime, '--disable-warning=ExperimentalWarning', join(root, 'dist/cli/main.js')]
  const [program = '', ...words] = [...under, ...start, 'start']
  const server = spawn(program, words, {
    env: { ...env, NODE_OPTIONS: options.nodeOptions ?? '' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await untilListening(port)
  const bus = await deskOf(home)
  const { pid } = JSON.parse(readFileSync(runningPath(home), 'utf8')) as RunningServer
  const status = (): Promise<Status> => bus.call('status', {})
  const interrupted = (): void => void process.kill(pid, 'SIGTERM')
  process.once('exit', interrupted)
  const stop = async (): Promise<void> => {
    process.off('exit', interrupted)
    bus[Symbol.dispose]()
    await stopped(server, pid)
  }
  return {
    name: 'hms',
    version,
    port,
    pid,
    home,
    panel,
    user: account.user,
    password: account.password,
    status,
    told: status,
    signatures: () => metric(panel, 'hms_dkim_operations_total'),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** What delivery rules, lists and priorities are, where anything is said of them. */
async function giveRules(
  home: string,
  hms: (...words: string[]) => Promise<string>,
  { rules, smartRules, priority, returnPath, milters = [], lists = {}, plugin }: HmsOptions,
): Promise<void> {
  const file = join(home, 'bench-rules.yaml')
  if (rules !== undefined) {
    writeFileSync(file, rules)
    await hms('apply', '-f', file)
  }
  if (smartRules === 'none') {
    // A later edition counts: one without any rule.
    writeFileSync(file, 'format: 1\nversion: 999999999\nrules: []\n')
    await hms('rules', 'update', file, '--unsigned')
  }
  if (priority !== undefined) await hms('account', 'set', String(ANONYMOUS_ACCOUNT), '--priority', priority)
  if (returnPath !== undefined) await hms('account', 'set', String(ANONYMOUS_ACCOUNT), '--return-path', returnPath)
  for (const [n, address] of milters.entries()) await hms('milter', 'set', `bench-${n}`, address)
  for (const [name, text] of Object.entries(lists)) writeFileSync(join(home, 'config', name), text)
  if (plugin !== undefined) givePlugin(home, plugin)
}

function givePlugin(home: string, { hooks, code, account, budget = '60s' }: BenchPlugin): void {
  const folder = join(home, 'plugins', 'bench')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', hms: { api: 1, hooks } }))
  writeFileSync(join(folder, 'index.js'), `export default { name: 'bench', apiVersion: 1, hooks: { ${code} } }\n`)
  const entry = { name: 'bench', budget, ...(account !== undefined && { accounts: [account] }) }
  writeFileSync(join(home, 'config', 'plugins.yaml'), JSON.stringify([entry]))
}

/** The desk may come up after the worker. */
async function deskOf(home: string): Promise<BusClient<Operations>> {
  for (let tries = 0; ; tries++) {
    try {
      const bus = await connectBus<Operations>(deskSocketPath(home), { version: 'bench' })
      const { workers } = await bus.call('status', {})
      if (workers.length > 0 && workers.every(({ health }) => health === 'ok')) return bus
      bus[Symbol.dispose]()
    } catch (error) {
      if (tries > 200) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function metric(panel: number, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${panel}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1] ?? 0)
}

/** `server` may be a program that it runs under, which ends with it. */
async function stopped(server: ChildProcess, launcher: number): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  try {
    process.kill(launcher, 'SIGTERM')
  } catch {
    // It ended by itself.
  }
  await ended
}
