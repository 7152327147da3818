// `hms feedback`: what leaves with mail so that what comes back is known.
import type { Command } from 'commander'
import type { TokenKeyView } from '../../contract/operations.ts'
import type { Cli } from '../cli.ts'
import { table } from '../output/table.ts'
import { dateTime } from '../output/when.ts'

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
  command.addHelpText('after', '\nExamples:\n  hms feedback keys ls\n  hms feedback keys rotate')
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
