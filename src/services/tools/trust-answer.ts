// What `hms trust` and the API tell of a look at a domain's TLS.
import type { TrustAnswer, TrustDane, TrustHost, TrustPolicy } from '../../contract/home-tools.ts'
import type { HostDane } from '../../engine/ports/resolver.ts'
import type { StsAnswer } from '../../engine/ports/trust.ts'
import type { TrustLook } from '../trust/trust-look.ts'

export function answerOf(look: TrustLook): Omit<TrustAnswer, 'domain' | 'route'> {
  const { found, sts, plan, untrusted, asksDane, asksSts } = look
  const hosts = found.kind !== 'hosts' ? [] : found.hosts.map((host): TrustHost => ({ ...plainHost(host), dane: daneOf(host.dane) }))
  const targets =
    plan.kind !== 'site' ? [] : plan.hosts.map((host) => ({ ...plainHost(host), dane: daneOf(host.dane), tls: host.tls, asks: host.asks }))
  return {
    found: { kind: found.kind, secure: found.kind === 'hosts' && found.secure === true, hosts },
    sts: policyOf(sts),
    plan: { kind: plan.kind, reason: plan.kind === 'site' ? null : plan.cause.reason, hosts: targets },
    untrusted,
    asksDane,
    asksSts,
    would: wouldBe(look),
  }
}

interface PlainHost {
  readonly host: string
  readonly preference: number
  readonly addresses: readonly string[]
}

const plainHost = ({ host, preference, addresses }: PlainHost): PlainHost => ({ host, preference, addresses })

function daneOf(dane: HostDane | null | undefined): TrustDane | null {
  if (dane === null || dane === undefined) return null
  return { base: dane.base, records: dane.records.map(({ usage, selector, matching, data }) => ({ usage, selector, matching, data })) }
}

function policyOf(sts: StsAnswer): TrustPolicy {
  if (sts.kind === 'none') return { kind: 'none', mode: null, mx: [], until: null, trouble: null }
  if (sts.kind === 'unusable') return { kind: 'unusable', mode: null, mx: [], until: null, trouble: sts.reason }
  const { policy, until, trouble } = sts
  return { kind: 'policy', mode: policy.mode, mx: policy.mx, until, trouble }
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
