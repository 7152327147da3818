// `hms config`: check the file before a start does, tell what a setting takes, merge what a new version brings.
import type { Command } from 'commander'
import { nearest } from '../../../base/nearest.ts'
import { OPTIONS, type OptionName } from '../../../contract/options.ts'
import type { OptionView } from '../../../contract/replies.ts'
import { ConfigFault, optionOf, readConfig } from '../../../lifecycle/config.ts'
import { requireHome } from '../../../lifecycle/home-state.ts'
import { describedOption, describedOptions } from '../../../lifecycle/config/describe.ts'
import { badArgument, type Cli } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { registerLs, registerMerge } from './config-merge.ts'

export function register(command: Command, cli: Cli): void {
  command
    .command('check')
    .description('check config/hms.yaml and the environment; every problem is told at once')
    .action(() => {
      requireHome(cli.home)
      const reading = readConfig(cli.home)
      if (!reading.ok) throw new ConfigFault(reading.problems)
      cli.answer({ ok: true }, () => 'The configuration is in order.\n')
    })
  command
    .command('describe [setting]')
    .description('tell what a setting means, takes and is now; without a setting list them all')
    .action((name: string | undefined) => {
      if (name === undefined) listAll(cli)
      else
        cli.answer(describe(cli.home, name), ({ name: _name, revision: _revision, choices: _choices, running: _running, ...rest }) =>
          fields([['setting', name], ...Object.entries(rest)]),
        )
    })
  command
    .command('set <setting> <value>')
    .description('change a setting in config/hms.yaml; what a start would refuse is not written')
    .action(async (name: string, value: string) =>
      cli.answer(await cli.call('config.set', { name, value }), ({ applies }) => `${name} is ${visible(value)} ${applies}.\n`),
    )
  command
    .command('unset <setting>')
    .description('take a setting out of config/hms.yaml, so that its default holds')
    .action(async (name: string) =>
      cli.answer(await cli.call('config.unset', { name }), ({ value, applies, removed }) =>
        removed ? `${name} is ${visible(value)}, the default, ${applies}.\n` : `${name} does not stand in config/hms.yaml.\n`,
      ),
    )
  registerLs(command, cli)
  registerMerge(command, cli)
  command.addHelpText(
    'after',
    '\nExamples:\n  hms config check\n  hms config describe smtp.listen\n  hms config set events.days 60\n  hms config unset events.days\n  hms config ls\n  hms config merge --dry-run\n  hms config merge --take theirs --take smtp.listen=mine',
  )
}

function listAll(cli: Cli): void {
  cli.answer(describedOptions(cli.home), (rows) =>
    table(
      rows,
      [
        { title: 'SETTING', of: (row) => row.name },
        { title: 'NOW', of: (row) => row.now, shrinks: true },
        { title: 'MEANING', of: (row) => row.meaning, shrinks: true },
      ],
      cli.terminal.width,
      '',
    ),
  )
}

function describe(home: string, name: string): OptionView {
  if (optionOf(name) !== undefined) return describedOption(home, name as OptionName)
  const meant = nearest(name, Object.keys(OPTIONS))
  throw badArgument(`There is no setting ${name}.`, meant === undefined ? "'hms config describe' lists them." : `Did you mean ${meant}?`)
}
