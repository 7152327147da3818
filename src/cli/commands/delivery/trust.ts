// `hms trust DOMAIN`: what a domain publishes about TLS (DANE, MTA-STS), how its mail would go, and why.
import type { Command } from 'commander'
import type { TrustAnswer, TrustHost } from '../../../contract/home-tools.ts'
import { parseDomain } from '../../../smtp/address.ts'
import { badArgument, type Cli, domainName } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { dateTime } from '../../output/when.ts'

export function register(command: Command, cli: Cli): void {
  command
    .argument('<domain>', 'where mail is to go')
    .addHelpText(
      'after',
      '\nNothing is sent, and nothing is remembered. Exit code 1 where mail would be deferred or refused.\n\nExamples:\n  hms trust example.com\n  hms trust example.com --json',
    )
    .action(async (text: string) => {
      const domain = parseDomain(domainName(text), true)
      if (domain === undefined) throw badArgument(`"${text}" is no domain.`)
      const answer = await cli.call('trust.look', { domain })
      cli.answer(answer, () => (answer.route === null ? wordsOf(answer, cli.terminal.width) : sentences(answer)))
      if (answer.plan !== null && answer.plan.kind !== 'site') process.exitCode = 1
    })
}

function sentences({ would }: TrustAnswer): string {
  return would.map((sentence) => `${visible(sentence)}\n`).join('')
}

function wordsOf(answer: TrustAnswer, width: number): string {
  const { found, plan } = answer
  const facts: (readonly [string, string])[] = [
    ['MX', found?.kind !== 'hosts' ? 'none that can be used' : found.secure ? 'proved by DNSSEC' : 'not proved by DNSSEC'],
    ['MTA-STS', answer.asksSts ? stsWords(answer) : 'not asked (delivery.mta_sts, delivery.tls)'],
    ['DANE', daneWords(answer)],
  ]
  const named = plan?.kind === 'site' ? plan.hosts : []
  const rows = table(
    found?.hosts ?? [],
    [
      { title: 'HOST', of: ({ host }) => host },
      { title: 'PREFERENCE', of: ({ preference }) => preference, right: true },
      { title: 'TLSA', of: tlsaWords },
      { title: 'TLS', of: (host) => tlsWords(host, named), shrinks: true },
    ],
    width,
    'No hosts.',
  )
  return `${fields(facts)}\n${rows}\n${sentences(answer)}`
}

function stsWords({ sts }: TrustAnswer): string {
  if (sts === null || sts.kind === 'none') return 'no policy'
  const { mode, mx, until, trouble } = sts
  if (sts.kind === 'unusable') return `a policy that cannot be used: ${trouble}`
  return `${mode}: ${mx.join(', ') || 'no host'} (until ${dateTime(until ?? 0)})${trouble === null ? '' : `; ${trouble}`}`
}

function daneWords({ asksDane, untrusted }: TrustAnswer): string {
  if (!asksDane) return 'not asked (delivery.dane, delivery.tls)'
  return untrusted.length === 0 ? 'asked' : `off: what ${untrusted.join(', ')} says of DNSSEC is not believed (dns.trusted)`
}

function tlsaWords({ dane }: TrustHost): string {
  if (dane === null) return '-'
  const kinds = dane.records.map(({ usage, selector, matching }) => `${usage} ${selector} ${matching}`)
  return kinds.length === 0 ? 'none that can be used' : kinds.join(', ')
}

function tlsWords({ host }: TrustHost, named: NonNullable<TrustAnswer['plan']>['hosts']): string {
  const its = named.find((one) => one.host === host)
  if (its === undefined) return 'not used: the policy does not name it'
  const asked = its.dane === null ? its.tls : its.tls === 'verify' ? 'verify, and as TLSA says' : 'as TLSA says'
  return its.asks === null ? `${asked} (delivery.tls)` : `${asked} (${its.asks})`
}
