// `hms trust DOMAIN`: what a domain publishes about TLS (DANE, MTA-STS), how its mail would go, and why.
import type { Command } from 'commander'
import type { Domain } from '../../base/brand.ts'
import type { SiteHost } from '../../engine/deliver/guard.ts'
import { routeFor } from '../../engine/deliver/routing.ts'
import type { HostDane, MailHost } from '../../engine/ports/resolver.ts'
import type { StsAnswer } from '../../engine/ports/trust.ts'
import { loadConfig } from '../../lifecycle/config.ts'
import { RuleBook } from '../../policy/rules/book.ts'
import { lookAtTrust, type TrustLook } from '../../services/trust-look.ts'
import { parseDomain } from '../../smtp/address.ts'
import { badArgument, type Cli, domainName } from '../cli.ts'
import { fields, table } from '../output/table.ts'
import { visible } from '../output/visible.ts'
import { dateTime } from '../output/when.ts'

interface Answer extends Pick<TrustLook, 'found' | 'sts' | 'plan' | 'untrusted'> {
  readonly domain: Domain
  /** What would be done, in sentences. */
  readonly would: readonly string[]
}

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
      const route = routeFor(await cli.call('route.list', {}), domain)
      if (route !== null) {
        const would = `Mail goes by the route ${route.pattern} to ${route.host}:${route.port}, TLS ${route.tls}; what the domain publishes does not count.`
        return cli.answer({ domain, route, would: [would] }, () => `${visible(would)}\n`)
      }
      const config = loadConfig(cli.home)
      const [owner, smart] = [await cli.call('rules.get', {}), await cli.call('rules.get', { whose: 'smart' })]
      const rules = new RuleBook({ owner: owner.document, smart: smart.document, config })
      const look = await lookAtTrust(cli.home, { config, rules }, domain)
      const { found, sts, plan, untrusted } = look
      const answer: Answer = { domain, found, sts, plan, untrusted, would: wouldBe(look) }
      cli.answer(answer, () => wordsOf(answer, look, cli.terminal.width))
      if (plan.kind !== 'site') process.exitCode = 1
    })
}

function wordsOf({ found, would }: Answer, look: TrustLook, width: number): string {
  const hosts = found.kind === 'hosts' ? found.hosts : []
  const facts: (readonly [string, string])[] = [
    ['MX', found.kind !== 'hosts' ? 'none that can be used' : found.secure === true ? 'proved by DNSSEC' : 'not proved by DNSSEC'],
    ['MTA-STS', look.asksSts ? stsWords(look.sts) : 'not asked (delivery.mta_sts, delivery.tls)'],
    ['DANE', daneWords(look)],
  ]
  const named = look.plan.kind === 'site' ? look.plan.hosts : []
  const rows = table(
    hosts,
    [
      { title: 'HOST', of: ({ host }) => host },
      { title: 'PREFERENCE', of: ({ preference }) => preference, right: true },
      { title: 'TLSA', of: ({ dane }) => tlsaWords(dane) },
      { title: 'TLS', of: (host) => tlsWords(host, named), shrinks: true },
    ],
    width,
    'No hosts.',
  )
  return `${fields(facts)}\n${rows}\n${would.map((sentence) => `${visible(sentence)}\n`).join('')}`
}

function stsWords(sts: StsAnswer): string {
  if (sts.kind === 'none') return 'no policy'
  if (sts.kind === 'unusable') return `a policy that cannot be used: ${sts.reason}`
  const { policy, until, trouble } = sts
  return `${policy.mode}: ${policy.mx.join(', ') || 'no host'} (until ${dateTime(until)})${trouble === null ? '' : `; ${trouble}`}`
}

function daneWords({ asksDane, untrusted }: TrustLook): string {
  if (!asksDane) return 'not asked (delivery.dane, delivery.tls)'
  return untrusted.length === 0 ? 'asked' : `off: what ${untrusted.join(', ')} says of DNSSEC is not believed (dns.trusted)`
}

function tlsaWords(dane: HostDane | undefined): string {
  if (dane === undefined) return '-'
  const kinds = dane.records.map(({ usage, selector, matching }) => `${usage} ${selector} ${matching}`)
  return kinds.length === 0 ? 'none that can be used' : kinds.join(', ')
}

function tlsWords({ host }: MailHost, named: readonly SiteHost[]): string {
  const its = named.find((one) => one.host === host)
  if (its === undefined) return 'not used: the policy does not name it'
  const asked = its.dane === null ? its.tls : its.tls === 'verify' ? 'verify, and as TLSA says' : 'as TLSA says'
  return its.asks === null ? `${asked} (delivery.tls)` : `${asked} (${its.asks})`
}

/** How mail would go, and what would stop it. */
function wouldBe({ plan, sts }: TrustLook): readonly string[] {
  if (plan.kind !== 'site') return [`Mail would ${plan.kind === 'fail' ? 'fail' : 'be deferred'}: ${plan.cause.reason}`]
  const guards = new Set(plan.hosts.flatMap(({ asks }) => (asks === null ? [] : [asks])))
  const would: string[] = []
  if (guards.size === 0) would.push(`Mail goes as delivery.tls says (${plan.hosts[0]?.tls ?? 'may'}): the domain asks for no more.`)
  else would.push(`Mail goes over TLS with the proof that ${[...guards].join(' and ')} asks for, or it is deferred.`)
  if (sts.kind === 'policy' && sts.policy.mode === 'testing')
    would.push('The policy is being tested: what it would refuse is delivered all the same.')
  return would
}
