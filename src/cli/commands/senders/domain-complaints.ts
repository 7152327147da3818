// `hms domain complaints`: how many of those who got mail at large providers complained, and figures of the providers themselves.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { messageOf } from '../../../base/fault.ts'
import type { HealthProvider } from '../../../contract/health.ts'
import { percent } from '../../../policy/health/complaints.ts'
import { badArgument, type Cli, domainName } from '../../cli.ts'
import { table } from '../../output/table.ts'

export function registerComplaints(command: Command, cli: Cli): void {
  const complaints = command
    .command('complaints')
    .description('complaints of the last 30 days by provider; Gmail warns at 0.1 %, and 0.3 % is too much')
    .action(async () =>
      cli.answer(await cli.call('complaints.list', {}), (rows) =>
        table(
          rows,
          [
            { title: 'ACCOUNT', of: ({ account }) => account, right: true },
            { title: 'DOMAIN', of: ({ domain }) => domain || 'all', shrinks: true },
            { title: 'PROVIDER', of: ({ provider }) => provider },
            { title: 'DELIVERED', of: ({ delivered }) => delivered ?? 'imported', right: true },
            { title: 'COMPLAINTS', of: ({ complaints }) => complaints ?? 'imported', right: true },
            { title: 'RATE', of: ({ rate }) => (rate === null ? 'unknown' : percent(rate)), right: true },
          ],
          cli.terminal.width,
          'Nothing was delivered to Gmail, Yahoo or Microsoft in the last 30 days.',
        ),
      ),
    )
  complaints
    .command('import <domain> <file>')
    .description('import daily rates from Postmaster Tools as CSV: 2026-11-22,0.12%')
    .option('--provider <name>', 'gmail, yahoo or microsoft', 'gmail')
    .action(async (domain: string, file: string, { provider }: { provider: string }) => {
      const result = await cli.call('complaints.import', {
        domain: domainName(domain),
        provider: provider as HealthProvider,
        csv: textOf(file),
      })
      cli.answer(result, ({ days }) => `${days} days of ${result.domain} are taken.\n`)
    })
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw badArgument(`${file} cannot be read: ${messageOf(error)}.`)
  }
}
