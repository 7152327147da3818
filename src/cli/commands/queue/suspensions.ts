// `hms queue suspend`, `resume` and `suspensions`: mail that is kept back until somebody says otherwise, over restarts too.
import type { Command } from 'commander'
import type { QueueCriteria } from '../../../contract/criteria.ts'
import type { Suspension } from '../../../contract/settings.ts'
import { badArgument, type Cli, wholeNumber } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { counted, dateTime } from '../../output/when.ts'
import { notFound } from '../../not-found.ts'
import { choosing, type Criteria, criteriaOf } from './selecting.ts'

interface Options extends Criteria {
  readonly note?: string
  readonly all?: true
  readonly dryRun?: true
}

export function registerSuspensions(command: Command, cli: Cli): void {
  choosing(command.command('suspend'))
    .description('keep mail back, what waits and what comes, until it is resumed; what is being sent is sent')
    .option('--all', 'all mail')
    .option('--note <text>', 'why, for whoever meets it')
    .option('--dry-run', 'only count what waits of it')
    .action(async ({ all, dryRun, note, ...options }: Options) => {
      const criteria = criteriaOf(options)
      if (Object.keys(criteria).length > 0 === (all === true))
        throw badArgument(
          'What to suspend was not named.',
          'Give --domain, --account or another criterion, several of them, or --all alone.',
        )
      if (dryRun === true) return countOnly(cli, criteria)
      const result = await cli.call('queue.suspend', { ...criteria, ...(note !== undefined && { note }) })
      cli.answer(
        result,
        ({ suspension, held }) =>
          `Suspended ${describe(suspension)}, as number ${suspension.id}; ${counted(held, 'recipient')} that waited held.\n`,
      )
    })
  command
    .command('resume <number>')
    .description('end a suspension: what it held is delivered')
    .action(async (number: string) => {
      const id = wholeNumber(1, Number.MAX_SAFE_INTEGER)(number)
      const result = await cli.call('queue.resume', { id })
      if (!result.removed) throw notFound(`There is no suspension ${id}.`, "'hms queue suspensions' lists them.")
      cli.answer(result, ({ released }) => `Resumed; ${counted(released, 'recipient')} released.\n`)
    })
  command
    .command('suspensions')
    .description('list what is suspended')
    .action(async () =>
      cli.answer(await cli.call('queue.suspensions', {}), (all) =>
        table(
          all,
          [
            { title: 'NUMBER', of: ({ id }) => id, right: true },
            { title: 'WHAT', of: describe, shrinks: true },
            { title: 'SINCE', of: ({ at }) => dateTime(at) },
            { title: 'BY', of: ({ by }) => by },
            { title: 'NOTE', of: ({ note }) => note, shrinks: true },
          ],
          cli.terminal.width,
          'Nothing is suspended.',
        ),
      ),
    )
}

async function countOnly(cli: Cli, criteria: QueueCriteria): Promise<void> {
  const found = await cli.call('queue.count', { selection: { ...criteria, state: 'waiting' } })
  cli.answer(found, ({ recipients }) => `${counted(recipients, 'recipient')} that ${recipients === 1 ? 'waits' : 'wait'} would be held.\n`)
}

function describe({ domain, account, mailing, site, source, recipient, sender, acceptedBefore, acceptedAfter }: Suspension): string {
  const parts = [
    domain === null ? [] : [`mail to ${domain}`],
    account === null ? [] : [`account ${account}`],
    mailing === null ? [] : [`mailing ${mailing}`],
    site === undefined ? [] : [`site ${site}`],
    source === undefined ? [] : [`source ${source}`],
    recipient === undefined ? [] : [`recipient ${recipient}`],
    sender === undefined ? [] : [`sender ${sender}`],
    acceptedAfter === undefined ? [] : [`accepted since ${dateTime(acceptedAfter)}`],
    acceptedBefore === undefined ? [] : [`accepted before ${dateTime(acceptedBefore)}`],
  ].flat()
  return parts.length === 0 ? 'all mail' : parts.join(', ')
}
