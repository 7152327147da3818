// `hms user`: who may log in to the management API and the Control Panel. Passwords are set by the users, with a link that is shown once.
import type { Command } from 'commander'
import type { AccountId } from '../../../base/brand.ts'
import { type PasswordLink, ROLES, type Role, type UserView } from '../../../contract/access.ts'
import { loadConfig } from '../../../lifecycle/config.ts'
import { formatSocketAddress } from '../../../lifecycle/config/option-value.ts'
import { accountId, type Cli } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { dateTime } from '../../output/when.ts'
import { notFound } from '../../not-found.ts'
import { role } from './role.ts'
import { registerProviders } from './user-provider.ts'

interface Target {
  readonly account?: AccountId
}

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list users')
    .option('--account <id>', 'those of one account', accountId)
    .action(async (options: Target) =>
      cli.answer(await cli.call('user.list', options), (users) =>
        table(
          users,
          [
            { title: 'NAME', of: ({ name }) => name, shrinks: true },
            { title: 'ROLE', of: ({ role }) => role },
            { title: 'ACCOUNT', of: ({ account }) => account ?? 'all', right: true },
            { title: 'LAST LOGIN', of: ({ lastLogin }) => dateTime(lastLogin) },
            { title: 'PASSWORD', of: passwordState },
            { title: 'SECOND FACTOR', of: secondFactor },
          ],
          cli.terminal.width,
          "No users. 'hms user add NAME --role owner' makes one.",
        ),
      ),
    )
  registerMaking(command, cli)
  registerPasskeys(command, cli)
  command
    .command('show <name>')
    .description('show a user')
    .action(async (name: string) => cli.answer(await cli.call('user.show', { name }), shown))
  command
    .command('factors <name>')
    .description('reset the second factors of a user who lost them; sessions end')
    .action(async (name: string) => cli.answer(await cli.call('user.factors.remove', { name }), shown))
  command
    .command('lock <name>')
    .description('lock a user out; sessions end, password and second factors are kept')
    .action(async (name: string) => cli.answer(await cli.call('user.lock', { name }), shown))
  command
    .command('unlock <name>')
    .description('unlock a user')
    .action(async (name: string) => cli.answer(await cli.call('user.unlock', { name }), shown))
  command
    .command('rm <name>')
    .description('remove a user; sessions end')
    .action(async (name: string) => {
      const { removed } = await cli.call('user.remove', { name })
      if (!removed) throw notFound(`There is no user ${name}.`, "'hms user ls' lists them.")
      cli.answer({ removed }, () => `Removed ${name}.\n`)
    })
  registerProviders(command, cli)
  command.addHelpText(
    'after',
    '\nExamples:\n  hms user add ann --role operator\n  hms user add shop-admin --role administrator --account 1001\n  hms user set ann --role administrator\n  hms user password ann\n  hms user rm ann',
  )
}

function registerPasskeys(command: Command, cli: Cli): void {
  command
    .command('passkeys <name>')
    .description('list the passkeys of a user, or remove one that was lost')
    .option('--rm <id>', 'remove the passkey of this id')
    .action(async (name: string, { rm: id }: { readonly rm?: string }) => {
      if (id !== undefined) {
        const { removed } = await cli.call('user.passkeys.remove', { name, id })
        if (!removed) throw notFound(`${name} has no passkey ${id}.`, `'hms user passkeys ${name}' lists them.`)
        return cli.answer({ removed }, () => `Removed a passkey of ${name}.\n`)
      }
      return cli.answer(await cli.call('user.passkeys', { name }), (passkeys) =>
        table(
          passkeys,
          [
            { title: 'NAME', of: ({ name }) => name, shrinks: true },
            { title: 'HOST', of: ({ host }) => host },
            { title: 'CREATED', of: ({ madeAt }) => dateTime(madeAt) },
            { title: 'LAST USED', of: ({ lastUse }) => dateTime(lastUse) },
            { title: 'ID', of: ({ id }) => id },
          ],
          cli.terminal.width,
          `No passkeys. People add theirs when they are logged in.`,
        ),
      )
    })
}

function registerMaking(command: Command, cli: Cli): void {
  command
    .command('add <name>')
    .description('create a user, and a link to set the first password')
    .requiredOption(`--role <${ROLES.join('|')}>`, 'what the user may', role)
    .option('--account <id>', 'only of this account', accountId)
    .action(async (name: string, options: Target & { readonly role: Role }) =>
      cli.answer(await cli.call('user.add', { name, ...options }), ({ user, link }) => `${shown(user)}${linkText(cli, link)}`),
    )
  command
    .command('set <name>')
    .description('change the role of a user')
    .requiredOption(`--role <${ROLES.join('|')}>`, 'what the user may from the next call on', role)
    .action(async (name: string, options: { readonly role: Role }) => cli.answer(await cli.call('user.set', { name, ...options }), shown))
  command
    .command('password <name>')
    .description('create a link to set a new password; the current one works until it is used')
    .action(async (name: string) => cli.answer(await cli.call('user.password', { name }), (link) => linkText(cli, link)))
}

function passwordState({ hasPassword, linkUntil, lockedAt }: UserView): string {
  if (lockedAt !== null) return 'locked'
  if (hasPassword) return 'set'
  return linkUntil !== null && linkUntil > Date.now() ? 'link waits' : 'none'
}

function secondFactor({ hasTotp, passkeys }: UserView): string {
  const parts = [...(hasTotp ? ['one-time codes'] : []), ...(passkeys > 0 ? [passkeys === 1 ? 'a passkey' : `${passkeys} passkeys`] : [])]
  return parts.length === 0 ? 'none' : parts.join(', ')
}

function shown(user: UserView): string {
  return fields([
    ['name', user.name],
    ['role', user.role],
    ['account', user.account ?? 'all'],
    ...(user.lockedAt === null ? [] : ([['locked', `since ${dateTime(user.lockedAt)}`]] as const)),
    ['password', passwordState({ ...user, lockedAt: null })],
    ['one-time codes', user.hasTotp ? 'yes' : 'no'],
    ['recovery codes left', user.recoveryCodes],
    ['passkeys', user.passkeys],
    ...(user.onlyBy === null ? [] : ([['logs in', `by ${user.onlyBy} alone`]] as const)),
    ['last login', dateTime(user.lastLogin)],
  ])
}

function linkText(cli: Cli, { token, until }: PasswordLink): string {
  const [panel] = cli.isConsole === true ? [] : loadConfig(cli.home)['panel.listen']
  const base = panel === undefined ? 'https://HOST' : `http://${formatSocketAddress(panel)}`
  return [
    fields([['link', `${token}   (shown only now; until ${dateTime(until)})`]]),
    'Whoever has it sets the password, on this machine or over panel.tls_listen:',
    '',
    `  ${base}/first#${token}`,
    '',
    'or without a browser:',
    '',
    `  curl ${base}/api/v1/login/first -H 'Content-Type: application/json' -d '{"token":"${token}","password":"…"}'`,
    '',
  ].join('\n')
}
