// `hms stop`: asks the running launcher to stop in order, waits until the home is free, and says what it is waiting for.
import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from 'commander'
import { Fault } from '../../base/fault.ts'
import type { Cli } from '../cli.ts'
import { connectRunning } from '../operations.ts'
import { homeIsFree } from '../../services/home-lock.ts'
import { runningServer } from '../running.ts'

const POLL = 100
const TELL_AFTER = 1000

export function register(command: Command, cli: Cli): void {
  command
    .option('--no-wait', 'return at once')
    .addHelpText(
      'after',
      '\nDeliveries in flight are waited for, at most stop.grace.\n\nExamples:\n  hms stop\n  hms stop --home /srv/mail --no-wait',
    )
    .action(async (options: { wait: boolean }) => {
      const running = runningServer(cli.home)
      if (running === undefined) {
        throw new Fault('not-running', `No server runs on ${cli.home}.`, { blame: 'caller' })
      }
      ask(running.pid)
      if (options.wait) await waitUntilGone(cli)
      cli.answer({ stopped: options.wait, pid: running.pid }, ({ stopped }) => (stopped ? 'Stopped.\n' : 'Stopping.\n'))
    })
}

function ask(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    // It ended by itself between the look and the signal.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

async function waitUntilGone(cli: Cli): Promise<void> {
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
