// `hms key`: keys of the management API, for programs. Those for injection are credentials of an account (`hms credential`).
import type { Command } from 'commander'
import type { AccountId, EpochMs } from '../../../base/brand.ts'
import type { ManagementKeyView, Role, Scope } from '../../../contract/access.ts'
import { accountId, type Cli, list } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { dateTime } from '../../output/when.ts'
import { momentAhead } from '../senders/account-state.ts'
import { notFound } from '../../not-found.ts'
import { role } from './role.ts'

interface AddOptions {
  readonly role: Role
  readonly account?: AccountId
  readonly scope?: readonly string[]
  readonly network?: readonly string[]
  readonly expires?: EpochMs
}

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list keys')
    .option('--account <id>', 'those of one account', accountId)
    .action(async (options: { readonly account?: AccountId }) =>
      cli.answer(await cli.call('key.list', options), (keys) =>
        table(
          keys,
          [
            { title: 'NAME', of: ({ name }) => name, shrinks: true },
            { title: 'ROLE', of: ({ role }) => role },
            { title: 'ACCOUNT', of: ({ account }) => account ?? 'all', right: true },
            { title: 'SCOPES', of: scopesText, shrinks: true },
            { title: 'ALLOWED FROM', of: fromText, shrinks: true },
            { title: 'EXPIRES', of: expiresText },
            { title: 'LAST USED', of: ({ lastUse }) => dateTime(lastUse) },
          ],
          cli.terminal.width,
          "No keys. 'hms key add NAME --role viewer' makes one.",
        ),
      ),
    )
  command
    .command('show <name>')
    .description('show a key')
    .action(async (name: string) => cli.answer(await cli.call('key.show', { name }), shown))
  registerAdd(command, cli)
  command
    .command('rm <name>')
    .description('remove a key; calls with it are rejected from then on')
    .action(async (name: string) => {
      const { removed } = await cli.call('key.remove', { name })
      if (!removed) throw notFound(`There is no key ${name}.`, "'hms key ls' lists them; those for injection are in 'hms credential ls'.")
      cli.answer({ removed }, () => `Removed ${name}.\n`)
    })
  command.addHelpText(
    'after',
    '\nExamples:\n  hms key add deploy --role administrator --expires 90d\n  hms key add graphs --role viewer --scope status:read,queue:read\n  hms key add shop --role operator --account 1001 --network 192.0.2.0/24\n  hms key rm deploy',
  )
}

function registerAdd(command: Command, cli: Cli): void {
  command
    .command('add <name>')
    .description('create a key; its secret is shown only once')
    .requiredOption('--role <owner|administrator|operator|viewer>', 'what it may at most', role)
    .option('--account <id>', 'only of this account', accountId)
    .option('--scope <room:read|room:write>', 'only that of what the role may, such as queue:read; may be repeated', list)
    .option('--network <cidr>', 'only from this network; may be repeated', list)
    .option('--expires <time>', 'no longer than: 90d, or 2027-03-01 08:00 Europe/Vienna', momentAhead)
    .action(async (name: string, { role: may, account, scope, network, expires }: AddOptions) => {
      const made = await cli.call('key.add', {
        name,
        role: may,
        ...(account !== undefined && { account }),
        ...(scope !== undefined && { scopes: scope as readonly Scope[] }),
        ...(network !== undefined && { networks: network }),
        ...(expires !== undefined && { expiresAt: expires }),
      })
      cli.answer(made, ({ key, secret }) => `${shown(key)}${fields([['secret', `${secret}   (shown only now)`]])}`)
    })
}

function scopesText({ scopes }: ManagementKeyView): string {
  return scopes === null ? 'all of the role' : scopes.join(' ')
}

function fromText({ networks }: ManagementKeyView): string {
  return networks.length === 0 ? 'anywhere' : networks.join(' ')
}

function expiresText({ expiresAt }: ManagementKeyView): string {
  return expiresAt === null ? 'never' : dateTime(expiresAt)
}

function shown(key: ManagementKeyView): string {
  return fields([
    ['name', key.name],
    ['role', key.role],
    ['account', key.account ?? 'all'],
    ['scopes', scopesText(key)],
    ['from', fromText(key)],
    ['made', `${dateTime(key.madeAt)} by ${key.madeBy}`],
    ['expires', expiresText(key)],
    ['last use', dateTime(key.lastUse)],
  ])
}
