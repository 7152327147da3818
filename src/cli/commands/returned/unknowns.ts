// `hms unknowns`: replies that no rule knows, the most frequent first, with the number by which `hms classify learn` names them.
import type { Command } from 'commander'
import { requireHome } from '../../../lifecycle/home-state.ts'
import { readUnknowns } from '../../../lifecycle/unknowns-file.ts'
import type { UnknownReplyView } from '../../../contract/replies.ts'
import { type Cli, wholeNumber } from '../../cli.ts'
import { table } from '../../output/table.ts'

interface Options {
  readonly limit: number
}

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('replies that no rule knows, counted by what they have in common; some seconds old')
    .option('--limit <n>', 'how many', wholeNumber(1, 1000), 50)
    .action(({ limit }: Options) => show(cli, limit))
  command.addHelpText('after', '\nExamples:\n  hms unknowns ls\n  hms classify learn 1 --code 2001 --dry-run')
}

function show(cli: Cli, limit: number): void {
  requireHome(cli.home)
  const rows = readUnknowns(cli.home)
    .slice(0, limit)
    .map(({ count, first, last, domain, sample, form }, i) => ({ number: i + 1, count, first, last, domain, sample, form }))
  cli.answer(rows, (found) =>
    table<UnknownReplyView & { readonly number: number }>(
      found,
      [
        { title: 'NO', of: ({ number }) => number, right: true },
        { title: 'COUNT', of: ({ count }) => count, right: true },
        { title: 'LAST', of: ({ last }) => new Date(last).toISOString().slice(0, 16) },
        { title: 'DOMAIN', of: ({ domain }) => domain, shrinks: true },
        { title: 'SAMPLE', of: ({ sample }) => sample, shrinks: true },
      ],
      cli.terminal.width,
      'No reply that no rule knows has been counted.',
    ),
  )
}
