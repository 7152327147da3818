// `hms feedback`: what leaves with mail so that what comes back is known, and whose word counts of what comes.
import type { Command } from 'commander'
import type { TokenKeyView } from '../../../contract/operations.ts'
import type { Cli } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { dateTime } from '../../output/when.ts'
import { notFound } from '../../not-found.ts'

export function register(command: Command, cli: Cli): void {
  const keys = command.command('keys').description('show and rotate the keys that sign the tokens of recipients')
  const shown = (rows: readonly TokenKeyView[]): string => keyTable(rows, cli.terminal.width)
  keys
    .command('ls')
    .description('list the keys; what is secret of them is never shown')
    .action(async () => cli.answer(await cli.call('tokens.keys', {}), shown))
  keys
    .command('rotate')
    .description('let a new key sign; the others go on verifying what they signed')
    .action(async () => cli.answer(await cli.call('tokens.rotate', {}), shown))
  registerReporters(command, cli)
  command.addHelpText(
    'after',
    '\nExamples:\n  hms feedback keys ls\n  hms feedback keys rotate\n  hms feedback reporters add fbl.example.net',
  )
}

/** Whose feedback loops count without a token of ours. */
function registerReporters(command: Command, cli: Cli): void {
  const reporters = command.command('reporters').description('those whose complaints count where DKIM or SPF proves that they are theirs')
  reporters
    .command('ls')
    .description('list them')
    .action(async () =>
      cli.answer(await cli.call('reporter.list', {}), (rows) =>
        table(
          rows,
          [
            { title: 'REPORTER', of: ({ who }) => who, shrinks: true },
            { title: 'COUNTS', of: ({ enrolled }) => (enrolled ? 'yes' : 'no') },
            { title: 'WHO IT IS', of: ({ operator, isShipped }) => operator ?? (isShipped ? '' : 'added by you'), shrinks: true },
          ],
          cli.terminal.width,
          'Nobody.',
        ),
      ),
    )
  reporters
    .command('add <who>')
    .description('let its reports count: a domain with those below it, or one address')
    .action(async (who: string) =>
      cli.answer(await cli.call('reporter.add', { who }), (row) => `Reports of ${row.who} count, where DKIM or SPF proves them.\n`),
    )
  reporters
    .command('rm <who>')
    .description('let its reports not count any more')
    .action(async (who: string) => {
      const { removed } = await cli.call('reporter.remove', { who })
      if (!removed) throw notFound(`Reports of ${who} did not count.`, "'hms feedback reporters ls' lists whose do.")
      cli.answer({ removed }, () => `Reports of ${who} do not count any more.\n`)
    })
}

function keyTable(rows: readonly TokenKeyView[], width: number): string {
  return table(
    rows,
    [
      { title: 'KEY', of: (row) => row.n, right: true },
      { title: 'SIGNS FROM', of: (row) => dateTime(row.since) },
      { title: 'UNTIL', of: (row) => (row.until === null ? 'a later one does' : dateTime(row.until)) },
      { title: 'VERIFIES UNTIL', of: (row) => (row.verifiesUntil === null ? '' : dateTime(row.verifiesUntil)) },
    ],
    width,
    'No keys: one is made when something that needs it is set up.',
  )
}
