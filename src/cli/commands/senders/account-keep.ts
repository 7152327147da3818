// `hms account keep`: whether copies of what an account's mail was when it was delivered are kept, and how long.
import type { Command } from 'commander'
import { parseSize } from '../../../base/quantities.ts'
import { type Keep, KEEP_BYTES, KEEP_DAYS } from '../../../contract/kept.ts'
import type { Account } from '../../../contract/settings.ts'
import { accountId, badArgument, type Cli, wholeNumber } from '../../cli.ts'
import { fields } from '../../output/table.ts'
import { octets } from '../../output/when.ts'

interface Options {
  readonly days?: number
  readonly bytes?: number
  readonly off?: true
}

export function registerKeep(command: Command, cli: Cli): void {
  command
    .command('keep <id>')
    .description('show or change whether encrypted copies of delivered mail are kept, for how long and how many')
    .option('--days <n>', 'so many days', wholeNumber(KEEP_DAYS.least, KEEP_DAYS.most))
    .option('--bytes <size>', 'at most so much, such as 20GiB; the oldest go first', size)
    .option('--off', 'keep none, and remove those that are kept')
    .action(async (id: string, { days, bytes, off }: Options) => {
      const known = accountId(id)
      const { account } = await cli.call('account.show', { id: known })
      const keep = off ? null : changed(account, days, bytes)
      const isSame = !off && days === undefined && bytes === undefined
      const now = isSame ? account : await cli.call('account.set', { id: known, change: { keep } })
      cli.answer({ account: now.id, keep: now.keep ?? null }, () =>
        fields([
          ['account', now.id],
          ['copies', keepInWords(now)],
        ]),
      )
    })
    .addHelpText('after', '\nExamples:\n  hms account keep 1001 --days 30 --bytes 20GiB\n  hms account keep 1001 --off')
}

function changed({ keep }: Account, days = keep?.days, bytes = keep?.bytes): Keep | null {
  if (days === undefined && bytes === undefined) return null
  if (days !== undefined && bytes !== undefined) return { days, bytes }
  throw badArgument('Both are needed.', 'Such as --days 30 --bytes 20GiB.')
}

export function keepInWords({ keep }: Account): string {
  return keep == null ? 'none' : `of delivered mail, ${keep.days} days, at most ${octets(keep.bytes)}`
}

function size(text: string): number {
  const bytes = parseSize(text)
  if (bytes !== undefined && bytes >= KEEP_BYTES.least && bytes <= KEEP_BYTES.most) return bytes
  throw badArgument(`"${text}" is no size from 1MiB on, such as 20GiB.`)
}
