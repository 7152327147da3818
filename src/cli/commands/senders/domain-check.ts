// `hms domain check`: a sender domain as receivers see it, and what to publish.
import type { Command } from 'commander'
import type { DomainHealth, DomainHealthSum, HealthFinding, HealthState, RecordToPublish } from '../../../contract/health.ts'
import { type Cli, domainName } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { dateTime } from '../../output/when.ts'
import { zoneLine } from './record.ts'

const WORDS: Readonly<Record<HealthState, string>> = { ok: 'ok', wrong: 'WRONG', missing: 'MISSING', unknown: 'cannot tell' }
const PROVIDERS = { gmail: 'Gmail', yahoo: 'Yahoo', microsoft: 'Microsoft' } as const

export function registerCheck(command: Command, cli: Cli): void {
  command
    .command('check [domain]')
    .description('check a sender domain as receivers do, and say what to publish; without a domain: results of the last checks')
    .option('--kept', 'what the last check found, without asking again')
    .action(async (domain: string | undefined, options: { kept?: true }) => {
      if (domain === undefined) {
        cli.answer(await cli.call('domain.health', {}), (rows) => sums(rows, cli.terminal.width))
        return
      }
      const health = await cli.call('domain.check', { domain: domainName(domain), ...options })
      cli.answer(health, described)
      if (health.findings.some(({ state }) => state === 'wrong' || state === 'missing')) process.exitCode = 1
    })
}

function sums(rows: readonly DomainHealthSum[], width: number): string {
  return table(
    rows,
    [
      { title: 'DOMAIN', of: (row) => row.domain, shrinks: true },
      { title: 'ACCOUNT', of: (row) => row.account, right: true },
      { title: 'CHECKED', of: (row) => (row.at === null ? 'not yet' : dateTime(row.at)) },
      { title: 'OK', of: (row) => row.ok, right: true },
      { title: 'WRONG', of: (row) => row.wrong, right: true },
      { title: 'MISSING', of: (row) => row.missing, right: true },
      { title: 'CANNOT TELL', of: (row) => row.unknown, right: true },
    ],
    width,
    'No sender domains.',
  )
}

function described({ domain, account, at, indirect, findings, requirements }: DomainHealth): string {
  const lines = [`${domain}, account ${account}, as of ${dateTime(at)}`, '']
  for (const finding of findings) lines.push(...linesOf(finding))
  lines.push('', 'What providers ask of those who send them 5,000 messages a day:')
  for (const { provider, wanted, state, found } of requirements)
    lines.push(`  ${PROVIDERS[provider].padEnd(9)}  ${WORDS[state].padEnd(11)}  ${wanted}${state === 'ok' ? '' : `: ${visible(found)}`}`)
  if (indirect.length > 0)
    lines.push('', `The name servers of ${indirect.map(visible).join(', ')} do not answer here: of these is told what dns.servers say.`)
  return `${lines.join('\n')}\n`
}

function linesOf({ aspect, subject, state, wanted, found, mend, record }: HealthFinding): readonly string[] {
  const head = `  ${WORDS[state].padEnd(11)}  ${aspect.padEnd(12)}  ${visible(subject)}: ${visible(found)}`
  const rest = [...(state === 'ok' ? [] : [`wanted: ${wanted}`]), ...(mend === null ? [] : [visible(mend)])]
  return [head, ...rest.map((line) => `                 ${line}`), ...(record === null ? [] : [`                 ${recordLine(record)}`])]
}

function recordLine({ type, name, value }: RecordToPublish): string {
  return type === 'TXT' ? zoneLine({ name, value }) : `${name.replace(/\.?$/, '.')} 3600 IN ${type} ${value}`
}
