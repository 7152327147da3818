// What a domain publishes about TLS, and what would be done with its mail: the same look-ups and the same decision as a worker's.
import { systemClock } from '../../base/clock.ts'
import type { Domain } from '../../base/brand.ts'
import { jsonLog } from '../../base/log.ts'
import type { Config } from '../../contract/options.ts'
import { type Plan, planOf } from '../../engine/deliver/routing.ts'
import type { MailRoute } from '../../engine/ports/resolver.ts'
import type { PolicyShelf, StsAnswer } from '../../engine/ports/trust.ts'
import { createMailResolver } from '../../net/dns/mail-resolver.ts'
import { createResolver, resolverOptions } from '../../net/dns/resolver.ts'
import { createHttps } from '../../net/trust/https.ts'
import { createStsPolicies } from '../../net/trust/sts-policies.ts'
import { PolicyFiles } from '../../store/trust/policy-files.ts'
import type { RuleBook } from '../../policy/rules/book.ts'
import { formatSocketAddress } from '../../lifecycle/config/option-value.ts'
import { hostNameOf } from '../host-name.ts'
import { policyFolder, portOfTests, wantsDane, wantsPolicies } from './trust.ts'

export interface TrustLook {
  readonly found: MailRoute
  readonly sts: StsAnswer
  readonly plan: Plan
  /** Name servers that are not believed about DNSSEC. */
  readonly untrusted: readonly string[]
  readonly asksDane: boolean
  readonly asksSts: boolean
}

/** `rules`: what the owner asks for. */
export async function lookAtTrust(
  home: string,
  { config, rules }: { config: Config; rules: RuleBook },
  domain: Domain,
): Promise<TrustLook> {
  using resolver = createResolver(resolverOptions(config))
  const allowPrivate = config['delivery.allow_private']
  const mail = createMailResolver({
    resolver,
    hostName: hostNameOf(config),
    listeners: [...config['smtp.listen'], ...config['smtps.listen']],
    port: config['delivery.port'],
    allowPrivate,
    dane: wantsDane(config),
  })
  const log = jsonLog('trust', 'error', () => {})
  const https = createHttps({ resolver: mail, allowPrivate, clock: systemClock })
  const shelf = readOnly(new PolicyFiles(policyFolder(home), log))
  const policies = createStsPolicies({ resolver, https, shelf, clock: systemClock, log, ...portOfTests() })
  const asksSts = wantsPolicies(config)
  const [found, sts] = await Promise.all([mail.resolve(domain), asksSts ? policies.policyOf(domain) : NOTHING])
  const untrusted = resolver.untrusted.map(formatSocketAddress)
  return { found, sts, plan: planOf(domain, { found, sts, config, rules }), untrusted, asksDane: wantsDane(config), asksSts }
}

const NOTHING: StsAnswer = { kind: 'none', ttl: 0 }

/** What the server remembers counts here too; what is seen here is not for it to remember. */
function readOnly(shelf: PolicyShelf): PolicyShelf {
  return { load: () => shelf.load(), put: () => {}, remove: () => {} }
}
