// `hms alerts`: what the owner was told of, and by which ways.
import type { Command } from 'commander'
import type { AlertWays } from '../../../contract/alarms.ts'
import type { DeliveryAlert } from '../../../contract/alerts.ts'
import { type Cli, wholeNumber } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { dateTime, withLocalTimes } from '../../output/when.ts'

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list what was told, the newest first')
    .option('--limit <n>', 'so many at most', wholeNumber(1, 1000), 50)
    .action(async ({ limit }: { limit: number }) =>
      cli.answer(await cli.call('alerts.list', { limit }), (alerts) => listing(alerts, cli.terminal.width)),
    )
  command
    .command('test')
    .description('tell one, to try whether it arrives by each way')
    .action(async () => cli.answer(await cli.call('alerts.test', {}), waysWords))
  command.addHelpText('after', '\nExamples:\n  hms alerts ls\n  hms alerts test\n  hms alerts ls --limit 500 --json')
}

export function waysWords({ mail, webhook, syslog, smtp }: AlertWays): string {
  const ways = [
    ...(mail ? ['by mail within alerts.mail_every'] : []),
    ...(webhook ? ['by webhook now'] : []),
    ...(syslog ? ['by syslog now'] : []),
    ...(smtp ? ['by mail beside the queue within a minute'] : []),
  ]
  if (ways.length === 0) return 'It is listed, and goes nowhere: set alerts.mail_to, alerts.webhook or alerts.syslog.\n'
  return `It goes ${ways.join(' and ')}. 'hms alerts ls' tells what became of it.\n`
}

function listing(alerts: readonly DeliveryAlert[], width: number): string {
  return table(
    alerts,
    [
      { title: 'TIME', of: ({ at }) => dateTime(at) },
      { title: 'TYPE', of: ({ kind }) => kind },
      { title: 'MAIL', of: ({ mail }) => mail },
      { title: 'WEBHOOK', of: ({ webhook }) => webhook },
      { title: 'SYSLOG', of: ({ syslog }) => syslog },
      { title: 'DIRECT', of: ({ smtp }) => smtp },
      { title: 'EVENT', of: ({ what }) => visible(withLocalTimes(what)), shrinks: true },
    ],
    width,
    'Nothing was told yet.',
  )
}
