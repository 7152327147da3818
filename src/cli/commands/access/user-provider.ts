// `hms user provider`: the providers of OpenID Connect by which users may log in.
import type { Command } from 'commander'
import type { AccountId } from '../../../base/brand.ts'
import type { Role } from '../../../contract/access.ts'
import type { ProviderSettings, ProviderView } from '../../../contract/providers.ts'
import { accountId, badArgument, type Cli, list, onOff, wholeNumber } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { dateTime } from '../../output/when.ts'
import { readPassword } from '../../password.ts'
import { notFound } from '../../not-found.ts'
import { role } from './role.ts'

/** Takes a value away. Not null, which commander makes an empty text. */
type None = 'none'

interface Options {
  readonly title?: string
  readonly clientId?: string
  readonly panel?: string
  readonly scope?: readonly string[]
  readonly domain?: readonly string[]
  readonly make?: boolean
  readonly role?: Role | None
  readonly claim?: string
  readonly map?: Readonly<Record<string, Role>>
  readonly account?: AccountId | None
  readonly secondFactor?: readonly string[]
  readonly trustEmail?: boolean
  readonly only?: boolean
  readonly sessionHours?: number
  readonly private?: boolean
  readonly enabled?: boolean
}

export function registerProviders(command: Command, cli: Cli): void {
  const providers = command.command('provider').description('let users log in through an OpenID Connect provider')
  providers
    .command('ls')
    .description('list providers')
    .action(async () =>
      cli.answer(await cli.call('provider.list', {}), (rows) =>
        table(
          rows,
          [
            { title: 'NAME', of: ({ name }) => name },
            { title: 'ISSUER', of: ({ issuer }) => issuer, shrinks: true },
            { title: 'USERS', of: ({ users }) => users, right: true },
            { title: 'CREATES USERS', of: ({ makes }) => (makes ? 'yes' : 'no') },
            { title: 'STATE', of: ({ enabled }) => (enabled ? 'enabled' : 'disabled') },
          ],
          cli.terminal.width,
          "No providers: users log in with passwords. 'hms user provider add' adds one.",
        ),
      ),
    )
  providers
    .command('show <name>')
    .description('show a provider')
    .action(async (name: string) => cli.answer(await cli.call('provider.show', { name }), shown))
  registerChanges(providers, cli)
  providers
    .command('rm <name>')
    .description('remove a provider; sessions started there end, users are kept')
    .action(async (name: string) => {
      const { removed } = await cli.call('provider.remove', { name })
      if (!removed) throw notFound(`There is no provider ${name}.`, "'hms user provider ls' lists them.")
      cli.answer({ removed }, () => `Removed ${name}.\n`)
    })
  registerPeople(providers, cli)
  providers.addHelpText(
    'after',
    '\nExamples:\n  hms user provider add company --issuer https://login.example.com --client-id hms --panel https://mta.example.com\n  hms user provider set company --domain example.com --make yes --role viewer\n  hms user provider set company --claim groups --map mail-admins=administrator --map staff=viewer\n  hms user provider set company --enabled no',
  )
}

/** Who is whom. */
function registerPeople(providers: Command, cli: Cli): void {
  providers
    .command('users <name>')
    .description('list the linked users of a provider')
    .action(async (name: string) =>
      cli.answer(await cli.call('provider.users', { name }), (rows) =>
        table(
          rows,
          [
            { title: 'USER', of: ({ user }) => user, shrinks: true },
            { title: 'SUBJECT', of: ({ subject }) => subject, shrinks: true },
          ],
          cli.terminal.width,
          'It knows nobody yet.',
        ),
      ),
    )
  providers
    .command('link <name> <user> <subject>')
    .description('link a user to a subject of the provider; the page of a refused login shows the subject')
    .action(async (name: string, user: string, subject: string) =>
      cli.answer(
        await cli.call('provider.link', { name, user, subject }),
        (linked) => `To ${name}, ${linked.user} is ${linked.subject}.\n`,
      ),
    )
  providers
    .command('unlink <name> <user>')
    .description('unlink a user from the provider; the next one to verify that email address is linked')
    .action(async (name: string, user: string) => {
      const { removed } = await cli.call('provider.unlink', { name, user })
      if (!removed) throw notFound(`${user} does not log in by ${name}.`, "'hms user ls' lists users.")
      cli.answer({ removed }, () => `Forgot who ${user} is to ${name}.\n`)
    })
}

