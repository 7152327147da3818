// `hms sent`: to whom mail was sent that can come back.
import type { Command } from 'commander'
import { systemClock } from '../../../base/clock.ts'
import { parseDuration } from '../../../base/quantities.ts'
import type { SentRecipient } from '../../../contract/sent.ts'
import { badArgument, type Cli, wholeNumber } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { dateTime } from '../../output/when.ts'
import { notFound } from '../../not-found.ts'

interface Options {
  since?: number
  limit: number
}

export function register(command: Command, cli: Cli): void {
  command
    .command('find <address|token>')
    .description('what was sent to an address; or what a token says, as it stands in a return path or in X-HMS-Token')
    .option('--since <span>', 'of an address: not older than 35d unless given', since)
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 50)
    .action(async (text: string, { since: from, limit }: Options) => {
      const { facts, recipient } = await cli.call('sent.open', { token: text })
      if (facts !== null) {
        const known = [...(recipient === null ? [] : shown(recipient))]
        return cli.answer({ facts, recipient }, () =>
          fields([
            ['message', facts.message],
            ['account', facts.account],
            ['recipient', recipient?.address ?? `number ${facts.n}, not known any more`],
            ...known,
          ]),
        )
      }
      if (!text.includes('@'))
        throw notFound(
          `${visible(text)} is neither an address nor a token of this installation.`,
          "'hms feedback keys ls' shows how long tokens verify.",
        )
      const { recipients } = await cli.call('sent.search', { address: text, limit, ...(from !== undefined && { since: from }) })
      cli.answer(recipients, (rows) => sentTable(rows, cli.terminal.width))
    })
  command.addHelpText(
    'after',
    '\nExamples:\n  hms sent find ann@example.com --since 100d\n  hms sent find bab7oaaaabbe2a64nqaaaaaabaackaej6hmnzfie',
  )
}

function shown({ mailing, clientId, stream, at }: SentRecipient): [string, string | null][] {
  return [
    ['mailing', mailing],
    ["caller's id", clientId],
    ['stream', stream],
    ['accepted', dateTime(at)],
  ]
}

function sentTable(rows: readonly SentRecipient[], width: number): string {
  return table(
    rows,
    [
      { title: 'ACCEPTED', of: (row) => dateTime(row.at) },
      { title: 'MESSAGE', of: (row) => row.message },
      { title: 'N', of: (row) => row.n, right: true },
      { title: 'ACCOUNT', of: (row) => row.account, right: true },
      { title: 'STREAM', of: (row) => row.stream },
      { title: 'MAILING', of: (row) => row.mailing ?? '', shrinks: true },
    ],
    width,
    'Nothing that can come back was sent to it in that time.',
  )
}

function since(text: string): number {
  const span = parseDuration(text)
  if (span === undefined) throw badArgument(`"${text}" is no span such as 12h or 100d.`)
  return systemClock.now() - span
}
