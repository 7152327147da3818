// What large providers ask of whoever sends them much (Gmail and Microsoft: 5,000 messages a day; Yahoo names no number), and how a domain stands
// with each. As of Gmail's email sender guidelines (support.google.com/mail/answer/81126), Yahoo's sender best practices
// (senders.yahooinc.com/best-practices) and Microsoft's requirements for high-volume senders of May 2025 (550 5.7.515).
import {
  HEALTH_PROVIDERS,
  type HealthAspect,
  type HealthFinding,
  type HealthProvider,
  type HealthState,
  type SenderRequirement,
} from '../../contract/health.ts'

interface Asked {
  readonly wanted: string
  readonly of: readonly HealthProvider[]
  readonly aspect: HealthAspect
  /** One finding that is well is enough; otherwise none may be wrong. */
  readonly one?: true
}

const ALL = HEALTH_PROVIDERS
const ASKED: readonly Asked[] = [
  { wanted: 'SPF passes', of: ALL, aspect: 'spf' },
  { wanted: 'DKIM passes', of: ALL, aspect: 'dkim', one: true },
  { wanted: 'DMARC, p=none or more', of: ALL, aspect: 'dmarc' },
  { wanted: 'From is aligned with SPF or DKIM', of: ALL, aspect: 'alignment', one: true },
  { wanted: 'one-click unsubscribing in marketing mail', of: ['gmail', 'yahoo'], aspect: 'unsubscribe' },
  { wanted: 'TLS', of: ['gmail'], aspect: 'tls' },
  { wanted: 'PTR that resolves back to its address', of: ['gmail', 'yahoo'], aspect: 'reverse-name' },
]

/** The worst first. */
const WORSE: readonly HealthState[] = ['missing', 'wrong', 'unknown', 'ok']

export function requirementsOf(findings: readonly HealthFinding[]): readonly SenderRequirement[] {
  return HEALTH_PROVIDERS.flatMap((provider) =>
    ASKED.filter(({ of }) => of.includes(provider)).map(({ wanted, aspect, one }) => {
      const its = findings.filter((finding) => finding.aspect === aspect)
      const order = one === true ? WORSE.toReversed() : WORSE
      const [deciding] = its.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
      if (deciding === undefined) return { provider, wanted, state: 'unknown', found: 'nothing was looked at' }
      return { provider, wanted, state: deciding.state, found: `${deciding.subject}: ${deciding.found}` }
    }),
  )
}
