// `hms doctor`: looks at everything that has to be right, says what is not and how to mend it. Fails where mail would be
// lost, refused or relayed for strangers; warns where it might be. `--preflight` looks at what an install or upgrade needs.
import type { Command } from 'commander'
import { type Cli, list } from '../../cli.ts'
import { actAsOwner } from '../../home-owner.ts'
import { visible } from '../../output/visible.ts'
import { counted } from '../../output/when.ts'
import { type Check, checkHome, checkNames, checkPorts } from './doctor-checks.ts'
import { checkFormats } from './doctor-formats.ts'
import { checkPlugins } from './doctor-plugins.ts'
import { runPreflight } from './doctor-preflight.ts'
import { checkNetwork } from './doctor-network.ts'
import { checkRelay } from './doctor-relay.ts'
import { checkTracking } from './doctor-tracking.ts'

interface Options {
  readonly spool?: true
  readonly preflight?: string | true
  readonly unsigned?: true
  readonly to?: string
  readonly allow?: readonly string[]
  readonly network?: true
  readonly address?: readonly string[]
  readonly probe?: string
}

export function register(command: Command, cli: Cli): void {
  command
    .option('--spool', 'prove that each queued recipient is in exactly one state, with a time at which it is due')
    .option('--preflight [file]', 'look at what an install or an upgrade (to the release in FILE) needs; works without a home')
    .option('--network', 'look at what receivers look at: reverse names, greeting, SPF and MX of sender domains, the way out')
    .option('--address <ip...>', 'with --network: the addresses that others see, where they are not those of this machine')
    .option('--probe <host>', 'with --network: connect to port 25 of this mail host')
    .option('--to <dir>', 'with --preflight: where versions are to be installed')
    .option(
      '--allow <plug-ins>',
      'with --preflight FILE: these may fail, as the upgrade switches them off; names with commas between them',
      list,
    )
    .option('--unsigned', 'with --preflight FILE: take a release that no placed key signed')
    .addHelpText(
      'after',
      '\nExit code 1 when anything failed.\n\nExamples:\n  hms doctor\n  hms doctor --spool\n  hms doctor --preflight hms-1.0.0-linux-x64.tar.gz\n  hms doctor --network --probe mx.example.net\n  hms doctor --json',
    )
    .action(async ({ spool, preflight, network, ...more }: Options) => {
      if (preflight !== undefined) return runPreflight(cli, preflight, more)
      const checks: Check[] = []
      const add = (found: readonly Check[]): void => {
        checks.push(...found)
        if (!cli.json) for (const check of found) cli.terminal.write(line(check))
      }
      const { config, checks: home } = checkHome(cli.home)
      add(home)
      if (config !== undefined) {
        add(await checkFormats(cli.home, config))
        add(await checkPorts(cli.home, config))
        add(await checkNames(config))
        // What comes now opens the stores where no server runs.
        actAsOwner(cli.home)
        add(await checkRelay(cli, config['smtp.proxy_from']))
        add(await checkTracking(cli))
        add(checkPlugins(cli.home, config))
        if (spool === true) add([await checkSpool(cli)])
        if (network === true) for await (const found of checkNetwork(cli, config, more)) add(found)
      }
      const failed = checks.filter(({ state }) => state === 'fail').length
      cli.answer({ ok: failed === 0, checks }, () => verdict(checks))
      if (failed > 0) process.exitCode = 1
    })
}

function verdict(checks: readonly Check[]): string {
  const failed = checks.filter(({ state }) => state === 'fail').map(({ name }) => name)
  const warned = checks.filter(({ state }) => state === 'warn').length
  if (failed.length > 0) return `${failed.length} of ${checks.length} checks failed: ${failed.join(', ')}.\n`
  return warned === 0 ? 'All is well.\n' : `Nothing failed; ${counted(warned, 'warning')}.\n`
}

function line({ name, state, what, mend }: Check): string {
  const mark = { ok: 'ok  ', warn: 'WARN', fail: 'FAIL' }[state]
  return `${mark}  ${name.padEnd(12)}  ${visible(what)}\n${mend === undefined ? '' : `${' '.repeat(20)}${visible(mend)}\n`}`
}

async function checkSpool(cli: Cli): Promise<Check> {
  const { recipients, problems } = await cli.call('spool.check', {})
  if (problems.length === 0) {
    return { name: 'spool', state: 'ok', what: `Each queued recipient (${recipients}) is in one state with a time at which it is due.` }
  }
  const more = problems.length > 5 ? ` and ${problems.length - 5} more` : ''
  return { name: 'spool', state: 'fail', what: `${problems.slice(0, 5).join('; ')}${more}`, mend: 'Report this: it must not happen.' }
}
