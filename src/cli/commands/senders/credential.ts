// `hms credential`: logins for SMTP, and keys for injection. What is secret is shown once, when it is made.
import type { Command } from 'commander'
import type { AccountId, EpochMs } from '../../../base/brand.ts'
import { KEY_KINDS, type KeyKind } from '../../../contract/account-operations.ts'
import type { OperationResult } from '../../../contract/operations.ts'
import { accountId, badArgument, type Cli, list } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { dateTime } from '../../output/when.ts'
import { momentAhead } from './account-state.ts'
import { registerLoginQuota } from './quotas.ts'
import { notFound } from '../../not-found.ts'

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list logins and keys')
    .option('--account <id>', 'of one account', accountId)
    .action(async (options: { account?: ReturnType<typeof accountId> }) =>
      cli.answer(await cli.call('credential.list', options), (rows) =>
        table(
          rows,
          [
            { title: 'USER', of: (row) => row.user, shrinks: true },
            { title: 'KIND', of: (row) => row.kind },
            { title: 'ACCOUNT', of: (row) => row.account, right: true },
            { title: 'FROM', of: (row) => (row.networks.length === 0 ? 'anywhere' : row.networks.join(' ')), shrinks: true },
            { title: 'STREAM', of: (row) => row.stream ?? '' },
            { title: 'EXPIRES', of: (row) => dateTime(row.expiresAt) },
            { title: 'LAST USE', of: (row) => dateTime(row.lastUse) },
          ],
          cli.terminal.width,
          'No logins.',
        ),
      ),
    )
  registerAdd(command, cli)
  registerSet(command, cli)
  registerLoginQuota(command, cli)
  command
    .command('rm <user>')
    .description('remove a login or a key')
    .action(async (user: string) => {
      const { removed } = await cli.call('credential.remove', { user })
      if (!removed) throw notFound(`There is no login ${user}.`, "'hms credential ls' lists them.")
      cli.answer({ removed }, () => `Removed ${user}.\n`)
    })
  command.addHelpText(
    'after',
    '\nExamples:\n  hms credential add 1001\n  hms credential add 1001 shop --network 192.0.2.0/24\n  hms credential add 1001 --kind api\n  hms credential rm shop',
  )
}

interface AddOptions {
  readonly account?: AccountId
  readonly kind: string
  readonly password?: string
  readonly network?: readonly string[]
  readonly expires?: EpochMs
}

function registerAdd(command: Command, cli: Cli): void {
  command
    .command('add [account] [user]')
    .description('add a login or a key to an account, or give an existing login a new password')
    .option('--account <id>', 'the account, where it is not named first', accountId)
    .option('--kind <smtp|api|ses>', 'a login for SMTP, a key for injection, or one that signs calls as those to SES are', 'smtp')
    .option('--password <password>', 'this password instead of a random one (others on the machine can see it while the command runs)')
    .option('--network <cidr>', 'only from this network; may be repeated', list)
    .option('--expires <time>', 'refused from then on: 90d, or 2027-03-01 08:00 Europe/Vienna', momentAhead)
    .action(async (first: string | undefined, second: string | undefined, options: AddOptions) => {
      const { account, kind, password, network, expires } = options
      const [id, user] = account === undefined ? [first, second] : [String(account), first]
      if (id === undefined) throw badArgument('Which account? Name it, such as: hms credential add 1001.')
      const said = { ...(network !== undefined && { networks: network }), ...(expires !== undefined && { expiresAt: expires }) }
      const common = { account: accountId(id), ...said }
      if (kind !== 'smtp') {
        if (!isKeyKind(kind)) throw badArgument(`"${kind}" is none of smtp, ${KEY_KINDS.join(', ')}.`)
        if (user !== undefined || password !== undefined)
          throw badArgument('A key has neither a user nor a password of your choice: it is drawn.')
        return cli.answer(await cli.call('credential.key', { ...common, kind }), shownKey)
      }
      const login = { ...common, ...(user !== undefined && { user }), ...(password !== undefined && { password }) }
      cli.answer(await cli.call('credential.add', login), shownLogin)
    })
}

function isKeyKind(kind: string): kind is KeyKind {
  return KEY_KINDS.some((known) => known === kind)
}

const ONCE = '   (shown only now)'

function shownKey(made: OperationResult<'credential.key'>): string {
  if ('key' in made)
    return fields([
      ['name', made.user],
      ['key', `${made.key}${ONCE}`],
    ])
  return fields([
    ['name', made.user],
    ['accessKeyId', made.accessKeyId],
    ['secretAccessKey', `${made.secretAccessKey}${ONCE}`],
  ])
}

function shownLogin({ user, password, replaced }: OperationResult<'credential.add'>): string {
  const shown = fields([
    ['user', user],
    ['password', `${password}${ONCE}`],
  ])
  return replaced ? `${shown}The login was there: the password that it had is refused from now on.\n` : shown
}

function registerSet(command: Command, cli: Cli): void {
  command
    .command('set <user>')
    .description('change a login')
    .option('--stream <name|none>', "the stream of its mail that does not say; none: the account's")
    .option('--expires <time|never>', 'refused from then on: 90d, or 2027-03-01 08:00 Europe/Vienna', (text) =>
      text === 'never' ? text : momentAhead(text),
    )
    .action(async (user: string, { stream, expires }: { readonly stream?: string; readonly expires?: EpochMs | 'never' }) => {
      const change = {
        ...(stream !== undefined && { stream: stream === 'none' ? null : stream }),
        ...(expires !== undefined && { expiresAt: expires === 'never' ? null : expires }),
      }
      if (Object.keys(change).length === 0) throw badArgument('Nothing to change was named.', 'Name --stream or --expires.')
      cli.answer(await cli.call('credential.set', { user, ...change }), (login) =>
        fields([
          ['user', login.user],
          ['account', login.account],
          ['stream', login.stream ?? 'that of the account'],
          ['expires', login.expiresAt === null ? 'never' : dateTime(login.expiresAt)],
        ]),
      )
    })
}
