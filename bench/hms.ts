// This server under load: a fresh home in a temporary folder, set up through `hms` as an owner would.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Status } from '../src/contract/operations.ts'
import type { Contender } from './contender.ts'
import { freePort, untilListening } from './load.ts'

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)

export async function startHms(folder: string, sink: number): Promise<Contender> {
  const port = await freePort()
  const env = {
    ...process.env,
    HMS_HOME: join(folder, 'home'),
    HMS_SMTP_LISTEN: `127.0.0.1:${port}`,
    HMS_INJECT_LISTEN: '',
    HMS_PANEL_LISTEN: `127.0.0.1:${await freePort()}`,
    HMS_SIMULATOR_LISTEN: '',
  }
  const hms = async (...words: string[]): Promise<string> => (await run(join(root, 'hms'), words, { env, encoding: 'utf8' })).stdout
  await hms('init', '--json')
  await hms('route', 'set', '*', `smtp://127.0.0.1:${sink}`, '--tls', 'none')
  await hms('relay', 'allow', '127.0.0.1')
  const server = spawn(join(root, 'hms'), ['start'], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  await untilListening(port)
  return {
    name: 'hms',
    version: (await hms('--version')).trim(),
    port,
    pid: server.pid ?? 0,
    async told(delivered) {
      const end = performance.now() + 60_000
      while (((JSON.parse(await hms('status', '--json')) as Status).delivered ?? 0) < delivered) {
        if (performance.now() > end) throw new Error(`hms has not told of ${delivered} deliveries after 60 s`)
        await wait(100)
      }
    },
    [Symbol.asyncDispose]: () => stop(server),
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.kill('SIGTERM')
  await once(server, 'exit')
}
