// `hms route`: fixed routes (smart hosts), by domain, for its subdomains, or for everything.
import type { Command } from 'commander'
import type { RouteView } from '../../../contract/operations.ts'
import type { TlsPolicy } from '../../../contract/settings.ts'
import { badArgument, type Cli } from '../../cli.ts'
import { readPassword } from '../../password.ts'
import { table } from '../../output/table.ts'
import { notFound } from '../../not-found.ts'

interface SetOptions {
  tls?: TlsPolicy
  user?: string
  passwordStdin?: true
}

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list routes')
    .action(async () => cli.answer(await cli.call('route.list', {}), (routes) => routeTable(routes, cli.terminal.width)))
  command
    .command('set <pattern> <url>')
    .description('set a route: example.com, *.example.com or * to smtp://host:port (smtps:// for TLS from the first octet)')
    .option('--tls <none|may|encrypt|verify>', 'TLS policy', tlsPolicy)
    .option('--user <user>', 'log in as')
    .option('--password-stdin', 'read the password from standard input; on a terminal it is asked for')
    .action(async (pattern: string, url: string, { tls, user, passwordStdin }: SetOptions) => {
      const password = passwordStdin === true ? await readPassword(cli) : undefined
      const params = { pattern, url, ...(tls && { tls }), ...(user !== undefined && { user }), ...(password !== undefined && { password }) }
      cli.answer(await cli.call('route.set', params), (route) => `${describe(route)}\n`)
    })
  command
    .command('rm <pattern>')
    .description('remove a route')
    .action(async (pattern: string) => {
      const { removed } = await cli.call('route.remove', { pattern })
      if (!removed) throw notFound(`There is no route for ${pattern}.`, "'hms route ls' lists them.")
      cli.answer({ removed }, () => `Removed the route for ${pattern}.\n`)
    })
  command.addHelpText(
    'after',
    "\nExamples:\n  hms route set '*' smtp://127.0.0.1:2600\n  hms route set example.com smtps://relay.example.net:465 --tls verify --user me --password-stdin < file\n  hms route rm '*'",
  )
}

function tlsPolicy(text: string): TlsPolicy {
  if (text === 'none' || text === 'may' || text === 'encrypt' || text === 'verify') return text
  throw badArgument(`"${text}" is none of none, may, encrypt, verify.`)
}

function hostOf(route: RouteView): string {
  const host = route.host.includes(':') ? `[${route.host}]` : route.host
  return `${route.implicitTls ? 'smtps' : 'smtp'}://${host}:${route.port}`
}

function describe(route: RouteView): string {
  const what = route.pattern === '*' ? 'all mail' : route.pattern
  return `${what} goes to ${hostOf(route)}, TLS ${route.tls}${route.user === null ? '' : `, as ${route.user}`}.`
}

function routeTable(routes: readonly RouteView[], width: number): string {
  return table(
    routes,
    [
      { title: 'FOR', of: (route) => route.pattern, shrinks: true },
      { title: 'TO', of: hostOf, shrinks: true },
      { title: 'TLS', of: (route) => route.tls },
      { title: 'USER', of: (route) => route.user },
    ],
    width,
    'No routes: mail goes to the MX hosts of each domain.',
  )
}
