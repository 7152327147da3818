// kill -9 at moments that nobody chose, during backup, restore and upgrade under load: of the command, of the server, of both. What was
// acknowledged is delivered, the next start is well, and nothing half made is left in the way. `node test/random-kills.test.ts --long`: more of it.
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { LoadApart, SinkApart } from '../testkit/apart.ts'
import { Releases } from '../testkit/other-release.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

const ROUNDS = process.argv.includes('--long') ? 10 : 1
const WORKERS = 2
const VICTIMS = ['command', 'server', 'both', 'worker'] as const
type Victim = (typeof VICTIMS)[number]

const running = (server: TestServer): { pid: number; version: string } =>
  JSON.parse(readFileSync(join(server.home, 'run/running.json'), 'utf8')) as { pid: number; version: string }

function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** The process and all below it; a hand-over has a second launcher there. */
function familyOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
    return [pid, ...children.flatMap(familyOf)]
  } catch {
    return [pid]
  }
}

/** Every process of the server on this home, whoever leads: those that run a program of `root` or took its name, but not the command. */
function treeOf(server: TestServer, root: string, command: number | undefined): number[] {
  const family = new Set([...familyOf(server.pidOf('launcher')), ...familyOf(running(server).pid)])
  return [...family].filter((pid) => pid !== command && (titleOf(pid).startsWith('hms ') || titleOf(pid).includes(root)))
}

async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  while (pids.some(isAlive)) await wait(10)
}

class Drill {
  readonly #server: TestServer
  readonly #releases: Releases
  readonly #program: string
  readonly told: string[] = []
  #version = 0
  /** How long a command takes that nobody kills, ms. */
  readonly #usual = new Map<string, number>()

  constructor(server: TestServer, releases: Releases, program: string) {
    this.#server = server
    this.#releases = releases
    this.#program = program
  }

  newRelease(): string {
    return this.#releases.make(`1.${++this.#version}.0`).folder
  }

  #start(words: readonly string[]): ChildProcess {
    const { smtpPort, panelPort, simulatorPort } = this.#server
    const listen = (port: number): string => `127.0.0.1:${port}`
    const addresses = {
      HMS_SMTP_LISTEN: listen(smtpPort),
      HMS_PANEL_LISTEN: listen(panelPort),
      HMS_SIMULATOR_LISTEN: listen(simulatorPort),
    }
    const env = { ...process.env, ...addresses, HMS_INJECT_LISTEN: '127.0.0.1:0', HMS_DNS_SERVERS: '127.0.0.1:9', HMS_UPGRADE_GRACE: '5s' }
    return spawn(this.#program, [...words, '--home', this.#server.home], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  }

  /** Once without a kill, to know how long it takes. */
  async whole(kind: string, words: readonly string[]): Promise<void> {
    const began = performance.now()
    const command = this.#start(words)
    let said = ''
    command.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const [code] = (await once(command, 'exit')) as [number | null]
    assert.equal(code, 0, `${kind}: ${said}\n${this.#server.output().slice(-3000)}`)
    this.#usual.set(kind, performance.now() - began)
  }

  async killed(kind: string, words: readonly string[], victim: Victim): Promise<void> {
    const command = this.#start(words)
    const ended = once(command, 'exit')
    const after = Math.random() * (this.#usual.get(kind) ?? 1000)
    await Promise.race([wait(after), ended])
    const tree = treeOf(this.#server, this.#releases.root, command.pid)
    const worker = tree.find((pid) => titleOf(pid).startsWith('hms worker'))
    if (victim === 'command' || victim === 'both') command.kill('SIGKILL')
    if (victim === 'server' || victim === 'both') await killAll(tree)
    if (victim === 'worker' && worker !== undefined) await killAll([worker])
    await Promise.race([ended, wait(180_000, null, { ref: false })])
    assert.ok(command.exitCode !== null || command.signalCode !== null, `${kind} goes on for ever after the end of ${victim}`)
    // Whoever was just starting another process: that one ends by itself, or leads.
    await wait(200)
    const isUp = isAlive(running(this.#server).pid) && titleOf(running(this.#server).pid) !== ''
    if (!isUp) await this.#server.startAgain()
    await this.#server.until(
      (status) => status.running && status.workers.filter(({ health }) => health === 'ok').length === WORKERS,
      60_000,
    )
    this.told.push(`${kind}, ${victim} after ${Math.round(after)} ms${isUp ? '' : ', started again'}`)
  }

  async assertWell(): Promise<void> {
    const { home } = this.#server
    const spool = await this.#server.call('spool.check', {})
    assert.deepEqual(spool.problems, [], this.told.join('\n'))
    assert.ok(!existsSync(join(home, 'restore.json')), this.told.at(-1))
  }
}

test('killed at any moment, nothing that was acknowledged is lost', { timeout: 3_600_000 }, async (t) => {
  using releases = new Releases()
  const first = releases.make('1.0.0').folder
  execFileSync(join(first, 'hms'), ['install', first, '--to', releases.root, '--unsigned', '--json'])
  const program = join(releases.root, 'current/hms')
  await using sink = await SinkApart.start()
  await using server = await startServer({ program, workers: WORKERS, config: { 'delivery.retry_first': '1s', 'upgrade.grace': '5s' } })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await using load = await LoadApart.start({ port: server.smtpPort, connections: 3, rate: 30, size: 30_000 })
  await load.more(50)
  const drill = new Drill(server, releases, program)
  const { file } = await server.hms<{ file: string }>('backup')
  const commands = {
    backup: () => ['backup'],
    restore: () => ['restore', file, '--yes', '--settings', 'backup'],
    upgrade: () => ['upgrade', drill.newRelease(), '--yes'],
  }
  for (const [kind, words] of Object.entries(commands)) {
    await drill.whole(kind, words())
    for (let round = 0; round < ROUNDS; round++) {
      await drill.killed(kind, words(), VICTIMS[(round + Math.floor(Math.random() * 4)) % 4] ?? 'both')
      await load.more(10, 120_000)
      await drill.assertWell()
    }
    // And it works again, over what the kills left.
    await drill.whole(kind, words())
  }
  assert.deepEqual(
    readdirSync(join(server.home, 'backups')).filter((name) => name.includes('.new')),
    [],
    'a backup removes what a killed one left',
  )
  const acknowledged = await load.stop()
  assert.deepEqual((await sink.missing(acknowledged)).slice(0, 5), [], `${drill.told.join('\n')}\n${server.output().slice(-4000)}`)
  await server.until(({ queued }) => queued === 0)
  t.diagnostic(`${acknowledged.length} acknowledged, ${(await sink.taken()).repeated} came twice; ${drill.told.join('; ')}`)
})
