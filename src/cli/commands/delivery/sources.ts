// `hms sources`: what mail leaves from, how each source is, and what is done with it by hand.
import type { Command } from 'commander'
import type { OperationName, OperationResult } from '../../../contract/operations.ts'
import type { SourceView } from '../../../contract/source-operations.ts'
import { type Cli } from '../../cli.ts'
import { readPassword } from '../../password.ts'
import { table } from '../../output/table.ts'
import { dateTime } from '../../output/when.ts'
import { notFound } from '../../not-found.ts'

type Act = Extract<OperationName, 'sources.suspend' | 'sources.drain' | 'sources.resume' | 'sources.force'>

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list the sources of the rules, their pools, and why one is not used')
    .action(async () => cli.answer(await cli.call('sources.list', {}), (all) => listing(all, cli.terminal.width)))
  registerListed(command, cli)
  registerNames(command, cli)
  const act = (name: string, operation: Act, description: string, said: (source: string) => string): void => {
    command
      .command(`${name} <source>`)
      .description(description)
      .option('--note <text>', 'why, for whoever meets it')
      .action(async (source: string, { note }: { note?: string }) => {
        const result: OperationResult<Act> = await cli.call(operation, { source, ...(note !== undefined && { note }) })
        cli.answer(result, () => `${said(source)}${stillOut(result)}\n`)
      })
  }
  act(
    'suspend',
    'sources.suspend',
    'let nothing leave from it: the others of its pools take its mail',
    (s) => `Suspended. Nothing leaves from ${s}.`,
  )
  act('drain', 'sources.drain', 'let what was accepted so far leave from it, and nothing later', (s) => `${s} is drained of what it has.`)
  act(
    'resume',
    'sources.resume',
    'end a suspension, a draining or a force: it is used as the rules say',
    (s) => `${s} is used as the rules say.`,
  )
  act('force', 'sources.force', 'use it though the check of the network failed', (s) => `${s} is used, whatever the check found.`)
  registerLogin(command, cli)
  command.addHelpText(
    'after',
    "\nExamples:\n  hms sources ls\n  hms sources suspend mta3 --note 'listed by a blocklist'\n  hms sources drain mta3\n  hms sources login far --user hms < file\n  hms sources resume mta3",
  )
}

function registerListed(command: Command, cli: Cli): void {
  command
    .command('listed')
    .description('show the blocklist status of the sending IP addresses')
    .action(async () => {
      const all = await cli.call('sources.listed', {})
      cli.answer(all, (rows) =>
        table(
          rows,
          [
            { title: 'ADDRESS', of: ({ address }) => address },
            { title: 'SOURCES', of: ({ sources }) => sources.join(', ') || 'delivery.source_address', shrinks: true },
            { title: 'LIST', of: ({ list }) => list },
            { title: 'STATE', of: ({ state }) => ({ listed: 'LISTED', 'not-listed': 'not listed', unknown: 'cannot tell' })[state] },
            {
              title: 'REASON',
              of: ({ state, found, removal }) => (state === 'listed' ? `${found}; ${removal}` : state === 'unknown' ? found : ''),
              shrinks: true,
            },
          ],
          cli.terminal.width,
          'No public address is known that mail leaves from, or health.blocklists is off.',
        ),
      )
      if (all.some(({ state }) => state === 'listed')) process.exitCode = 1
    })
}

function registerNames(command: Command, cli: Cli): void {
  command
    .command('names')
    .description('show the reverse DNS (PTR) of the sending IP addresses, and what to do about it')
    .action(async () => {
      const all = await cli.call('sources.reverse', {})
      cli.answer(all, (rows) =>
        table(
          rows,
          [
            { title: 'ADDRESS', of: ({ subject }) => subject },
            { title: 'SOURCES', of: ({ sources }) => sources.join(', ') || 'delivery.source_address', shrinks: true },
            { title: 'HELO', of: ({ helo }) => helo, shrinks: true },
            { title: 'STATE', of: ({ state }) => ({ ok: 'ok', wrong: 'WRONG', missing: 'MISSING', unknown: 'cannot tell' })[state] },
            { title: 'FOUND', of: ({ found }) => found, shrinks: true },
            {
              title: 'TO DO',
              of: ({ mend, record }) =>
                [mend ?? '', record === null ? '' : `${record.name} ${record.type} ${record.value}`]
                  .filter((part) => part !== '')
                  .join(' '),
              shrinks: true,
            },
          ],
          cli.terminal.width,
          'No address is known that mail leaves from.',
        ),
      )
      if (all.some(({ state }) => state === 'wrong' || state === 'missing')) process.exitCode = 1
    })
}

function registerLogin(command: Command, cli: Cli): void {
  command
    .command('login <source>')
    .description('log in at its exit (SOCKS5); the password is asked for, or read from standard input')
    .requiredOption('--user <user>', 'log in as')
    .action(async (source: string, { user }: { user: string }) => {
      const password = await readPassword(cli)
      const result = await cli.call('sources.login', { source, user, password })
      cli.answer(result, () => `The server logs in as ${user} at the exit of ${source} from now on.\n`)
    })
  command
    .command('logout <source>')
    .description('remove the login at its exit')
    .action(async (source: string) => {
      const { removed } = await cli.call('sources.logout', { source })
      if (!removed) throw notFound(`There is no login for the source ${source}.`, "'hms sources ls' shows who has one.")
      cli.answer({ removed }, () => `The login at the exit of ${source} is forgotten.\n`)
    })
}

function stillOut({ hand, failures }: OperationResult<Act>): string {
  return hand === null && failures.length > 0
    ? ` It failed the check of the network and is not used: ${failures[0]} 'hms sources force' uses it nevertheless.`
    : ''
}

function listing(all: readonly SourceView[], width: number): string {
  return table(
    all,
    [
      { title: 'SOURCE', of: ({ name }) => name },
      {
        title: 'ADDRESS',
        of: ({ source, login }) =>
          source.kind === 'proxy'
            ? `${source.proxy}${login === null ? '' : ` as ${login}`}${source.address === null ? '' : ` ${source.address}`}`
            : source.address,
      },
      { title: 'HELO', of: ({ source }) => source.helo ?? 'host.name', shrinks: true },
      { title: 'POOLS', of: ({ pools }) => pools.map(({ pool, weight }) => `${pool} ${weight}`).join(', '), shrinks: true },
      { title: 'STATE', of: stateWords, shrinks: true },
    ],
    width,
    'The rules have no sources: mail leaves from delivery.source_address, or as the system chooses.',
  )
}

function stateWords({ hand, by, at, note, failures, out }: SourceView): string {
  const since = at === null ? '' : ` since ${dateTime(at)} by ${by}${note === '' ? '' : `: ${note}`}`
  if (hand === 'suspended') return `suspended${since}`
  const [failure] = failures
  if (failure !== undefined && hand !== 'forced') return `failed the check: ${failure}`
  if (out !== null) return `out, probed at ${dateTime(out.until)}: ${out.reason}`
  if (hand === 'draining') return `draining${since}`
  return hand === 'forced' ? `used, forced${since}` : 'used'
}
