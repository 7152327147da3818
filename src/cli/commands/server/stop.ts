// `hms stop`: stops the running server in order and says what it is waiting for.
import type { Command } from 'commander'
import { Fault } from '../../../base/fault.ts'
import { requireHome } from '../../../lifecycle/home-state.ts'
import type { Cli } from '../../cli.ts'
import { runningServer } from '../../running.ts'
import { askToStop, waitUntilGone } from '../../stop-server.ts'

export function register(command: Command, cli: Cli): void {
  command
    .option('--no-wait', 'return at once')
    .addHelpText(
      'after',
      '\nDeliveries in flight are waited for, at most stop.grace.\n\nExamples:\n  hms stop\n  hms stop --home /srv/mail --no-wait',
    )
    .action(async (options: { wait: boolean }) => {
      // Whoever may not look into the home cannot say that nothing runs there.
      requireHome(cli.home)
      const running = runningServer(cli.home)
      if (running === undefined) {
        throw new Fault('not-running', `No server runs on ${cli.home}.`, { blame: 'caller', mend: 'Name another home with --home.' })
      }
      askToStop(running.pid)
      if (options.wait) await waitUntilGone(cli)
      cli.answer({ stopped: options.wait, pid: running.pid }, ({ stopped }) => (stopped ? 'Stopped.\n' : 'Stopping.\n'))
    })
}
