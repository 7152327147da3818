// A home at rest, for as long as something is done to it. A running server lets its workers and its desk end meanwhile and keeps its
// addresses, so that clients wait and are not refused; one of a release that cannot do that is stopped.
import { setTimeout as wait } from 'node:timers/promises'
import { Fault } from '../base/fault.ts'
import type { LauncherCalls } from '../contract/bus.ts'
import { type BusClient, connectBus } from '../net/bus/client.ts'
import { launcherSocketPath } from '../services/home.ts'
import { takeHomeLock } from '../services/home-lock.ts'
import type { Cli } from './cli.ts'
import { connectRunning } from './operations.ts'
import { runningServer } from './running.ts'
import { askToStop, waitUntilGone } from './stop-server.ts'

/** Workers wait for deliveries in flight up to stop.grace, which is an hour at most. */
const LONGEST_REST = 75 * 60_000
const UP_WITHIN = 30_000
const POLL = 100
const CANNOT_REST = new Set(['bus-unknown-call', 'bus-protocol', 'not-running'])

export interface HomeAtRest extends AsyncDisposable {
  /** `none`: none ran. `goes-on`: it starts again at the end. `stopped`: it is for the owner to start it again. */
  readonly server: 'none' | 'goes-on' | 'stopped'
}

export async function takeHomeAtRest(cli: Cli): Promise<HomeAtRest> {
  const running = runningServer(cli.home)
  if (running !== undefined) {
    const launcher = await askToRest(cli)
    if (launcher !== null) {
      return {
        server: 'goes-on',
        async [Symbol.asyncDispose]() {
          launcher[Symbol.dispose]()
          await waitUntilUp(cli, running.workers)
        },
      }
    }
    if (!cli.json) cli.terminal.warn('Stopping the server for it.\n')
    askToStop(running.pid)
    await waitUntilGone(cli)
  }
  const lock = takeHomeLock(cli.home)
  if (lock === null) {
    const mend = 'Another hms is busy with it, or a server starts or stops: try again.'
    throw new Fault('home-in-use', `Something holds the home ${cli.home}.`, { blame: 'owner', temporary: true, mend })
  }
  return { server: running === undefined ? 'none' : 'stopped', [Symbol.asyncDispose]: async () => lock[Symbol.dispose]() }
}

/** The connection that keeps it at rest; null where that is not known there. */
async function askToRest(cli: Cli): Promise<BusClient<LauncherCalls> | null> {
  let client: BusClient<LauncherCalls> | undefined
  try {
    client = await connectBus<LauncherCalls>(launcherSocketPath(cli.home), { version: cli.version })
    if (!cli.json) cli.terminal.warn('Waiting for workers and desk to end; clients wait meanwhile.\n')
    await client.call('launcher.rest', {}, { timeout: LONGEST_REST })
    return client
  } catch (error) {
    client?.[Symbol.dispose]()
    if (error instanceof Fault && CANNOT_REST.has(error.code)) return null
    throw error
  }
}

async function waitUntilUp(cli: Cli, workers: number): Promise<void> {
  const until = performance.now() + UP_WITHIN
  for (;;) {
    const seen = await workersUp(cli)
    if (seen >= workers) return
    if (performance.now() > until) {
      cli.terminal.warn("The server did not come back within 30 s; its log and 'hms status' tell more.\n")
      return
    }
    await wait(POLL)
  }
}

async function workersUp(cli: Cli): Promise<number> {
  try {
    await using caller = await connectRunning(cli)
    return (await caller?.call('status', {}))?.workers.length ?? 0
  } catch {
    // Its desk is about to start.
    return 0
  }
}
