// From what was seen of a sender domain to what is well, what is wrong, and the record that mends it. Pure; `unknown` wherever nothing proves
// one or the other.
import type { HealthAspect, HealthFinding, RecordToPublish } from '../../contract/health.ts'
import { MOST_LOOKUPS } from '../spf/check.ts'
import type { DomainFacts, Found, KeyFacts, SourceFacts } from './facts.ts'
import { judgeReverse } from './judge-source.ts'
import { finding } from './finding.ts'

export function judgeDomain(facts: DomainFacts): readonly HealthFinding[] {
  return [
    ...judgeSpf(facts),
    ...judgeKeys(facts),
    judgeDmarc(facts),
    ...judgeAlignment(facts),
    judgeReturnPath(facts),
    ...judgeLinks(facts),
    judgeTls(facts),
    ...facts.sources.map((source) => judgeReverse(source)),
    ...judgeListings(facts),
  ]
}

function judgeSpf({ sources, returnPath: { domain } }: DomainFacts): readonly HealthFinding[] {
  if (sources.length === 0)
    return [finding('spf', domain, 'unknown', 'SPF passes', 'the sending IP addresses are unknown', { mend: NO_SOURCE })]
  const terms = sources.flatMap(({ address, isPublic }) => (address !== null && isPublic ? [termOf(address)] : []))
  return sources.map((source) => spfOf(source, domain, terms))
}

const NO_SOURCE = 'List the sending IP addresses in the delivery rules (sources), as receivers see them.'

const termOf = (address: string): string => `${address.includes(':') ? 'ip6' : 'ip4'}:${address}`

function spfOf({ name, address, isPublic, spf }: SourceFacts, domain: string, terms: readonly string[]): HealthFinding {
  const subject = address ?? `the exit ${name}`
  const wanted = `SPF of ${domain} passes for it`
  if (address === null || !isPublic || spf === null)
    return finding('spf', subject, 'unknown', wanted, 'receivers see another address in its place', { mend: NO_SOURCE })
  const { result, why, lookups } = spf
  switch (result) {
    case 'pass': {
      const found = `pass by ${why}, ${lookups} of ${MOST_LOOKUPS} lookups`
      if (lookups < MOST_LOOKUPS) return finding('spf', subject, 'ok', wanted, found)
      const mend = 'One more include exceeds the limit, and receivers ignore the record: replace some with networks.'
      return finding('spf', subject, 'ok', wanted, found, { mend })
    }
    case 'none': {
      const record: RecordToPublish = { type: 'TXT', name: domain, value: `v=spf1 ${terms.join(' ')} -all` }
      return finding('spf', subject, 'missing', wanted, `${domain} has no SPF record`, { mend: 'Publish the record.', record })
    }
    case 'temperror':
      return finding('spf', subject, 'unknown', wanted, why, { mend: AGAIN })
    case 'permerror':
      return finding('spf', subject, 'wrong', wanted, `receivers ignore the record: ${why}`, { mend: 'Fix the record.' })
    case 'fail':
    case 'softfail':
    case 'neutral': {
      const mend = `Add ${termOf(address)} to the record of ${domain}, ahead of its "all".`
      return finding('spf', subject, 'wrong', wanted, `${result} by ${why}`, { mend })
    }
    default:
      return result satisfies never
  }
}

const AGAIN = 'Check again later; if it persists, check whether the name servers of the domain are running.'

function judgeKeys({ domain, keys }: DomainFacts): readonly HealthFinding[] {
  const wanted = 'a key that signs, with its record'
  if (keys.length === 0)
    return [
      finding('dkim', domain, 'missing', wanted, 'there is no key for the domain', {
        mend: `'hms dkim create ${domain}' makes one and prints its record.`,
      }),
    ]
  return keys.map(keyFinding)
}

function keyFinding({ name, value, signs, seen, why }: KeyFacts): HealthFinding {
  const wanted = 'the record of the key'
  const record: RecordToPublish = { type: 'TXT', name, value }
  switch (seen) {
    case 'match':
      return finding('dkim', name, 'ok', wanted, signs ? 'its record, and the key signs' : 'its record; another key signs')
    case 'missing':
      return finding('dkim', name, 'missing', wanted, 'no record found', { mend: 'Publish the record.', record })
    case 'wrong':
      return finding('dkim', name, 'wrong', wanted, why, { mend: 'Replace it with this record.', record })
    case 'unknown':
      return finding('dkim', name, 'unknown', wanted, 'no name server answers', { mend: AGAIN })
    default:
      return seen satisfies never
  }
}

function judgeDmarc({ domain, dmarc: { texts, policy } }: DomainFacts): HealthFinding {
  const name = `_dmarc.${domain}`
  const wanted = 'one DMARC record with a policy'
  const record: RecordToPublish = { type: 'TXT', name, value: 'v=DMARC1; p=none' }
  if (texts === null) return finding('dmarc', name, 'unknown', wanted, 'no name server answers', { mend: AGAIN })
  const [text] = texts
  if (text === undefined)
    return finding('dmarc', name, 'missing', wanted, 'no record found', {
      mend: `Publish the record; with "; rua=mailto:ADDRESS" receivers report to you, and 'hms reports' shows what they say.`,
      record,
    })
  if (texts.length > 1)
    return finding('dmarc', name, 'wrong', wanted, `${texts.length} records, so none is used`, { mend: 'Remove all but one.' })
  if (policy === null || !/^(?:none|quarantine|reject)$/i.test(policy))
    return finding('dmarc', name, 'wrong', wanted, text, { mend: 'Its p= must be none, quarantine or reject.', record })
  return finding('dmarc', name, 'ok', wanted, text)
}

