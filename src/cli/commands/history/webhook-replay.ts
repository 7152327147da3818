// `hms webhook replay`: what happened between two times is told again.
import type { Command } from 'commander'
import type { WebhookReplay } from '../../../contract/webhooks.ts'
import { type Cli, list, wholeNumber } from '../../cli.ts'
import { momentAgo } from '../../moment-ago.ts'
import { table } from '../../output/table.ts'
import { dateTime } from '../../output/when.ts'
import { notFound } from '../../not-found.ts'
import { kindOf } from './event-kind.ts'

export function registerReplay(command: Command, cli: Cli): void {
  command
    .command('start <id>')
    .description('tell again what happened between two times, beside what happens now; events keep their ids')
    .requiredOption('--from <time>', 'from then on: 2026-11-22, 2026-11-22T07:00, or 3h for so long ago', momentAgo)
    .option('--to <time>', 'up to then; without it, now', momentAgo)
    .option('--kinds <kinds>', 'these kinds of events only', list)
    .action(async (id: string, { from, to = Date.now(), kinds }: { from: number; to?: number; kinds?: readonly string[] }) =>
      cli.answer(
        await cli.call('webhook.replay.start', { id, from, to, ...(kinds && { kinds: kinds.map(kindOf) }) }),
        ({ n }) => `Replay ${n} has begun. 'hms webhook replay ls ${id}' shows how far it is.\n`,
      ),
    )
  command
    .command('ls <id>')
    .description('list replays of a webhook')
    .action(async (id: string) => cli.answer(await cli.call('webhook.replay.list', { id }), (all) => listing(all, cli.terminal.width)))
  command
    .command('cancel <id> <number>')
    .description('end a replay; what was told stays told')
    .action(async (id: string, number: string) => {
      const { cancelled } = await cli.call('webhook.replay.cancel', { id, n: wholeNumber(1, Number.MAX_SAFE_INTEGER)(number) })
      if (!cancelled) throw notFound(`Replay ${number} of ${id} does not run.`, `'hms webhook replay ls ${id}' lists them.`)
      cli.answer({ cancelled }, () => `Replay ${number} has ended.\n`)
    })
}

function listing(all: readonly WebhookReplay[], width: number): string {
  return table(
    all,
    [
      { title: 'NO', of: (one) => one.n, right: true },
      { title: 'FROM', of: (one) => dateTime(one.from) },
      { title: 'TO', of: (one) => dateTime(one.to) },
      { title: 'KINDS', of: (one) => one.kinds?.join(',') ?? 'all', shrinks: true },
      { title: 'STATE', of: (one) => one.state },
      { title: 'DELIVERED', of: (one) => one.told, right: true },
      { title: 'DROPPED', of: (one) => one.givenUp, right: true },
      { title: 'REACHED', of: (one) => dateTime(one.reached) },
      { title: 'BY', of: (one) => one.by, shrinks: true },
    ],
    width,
    'No replays.',
  )
}
