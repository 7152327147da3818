// `hms relay`: networks whose clients may send anywhere without a login. Nobody may at first, loopback included.
import type { Command } from 'commander'
import type { Cli } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { notFound } from '../../not-found.ts'

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list the networks')
    .action(async () =>
      cli.answer(await cli.call('relay.list', {}), (rows) =>
        table(rows, [{ title: 'NETWORK', of: (row) => row.cidr }], cli.terminal.width, 'Nobody may send without a login.'),
      ),
    )
  command
    .command('allow <cidr>')
    .description('allow a network to send without a login, as account 1000')
    .option('--i-know', 'also a range wider than /16 (IPv6: /48)')
    .action(async (cidr: string, options: { iKnow?: true }) =>
      cli.answer(await cli.call('relay.allow', { cidr, ...options }), (row) => `Clients in ${row.cidr} may send without a login.\n`),
    )
  command
    .command('deny <cidr>')
    .description('stop allowing a network')
    .action(async (cidr: string) => {
      const { removed } = await cli.call('relay.deny', { cidr })
      if (!removed) throw notFound(`${cidr} had no right to send without a login.`, "'hms relay ls' lists the networks.")
      cli.answer({ removed }, () => `Clients in ${cidr} need a login again.\n`)
    })
  command.addHelpText(
    'after',
    '\nExamples:\n  hms relay allow 192.0.2.17\n  hms relay allow 10.1.0.0/16\n  hms relay allow 127.0.0.0/8 --i-know',
  )
}