/** DMARC passes where one of both is so; receivers of much mail want to see it of the signature, which survives forwarding. */
function judgeAlignment({ domain, keys, dmarc, returnPath }: DomainFacts): readonly HealthFinding[] {
  const signs = keys.some((key) => key.signs)
  const strict = (is: boolean): string => (is ? 'the same domain (strict)' : 'the same domain, or one that belongs together with it')
  const of = (subject: string, isAligned: boolean, isStrict: boolean, found: string, mend: string): HealthFinding =>
    finding('alignment', subject, isAligned ? 'ok' : 'wrong', `${strict(isStrict)} as ${domain}`, found, { mend: isAligned ? null : mend })
  const path = of(
    `return path ${returnPath.domain}`,
    dmarc.returnPath,
    dmarc.strictReturnPath,
    returnPath.domain,
    `Take a return path below ${domain}: 'hms account set ID --return-path DOMAIN'. Until then DMARC rests on the signature alone.`,
  )
  if (!signs)
    return [
      path,
      finding('alignment', 'signature', 'missing', `${strict(dmarc.strictSignature)} as ${domain}`, `no key of ${domain} signs`, {
        mend: `A key of ${domain} signs once its record is seen: 'hms dkim verify ${domain}'.`,
      }),
    ]
  return [path, of('signature', dmarc.signature, dmarc.strictSignature, `d=${domain}`, 'Sign with a key of the domain itself.')]
}

function judgeReturnPath({ hostName, returnPath: { domain, isOwn, hosts, leadsHere } }: DomainFacts): HealthFinding {
  const wanted = isOwn ? 'an MX that leads to this server' : 'an MX, so that bounces have somewhere to go'
  const record: RecordToPublish = { type: 'MX', name: domain, value: `10 ${hostName}.` }
  const say = (state: HealthFinding['state'], found: string, mend: string | null, publish = false): HealthFinding =>
    finding('return-path', domain, state, wanted, found, { mend, record: publish ? record : null })
  if (hosts === null) return say('unknown', 'no name server answers', AGAIN)
  const [host] = hosts
  if (host === undefined) return say('missing', 'no MX found', 'Publish an MX record.', true)
  if (!isOwn || leadsHere === true) return say('ok', hosts.join(', '), null)
  if (leadsHere === null) return say('unknown', `${hosts.join(', ')}; it cannot be told from here whether that is this server`, null)
  return say('wrong', `${hosts.join(', ')}, which is not this server`, 'Replace the others with this MX record.', true)
}

/** One-click unsubscribing needs a host for links that answers; mail may bring its own instead, which cannot be seen from here. */
function judgeLinks({ domain, account, hostName, tracking }: DomainFacts): readonly HealthFinding[] {
  const wanted = 'List-Unsubscribe with one click in mail of bulk streams (rfc:8058)'
  if (tracking === null)
    return [
      finding(
        'unsubscribe',
        `account ${account}`,
        'unknown',
        wanted,
        'the account has no host for links: only what its mail brings itself',
        {
          mend: `'hms account tracking ${account} --host click.${domain}' adds it to mail of bulk streams.`,
        },
      ),
    ]
  const { host, addresses, trouble } = tracking
  const [name = host] = host.split(':')
  const record: RecordToPublish = { type: 'CNAME', name, value: `${hostName}.` }
  const links = 'it leads to this server, and answers by HTTPS with its own certificate'
  const found = (list: Found): string => (list === null ? 'no name server answers' : list.join(', ') || 'no address')
  const tell = (state: HealthFinding['state'], what: string, mend: string | null, isMissing = false): readonly HealthFinding[] => [
    finding('tracking', host, state, links, what, { mend, record: isMissing ? record : null }),
    finding(
      'unsubscribe',
      `account ${account}`,
      state === 'missing' ? 'wrong' : state,
      wanted,
      state === 'ok' ? `by ${host}` : `not while ${host} fails`,
      {
        mend: state === 'ok' ? null : `Fix ${host}.`,
      },
    ),
  ]
  if (trouble === null) return tell('ok', `${found(addresses)}; it responds`, null)
  if (addresses?.length === 0) return tell('missing', 'the name has no IP address', 'Publish the record.', true)
  if (trouble === undefined || addresses === null) return tell('unknown', `${found(addresses)}; not checked yet whether it responds`, AGAIN)
  const mend =
    'It must reach tracking.listen or tracking.tls_listen over HTTPS, with a certificate for this host and the Host header unchanged.'
  return tell('wrong', `${found(addresses)}; ${trouble}`, mend)
}

function judgeTls({ offersTls }: DomainFacts): HealthFinding {
  const wanted = 'mail leaves by TLS where the receiver offers it'
  return offersTls
    ? finding('tls', 'delivery.tls', 'ok', wanted, 'it does')
    : finding('tls', 'delivery.tls', 'wrong', wanted, 'TLS is disabled', { mend: 'Set delivery.tls to may.' })
}

function judgeListings({ listings }: DomainFacts): readonly HealthFinding[] {
  return listings.map(({ address, list, answer }) => {
    const aspect: HealthAspect = 'blocklist'
    const wanted = `not listed by ${list.name}`
    switch (answer.kind) {
      case 'not-listed':
        return finding(aspect, address, 'ok', wanted, 'not listed')
      case 'unknown':
        return finding(aspect, address, 'unknown', wanted, answer.why)
      case 'listed':
        return finding(aspect, address, 'wrong', wanted, `listed: ${answer.why} (${answer.codes.join(', ')})`, {
          mend: `Find out what was sent from it, stop that, and request delisting: ${list.removal}`,
        })
      default:
        return answer satisfies never
    }
  })
}
