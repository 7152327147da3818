// `hms credential`: logins for SMTP. A password is shown once, when it is made.
import type { Command } from 'commander'
import { accountId, type Cli, list } from '../cli.ts'
import { fields, table } from '../output/table.ts'
import { registerLoginQuota } from './quotas.ts'
import { notFound } from './removal.ts'

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list logins')
    .option('--account <id>', 'of one account', accountId)
    .action(async (options: { account?: ReturnType<typeof accountId> }) =>
      cli.answer(await cli.call('credential.list', options), (rows) =>
        table(
          rows,
          [
            { title: 'USER', of: (row) => row.user, shrinks: true },
            { title: 'ACCOUNT', of: (row) => row.account, right: true },
            { title: 'FROM', of: (row) => (row.networks.length === 0 ? 'anywhere' : row.networks.join(' ')), shrinks: true },
            { title: 'STREAM', of: (row) => row.stream ?? '' },
          ],
          cli.terminal.width,
          'No logins.',
        ),
      ),
    )
  command
    .command('add <account> [user]')
    .description('add a login to an account, or give an existing one a new password')
    .option('--password <password>', 'this password instead of a random one (others on the machine can see it while the command runs)')
    .option('--network <cidr>', 'only from this network; may be repeated', list)
    .action(async (account: string, user: string | undefined, options: { password?: string; network?: readonly string[] }) => {
      const params = {
        account: accountId(account),
        ...(user === undefined ? {} : { user }),
        ...(options.password === undefined ? {} : { password: options.password }),
        ...(options.network === undefined ? {} : { networks: options.network }),
      }
      cli.answer(await cli.call('credential.add', params), ({ user: login, password, replaced }) => {
        const shown = fields([
          ['user', login],
          ['password', `${password}   (shown only now)`],
        ])
        return replaced ? `${shown}The login was there: the password that it had is refused from now on.\n` : shown
      })
    })
  registerSet(command, cli)
  registerLoginQuota(command, cli)
  command
    .command('rm <user>')
    .description('remove a login')
    .action(async (user: string) => {
      const { removed } = await cli.call('credential.remove', { user })
      if (!removed) throw notFound(`There is no login ${user}.`, "'hms credential ls' lists them.")
      cli.answer({ removed }, () => `Removed ${user}.\n`)
    })
  command.addHelpText(
    'after',
    '\nExamples:\n  hms credential add 1001\n  hms credential add 1001 shop --network 192.0.2.0/24\n  hms credential rm shop',
  )
}

function registerSet(command: Command, cli: Cli): void {
  command
    .command('set <user>')
    .description('change a login')
    .requiredOption('--stream <name|none>', "the stream of its mail that does not say; none: the account's")
    .action(async (user: string, { stream }: { stream: string }) =>
      cli.answer(await cli.call('credential.set', { user, stream: stream === 'none' ? null : stream }), (login) =>
        fields([
          ['user', login.user],
          ['account', login.account],
          ['stream', login.stream ?? 'that of the account'],
        ]),
      ),
    )
}
