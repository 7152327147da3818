// `hms session`: who is logged in to the management API and the Control Panel, and ending it.
import type { Command } from 'commander'
import type { AccountId } from '../../../base/brand.ts'
import { accountId, badArgument, type Cli } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { counted, dateTime } from '../../output/when.ts'
import { notFound } from '../../not-found.ts'

interface Choice {
  readonly user?: string
  readonly account?: AccountId
  readonly all?: true
}

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list sessions, newest first')
    .option('--user <name>', 'those of a user')
    .option('--account <id>', 'those of users of one account', accountId)
    .action(async (options: Choice) =>
      cli.answer(await cli.call('session.list', options), (sessions) =>
        table(
          sessions,
          [
            { title: 'ID', of: ({ id }) => id },
            { title: 'USER', of: ({ user }) => user, shrinks: true },
            { title: 'IP ADDRESS', of: ({ address }) => address },
            { title: 'SINCE', of: ({ madeAt }) => dateTime(madeAt) },
            { title: 'LAST ACTIVE', of: ({ lastUse }) => dateTime(lastUse) },
            { title: 'BROWSER', of: ({ agent }) => agent, shrinks: true },
          ],
          cli.terminal.width,
          'Nobody is logged in.',
        ),
      ),
    )
  command
    .command('end [id]')
    .description('end a session, those of a user or of an account, or all')
    .option('--user <name>', 'those of a user')
    .option('--account <id>', 'those of users of one account', accountId)
    .option('--all', 'all there are')
    .action(async (id: string | undefined, { all, ...options }: Choice) => {
      const isNamed = id !== undefined || options.user !== undefined || options.account !== undefined
      if (isNamed === (all === true)) throw badArgument('Which? Name an id, --user, --account, or say --all.')
      const { ended } = await cli.call('session.end', { ...options, ...(id !== undefined && { id }) })
      if (id !== undefined && ended === 0) throw notFound(`There is no session ${id}.`, "'hms session ls' lists them.")
      cli.answer({ ended }, () => `Ended ${counted(ended, 'session')}.\n`)
    })
  command.addHelpText('after', '\nExamples:\n  hms session ls\n  hms session end --user ann\n  hms session end --all')
}
