// `hms queue rebind`, `rebindings` and `unbind`: mail of the queue that goes by another pool or route than the rules say, over restarts too.
import type { Command } from 'commander'
import type { QueueSelection } from '../../../contract/queue-operations.ts'
import type { Rebinding } from '../../../contract/settings.ts'
import { badArgument, type Cli, wholeNumber } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { counted, dateTime } from '../../output/when.ts'
import { notFound } from '../../not-found.ts'

export interface RebindOptions {
  readonly pool?: string
  readonly route?: string
  readonly all?: true
  readonly dryRun?: true
  readonly now?: true
  readonly yes?: true
}

/** `sub`: the command with the options that select; `selected`: what they say. */
export function registerRebind<Options extends RebindOptions>(
  sub: Command,
  cli: Cli,
  selected: (ids: readonly string[], options: Options) => QueueSelection,
): void {
  sub
    .description('let mail of the queue go by another pool or route than the rules say')
    .option('--pool <name>', 'a pool of the rules')
    .option('--route <pattern>', "a route, by its pattern ('hms route ls')")
    .option('--now', 'and try it now')
    .option('--all', 'everything in the queue')
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'only count what it would be about')
    .action(async (ids: string[], options: Options) => {
      const selection = selected(ids, options)
      const { pool, route, all, dryRun, now } = options
      if ((pool === undefined) === (route === undefined)) throw badArgument('Name one of --pool and --route.')
      if (Object.keys(selection).length === 0 && all !== true)
        throw badArgument('What to rebind was not named.', 'Name message ids, a criterion such as --domain, or --all.')
      const target = { ...(pool !== undefined && { pool }), ...(route !== undefined && { route }) }
      const how = { ...(dryRun === true && { dryRun }), ...(now === true && { now }) }
      if (selection.ids === undefined && options.yes !== true && dryRun !== true && cli.terminal.interactive) {
        const { recipients } = await cli.call('queue.rebind', { selection, ...target, dryRun: true })
        if (recipients > 0 && !(await cli.terminal.confirm(`Bind ${counted(recipients, 'recipient')} elsewhere?`)))
          throw badArgument('Nothing was changed.')
      }
      cli.answer(await cli.call('queue.rebind', { selection, ...target, ...how }), ({ rebinding, recipients }) => {
        const to = pool === undefined ? `the route ${route}` : `the pool ${pool}`
        const what = counted(recipients, 'recipient')
        if (dryRun === true) return `This would bind up to ${what} to ${to}; nothing was changed.\n`
        return rebinding === null ? 'Nothing in the queue matches.\n' : `Bound up to ${what} to ${to}, as number ${rebinding.id}.\n`
      })
    })
}

export function registerRebindings(command: Command, cli: Cli): void {
  command
    .command('unbind <number>')
    .description('end a binding: what is left of it goes as the rules say')
    .action(async (number: string) => {
      const id = wholeNumber(1, Number.MAX_SAFE_INTEGER)(number)
      const result = await cli.call('queue.unbind', { id })
      if (!result.removed) throw notFound(`There is no binding ${id}.`, "'hms queue rebindings' lists them.")
      cli.answer(result, () => 'It goes as the rules say.\n')
    })
  command
    .command('rebindings')
    .description('list what was bound to another pool or route')
    .action(async () =>
      cli.answer(await cli.call('queue.rebindings', {}), (all) =>
        table(
          all,
          [
            { title: 'NUMBER', of: ({ id }) => id, right: true },
            { title: 'TO', of: ({ pool, route }) => (pool === null ? `route ${route}` : `pool ${pool}`) },
            { title: 'WHAT', of: describe, shrinks: true },
            { title: 'SINCE', of: ({ at }) => dateTime(at) },
            { title: 'BY', of: ({ by }) => by },
          ],
          cli.terminal.width,
          'Nothing is bound elsewhere.',
        ),
      ),
    )
}

function describe({ selection: { ids, acceptedBefore, acceptedAfter, ...its } }: Rebinding): string {
  const parts = Object.entries(its).map(([name, value]) => `${name} ${value}`)
  if (ids !== undefined) parts.push(counted(ids.length, 'message'))
  if (acceptedAfter !== undefined) parts.push(`accepted since ${dateTime(acceptedAfter)}`)
  return [...(parts.length === 0 ? ['all'] : parts), `accepted before ${dateTime(acceptedBefore ?? 0)}`].join(', ')
}
