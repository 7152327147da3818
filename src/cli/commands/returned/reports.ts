// `hms reports`: what receivers sum up about mail in our name, by domain and day.
import type { Command } from 'commander'
import type { DmarcDay, TlsDay } from '../../../contract/sums.ts'
import { type Cli, wholeNumber } from '../../cli.ts'
import { table } from '../../output/table.ts'

interface Options {
  readonly domain?: string
  readonly days?: number
  readonly byReporter?: boolean
}

export function register(command: Command, cli: Cli): void {
  const sub = (name: string, about: string): Command =>
    command
      .command(name)
      .description(about)
      .option('--domain <name>', 'of this domain alone')
      .option('--days <n>', 'not older than 30 days unless given', wholeNumber(1, 400))
      .option('--by-reporter', 'each reporter by himself')
  sub('dmarc', 'what of it passed DMARC, and what was done with the rest').action(async (options: Options) =>
    cli.answer(await cli.call('reports.dmarc', { ...options }), (rows) => dmarcTable(rows, cli.terminal.width)),
  )
  sub('tls', 'how many of its sessions were under TLS, and what failed').action(async (options: Options) =>
    cli.answer(await cli.call('reports.tls', { ...options }), (rows) => tlsTable(rows, cli.terminal.width)),
  )
  command.addHelpText('after', '\nExamples:\n  hms reports dmarc --domain example.com\n  hms reports tls --days 7 --by-reporter')
}

const dayOf = ({ day }: { readonly day: number }): string => new Date(day).toISOString().slice(0, 10)
const NOTHING = 'Nothing was reported. The address in rua= of _dmarc and _smtp._tls has to be at a domain of your own (hms inbound).'

function dmarcTable(rows: readonly DmarcDay[], width: number): string {
  return table(
    rows,
    [
      { title: 'DAY', of: dayOf },
      { title: 'DOMAIN', of: ({ domain }) => domain, shrinks: true },
      { title: 'MESSAGES', of: ({ messages }) => messages, right: true },
      { title: 'PASS', of: ({ aligned }) => aligned, right: true },
      { title: 'DKIM', of: ({ dkim }) => dkim, right: true },
      { title: 'SPF', of: ({ spf }) => spf, right: true },
      { title: 'QUARANTINED', of: ({ quarantined }) => quarantined, right: true },
      { title: 'REJECTED', of: ({ rejected }) => rejected, right: true },
      { title: 'BY', of: ({ reporters }) => reporters.join(', '), shrinks: true },
      { title: 'UNPROVED', of: ({ unproved }) => unproved, right: true },
    ],
    width,
    NOTHING,
  )
}

function tlsTable(rows: readonly TlsDay[], width: number): string {
  const failed = ({ failures }: TlsDay): string =>
    Object.entries(failures)
      .map(([kind, sessions]) => `${kind} ${sessions}`)
      .join(', ')
  return table(
    rows,
    [
      { title: 'DAY', of: dayOf },
      { title: 'DOMAIN', of: ({ domain }) => domain, shrinks: true },
      { title: 'SESSIONS', of: ({ succeeded, failed: lost }) => succeeded + lost, right: true },
      { title: 'FAILED', of: ({ failed: lost }) => lost, right: true },
      { title: 'WHY', of: failed, shrinks: true },
      { title: 'BY', of: ({ reporters }) => reporters.join(', '), shrinks: true },
      { title: 'UNPROVED', of: ({ unproved }) => unproved, right: true },
    ],
    width,
    NOTHING,
  )
}
