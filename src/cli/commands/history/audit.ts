// `hms audit`: who changed what and when, and how it was before, line by line.
import type { Command } from 'commander'
import type { AccountId } from '../../../base/brand.ts'
import type { AuditRecord } from '../../../contract/audit.ts'
import { differenceLines, withMoments } from '../../../policy/audit/difference.ts'
import { accountId, type Cli, wholeNumber } from '../../cli.ts'
import { momentAgo } from '../../moment-ago.ts'
import { visible } from '../../output/visible.ts'
import { dateTime } from '../../output/when.ts'

interface Options {
  readonly by?: string
  readonly what?: string
  readonly to?: string
  readonly account?: AccountId
  readonly since?: number
  readonly until?: number
  readonly limit: number
}

/** Asked for at once. */
const PAGE = 100

export function register(command: Command, cli: Cli): void {
  command
    .option('--by <name>', 'only of who has this in his name')
    .option('--what <action>', "only what begins so: 'account', 'queue delete'")
    .option('--to <subject>', 'only to what has this in its name')
    .option('--account <id>', 'only what concerns this account', accountId)
    .option('--since <time>', '2026-11-22T07:00, or 3h for so long ago', momentAgo)
    .option('--until <time>', 'the same', momentAgo)
    .option('--limit <n>', 'so many at most', wholeNumber(1, 100_000), 50)
    .action(async (options: Options) => cli.answer(await recordsOf(cli, options), listing))
    .addHelpText(
      'after',
      "\nExamples:\n  hms audit\n  hms audit --since 1d --by ann\n  hms audit --what 'queue delete' --json\n  hms audit --account 1001",
    )
}

async function recordsOf(cli: Cli, { by, what, to, limit, ...rest }: Options): Promise<readonly AuditRecord[]> {
  const filter = {
    ...rest,
    ...(by !== undefined && { who: by }),
    ...(what !== undefined && { action: what }),
    ...(to !== undefined && { subject: to }),
  }
  const found: AuditRecord[] = []
  let after: number | null = null
  do {
    const page: { records: readonly AuditRecord[]; next: number | null } = await cli.call('audit.list', {
      ...filter,
      limit: Math.min(PAGE, limit - found.length),
      ...(after !== null && { after }),
    })
    found.push(...page.records)
    after = page.next
  } while (after !== null && found.length < limit)
  return found
}

function listing(records: readonly AuditRecord[]): string {
  if (records.length === 0) return 'Nothing was changed.\n'
  return records.map(recordWords).join('')
}

function recordWords({ at, by, via, address, action, subject, account, before, after }: AuditRecord): string {
  const whence = via === 'hms' || via === 'itself' ? '' : ` by the ${via === 'api' ? 'API' : 'panel'} from ${visible(address ?? '?')}`
  const whose = account === null ? '' : ` (account ${account})`
  const head = `${dateTime(at)}  ${visible(by)}${whence}: ${visible(action)} ${visible(subject)}`.trimEnd()
  const lines = differenceLines(withMoments(before, dateTime), withMoments(after, dateTime)).map(
    ({ kind, text }) => `    ${kind === 'gone' ? '-' : '+'} ${visible(text)}\n`,
  )
  return `${head}${whose}\n${lines.join('')}`
}
