// `hms domain`: sender domains bound to an account, proved by a TXT record.
import type { Command } from 'commander'
import { accountId, type Cli } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { dateTime } from '../../output/when.ts'
import { registerCheck } from './domain-check.ts'
import { registerComplaints } from './domain-complaints.ts'
import { pasteable } from './record.ts'
import { notFound } from '../../not-found.ts'

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list sender domains')
    .action(async () =>
      cli.answer(await cli.call('domain.list', {}), (rows) =>
        table(
          rows,
          [
            { title: 'DOMAIN', of: (row) => row.domain, shrinks: true },
            { title: 'ACCOUNT', of: (row) => row.account, right: true },
            { title: 'VERIFIED', of: (row) => (row.verifiedAt === null ? 'not yet' : dateTime(row.verifiedAt)) },
          ],
          cli.terminal.width,
          'No sender domains.',
        ),
      ),
    )
  command
    .command('add <domain> <account>')
    .description('add a sender domain to an account; prints the record that verifies it')
    .action(async (domain: string, account: string) =>
      cli.answer(
        await cli.call('domain.add', { domain, account: accountId(account) }),
        (result) =>
          `${result.domain.domain} belongs to account ${result.domain.account} once this record is published:\n\n${pasteable(result.record)}\nThen run: hms domain verify ${result.domain.domain}\n`,
      ),
    )
  registerVerify(command, cli)
  registerCheck(command, cli)
  registerComplaints(command, cli)
  command
    .command('rm <domain>')
    .description('remove a sender domain')
    .action(async (domain: string) => {
      const { removed } = await cli.call('domain.remove', { domain })
      if (!removed) throw notFound(`${domain} is no sender domain here.`, "'hms domain ls' lists them.")
      cli.answer({ removed }, () => `Removed ${domain}.\n`)
    })
  command.addHelpText(
    'after',
    '\nExamples:\n  hms domain add example.com 1001\n  hms domain verify example.com\n  hms domain check example.com',
  )
}

function registerVerify(command: Command, cli: Cli): void {
  command
    .command('verify <domain>')
    .description('check the record')
    .option('--force', 'take the domain as verified without a record')
    .action(async (domain: string, options: { force?: true }) => {
      const result = await cli.call('domain.verify', { domain, ...options })
      cli.answer(result, ({ verified, found }) =>
        verified
          ? `${domain} is verified.\n`
          : `${domain} is not verified: ${found.length === 0 ? `no TXT record was found at _hms.${domain}. 'hms domain add' to the same account prints it again.` : `found ${found.map(visible).join(' | ')}.`}\n`,
      )
      if (!result.verified) process.exitCode = 1
    })
}
