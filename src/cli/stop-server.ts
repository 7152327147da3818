// Asks a running server to stop in order, and waits until its home is free. Used by `hms stop`, and by what needs the home at rest.
import { setTimeout as wait } from 'node:timers/promises'
import { homeIsFree } from '../services/home-lock.ts'
import type { Cli } from './cli.ts'
import { connectRunning } from './operations.ts'
import { runningServer } from './running.ts'

const POLL = 100
const TELL_AFTER = 1000

export function askToStop(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    // It ended by itself between the look and the signal.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Says meanwhile what the server still waits for. */
export async function waitUntilGone(cli: Cli): Promise<void> {
  let told = ''
  let next = performance.now() + TELL_AFTER
  while (runningServer(cli.home) !== undefined || !homeIsFree(cli.home)) {
    await wait(POLL)
    if (cli.json || performance.now() < next) continue
    next = performance.now() + TELL_AFTER
    const what = await stoppingFor(cli)
    if (what !== '' && what !== told) cli.terminal.warn(`Waiting for ${what}.\n`)
    told = what
  }
}

async function stoppingFor(cli: Cli): Promise<string> {
  try {
    const caller = await connectRunning(cli)
    if (caller === undefined) return ''
    await using open = caller
    return (await open.call('status', {})).stopping.join(', ')
  } catch {
    // It went away while it was asked: the loop sees that.
    return ''
  }
}
