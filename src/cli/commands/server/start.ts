// `hms start`: runs the server in the foreground. Where there is no home yet, makes it first and says what a person needs next.
import { type Command, Option } from 'commander'
import { Fault } from '../../../base/fault.ts'
import { jsonLog } from '../../../base/log.ts'
import { loadConfig } from '../../../lifecycle/config.ts'
import { firstSuspect } from '../../../lifecycle/config/history.ts'
import { initHome } from '../../../lifecycle/home.ts'
import { homeState, requireHome } from '../../../lifecycle/home-state.ts'
import { settleHome } from '../../../services/launcher/settle-home.ts'
import { EXIT_CONFIG } from '../../../services/launch.ts'
import type { Cli } from '../../cli.ts'
import { welcome } from './welcome.ts'

export function register(command: Command, cli: Cli): void {
  command
    .addHelpText('after', '\nExamples:\n  hms start\n  hms start --home /srv/mail\n  HMS_SMTP_LISTEN=127.0.0.1:2600 hms start')
    .addOption(new Option('--successor', 'take over from the server that runs; it starts this itself').hideHelp())
    .action(async ({ successor }: { successor?: true }) => {
      try {
        process.exitCode = await start(cli)
      } catch (error) {
        if (successor === true) await (await import('../../../services/succession/successor.ts')).refuseSuccession(error)
        throw error
      }
    })
}

async function start(cli: Cli): Promise<number> {
  const { runLauncher } = await import('../../../services/launcher/launcher.ts')
  const settled = await settleHome(cli.home)
  if (settled !== null) cli.terminal.warn(`${settled}\n`)
  if (homeState(cli.home) === 'none') {
    const made = await initHome(cli.home)
    cli.answer(made, (told) => welcome(cli, told, 'Send a first message, in another terminal'))
  }
  requireHome(cli.home)
  const config = loadConfig(cli.home)
  const log = jsonLog('launcher', config['log.level'], (line) => cli.terminal.warn(line))
  const print = (line: string): void => cli.terminal.warn(`${line}\n`)
  return suspecting(cli, () => runLauncher({ config, home: cli.home, version: cli.version, log, print }))
}

/** A start that fails after an upgrade names the edited configuration, where it can be the reason. */
async function suspecting(cli: Cli, begin: () => Promise<number>): Promise<number> {
  try {
    const code = await begin()
    const suspect = code === EXIT_CONFIG ? firstSuspect(cli.home, cli.version) : undefined
    if (suspect !== undefined) cli.terminal.warn(`${suspect}\n`)
    return code
  } catch (error) {
    const suspect = error instanceof Fault && error.blame === 'owner' ? firstSuspect(cli.home, cli.version) : undefined
    if (!(error instanceof Fault) || suspect === undefined) throw error
    const mend = [error.mend, suspect].filter((text) => text !== undefined).join(' ')
    throw new Fault(error.code, error.message, { blame: error.blame, mend, cause: error })
  }
}
