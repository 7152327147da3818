// Tells what TLS sessions came to under the policies of domains (rfc:8460#4): a session counts for a domain when a connection first
// carries its mail, and when none came about for a reason of TLS. Where nobody publishes anything, nothing is looked at.
import type { Domain } from '../../base/brand.ts'
import { namesHost, stsLines } from '../../policy/trust/sts.ts'
import type { ResultType, SessionFailure, SessionPolicy } from '../../policy/trust/tls-results.ts'
import type { OpenFailure, OutboundConnection } from '../ports/outbound.ts'
import type { HostDane } from '../ports/resolver.ts'
import type { StsAnswer, TlsResultSink } from '../ports/trust.ts'
import type { Job } from '../schedule/in-hand.ts'
import type { Plan, PlanReport } from './routing.ts'

/** A host of a plan. */
interface Tried {
  readonly host: string
  readonly address: string
  readonly dane: HostDane | null
}

export class TlsSessions {
  readonly #sink: TlsResultSink
  readonly #planOf: (domain: Domain) => Plan | undefined
  #isWatching = false

  constructor(sink: TlsResultSink, planOf: (domain: Domain) => Plan | undefined) {
    this.#sink = sink
    this.#planOf = planOf
  }

  /** A plan is followed. Where no host may be used by the domain's own policy, that is a failure. */
  planned(plan: Plan): void {
    if (!('report' in plan) || plan.report === undefined) return
    this.#isWatching = true
    if (plan.kind !== 'trouble') return
    const nowhere = { local: null, host: null, address: null }
    this.#count(plan.report, stsPolicy(plan.report.sts), {
      ...nowhere,
      type: 'validation-failure',
      reason: 'no MX host is named by the policy',
    })
  }

  /** The connection carries a job; `counted`: domains that it carried before. */
  used(job: Job, { peer, target }: OutboundConnection, counted: Set<Domain>): void {
    if (!this.#isWatching || job.message.head.tls !== undefined) return
    for (const { domain } of job.rows) {
      if (counted.has(domain)) continue
      counted.add(domain)
      const plan = this.#planOf(domain)
      if (plan?.kind !== 'site' || plan.report === undefined) continue
      const dane = plan.hosts.find(({ host }) => host === target.host)?.dane ?? null
      const { address, host } = target
      const seen = { tls: peer.tls, trouble: peer.certificateTrouble ?? null, local: peer.localAddress, host, address }
      if (dane !== null) this.#count(plan.report, tlsaPolicy(dane), null)
      else this.#count(plan.report, stsPolicy(plan.report.sts), stsFailure(plan.report.sts, seen))
    }
  }

  /** No session with a host came about. */
  failed(report: PlanReport | undefined, { host, address, dane }: Tried, { kind, phase, reply, reason }: OpenFailure): void {
    if (report === undefined || (kind !== 'tls' && !(kind === 'reply' && phase === 'starttls'))) return
    const isMissing = phase === 'ehlo' || reply !== null
    const type = isMissing ? 'starttls-not-supported' : dane === null ? certificateFault(reason) : 'validation-failure'
    this.#count(report, dane === null ? stsPolicy(report.sts) : tlsaPolicy(dane), { type, local: null, host, address, reason })
  }

  #count({ domain }: PlanReport, policy: SessionPolicy | null, failure: SessionFailure | null): void {
    if (policy !== null) this.#sink.count({ domain, policy, failure })
  }
}

function tlsaPolicy({ records }: HostDane): SessionPolicy {
  const strings = records.map(({ usage, selector, matching, data }) => `${usage} ${selector} ${matching} ${data}`)
  return { type: 'tlsa', strings, mx: [] }
}

function stsPolicy(sts: StsAnswer): SessionPolicy | null {
  if (sts.kind === 'none') return null
  return sts.kind === 'unusable' ? { type: 'sts', strings: [], mx: [] } : { type: 'sts', strings: stsLines(sts.policy), mx: sts.policy.mx }
}

interface Seen extends Pick<SessionFailure, 'local' | 'host' | 'address'> {
  readonly tls: OutboundConnection['peer']['tls']
  readonly trouble: string | null
  readonly host: string
}

/** What the policy would have, or has, against the session. */
function stsFailure(sts: StsAnswer, { tls, trouble, ...where }: Seen): SessionFailure | null {
  if (sts.kind === 'none') return null
  if (sts.kind === 'unusable') return { ...where, type: sts.fault, reason: sts.reason }
  if (!namesHost(sts.policy, where.host)) return { ...where, type: 'validation-failure', reason: 'the policy does not name the MX host' }
  if (tls === null) return { ...where, type: 'starttls-not-supported', reason: null }
  return trouble === null ? null : { ...where, type: certificateFault(trouble), reason: trouble }
}

function certificateFault(reason: string): ResultType {
  if (/another name/.test(reason)) return 'certificate-host-mismatch'
  if (/expired/.test(reason)) return 'certificate-expired'
  return /handshake failed/.test(reason) ? 'validation-failure' : 'certificate-not-trusted'
}