function registerChanges(providers: Command, cli: Cli): void {
  withOptions(
    providers
      .command('add <name>')
      .description('add a provider; its secret is asked for, or read from standard input')
      .requiredOption('--issuer <url>', 'as the provider calls itself')
      .requiredOption('--client-id <id>', 'that the provider knows this server by')
      .requiredOption('--panel <url>', 'address of the panel as browsers have it')
      .option('--no-secret', 'the provider gave no secret'),
  ).action(async (name: string, options: Options & { issuer: string; clientId: string; panel: string; secret: boolean }) => {
    const { issuer, clientId, panel } = options
    const secret = options.secret ? { clientSecret: await readPassword(cli, 'Client secret') } : {}
    cli.answer(await cli.call('provider.add', { ...paramsOf(options), name, issuer, clientId, panel, ...secret }), shown)
  })
  withOptions(
    providers
      .command('set <name>')
      .description('change a provider, from the next login on')
      .option('--client-id <id>', 'that the provider knows this server by')
      .option('--panel <url>', 'address of the panel as browsers have it')
      .option('--secret', 'another secret, typed or read from standard input')
      .option('--enabled <yes|no>', 'no: nobody logs in by it, and sessions that began by it end', onOff),
  ).action(async (name: string, options: Options & { secret?: true }) => {
    const secret = options.secret === true ? { clientSecret: await readPassword(cli, 'Client secret') } : {}
    cli.answer(await cli.call('provider.set', { ...paramsOf(options), name, ...secret }), shown)
  })
}

function withOptions(command: Command): Command {
  return command
    .option('--title <text>', 'for people, where they log in')
    .option('--scope <scope>', 'asked for beside openid; may be repeated (email and profile as shipped)', list)
    .option('--domain <domain|none>', 'only people with a verified address in it, or none for any; may be repeated', list)
    .option('--make <yes|no>', 'users are made at their first login; no: one of that name must be there', onOff)
    .option('--role <role|none>', 'of users that are made, and where the claim gives none', (text: string) => orNone(text, role))
    .option('--claim <name|none>', 'gives roles at each login')
    .option('--map <value=role>', 'the role that a value of the claim gives; may be repeated', mapping)
    .option('--account <id|none>', 'users that are made are of this account, others are not let in', (text: string) =>
      orNone(text, accountId),
    )
    .option('--second-factor <value|none>', 'amr or acr of a login with a second factor, or none; may be repeated', list)
    .option('--only <yes|no>', 'whom it knows logs in by it alone: their passwords and passkeys do not count', onOff)
    .option('--session-hours <n>', 'after which sessions end that began by it (12 as shipped)', wholeNumber(1, 168))
    .option('--trust-email <yes|no>', 'addresses count of which it does not say that it verified them; see the guide for the risk', onOff)
    .option('--private <yes|no>', 'it may be at a private or loopback address', onOff)
}

function paramsOf(options: Options): Partial<ProviderSettings> {
  const {
    title,
    clientId,
    panel,
    scope,
    domain,
    make,
    role: usual,
    claim,
    map,
    account,
    secondFactor,
    trustEmail: trustsEmail,
    only,
    sessionHours,
    private: isPrivate,
    enabled,
  } = options
  const given = {
    title,
    clientId,
    panel,
    scopes: scope,
    domains: emptied(domain),
    makes: make,
    role: orNull(usual),
    claim: orNull(claim),
    roles: claim === 'none' ? {} : map,
    account: orNull(account),
    secondFactor: emptied(secondFactor),
    trustsEmail,
    only,
    sessionHours,
    private: isPrivate,
    enabled,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** `none` takes them all away. */
function emptied(values: readonly string[] | undefined): readonly string[] | undefined {
  return values?.length === 1 && values[0] === 'none' ? [] : values
}

function orNone<T>(text: string, read: (text: string) => T): T | None {
  return text === 'none' ? text : read(text)
}

function orNull<T>(value: T | None | undefined): T | null | undefined {
  return value === 'none' ? null : (value as T | undefined)
}

function mapping(text: string, before: Readonly<Record<string, Role>> = {}): Readonly<Record<string, Role>> {
  const at = text.lastIndexOf('=')
  if (at < 1) throw badArgument(`"${text}" is no value with a role.`, 'Write it as staff=viewer.')
  return { ...before, [text.slice(0, at)]: role(text.slice(at + 1)) }
}

function shown(provider: ProviderView): string {
  const { name, title, issuer, clientId, secretSince, redirect, scopes, domains, makes, claim, roles, account, secondFactor } = provider
  const given = Object.entries(roles).map(([value, gives]) => `${value} → ${gives}`)
  return fields([
    ['name', `${name} (${title})`],
    ['issuer', `${issuer}${provider.private ? ', at a private address' : ''}`],
    ['client id', clientId],
    ['secret', secretSince === null ? 'none' : `set ${dateTime(secretSince)}`],
    ['redirect URI', `${redirect}   (tell it to the provider)`],
    ['scopes', scopes.join(' ')],
    ['addresses of', domains.length === 0 ? 'any domain' : domains.join(' ')],
    ['users', makes ? 'made at their first login' : 'must be there'],
    ['usual role', provider.role ?? 'none'],
    ['roles', claim === null ? 'users keep theirs' : `by ${claim}: ${given.join(', ')}`],
    ['account', account ?? 'any'],
    ['second factor', secondFactor.length === 0 ? 'not taken from it' : secondFactor.join(' ')],
    ['addresses', provider.trustsEmail ? 'believed without a word on whether they are verified' : 'that it has verified'],
    ['other ways in', provider.only ? 'none: its users log in by it alone' : 'passwords and passkeys count, too'],
    ['sessions end after', `${provider.sessionHours} h`],
    ['state', provider.enabled ? 'enabled' : 'disabled'],
  ])
}
