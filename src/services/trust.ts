// What a worker needs to obey what domains publish about TLS: their policies over HTTPS, kept in `trust/` of the home.
import { join } from 'node:path'
import { systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Config } from '../contract/options.ts'
import type { MailResolver } from '../engine/ports/resolver.ts'
import type { StsSource } from '../engine/ports/trust.ts'
import type { Resolver } from '../net/dns/resolver.ts'
import { createHttps } from '../net/trust/https.ts'
import { createStsPolicies } from '../net/trust/sts-policies.ts'
import { PolicyFiles } from '../store/trust/policy-files.ts'
import type { Launch } from './launch.ts'

export const policyFolder = (home: string): string => join(home, 'trust/sts')

export function openPolicies(
  { home, config }: Launch,
  parts: { readonly dns: Resolver; readonly mail: MailResolver; readonly log: Log },
): StsSource {
  const { dns, mail, log } = parts
  const https = createHttps({ resolver: mail, allowPrivate: config['delivery.allow_private'], clock: systemClock })
  return createStsPolicies({
    resolver: dns,
    https,
    shelf: new PolicyFiles(policyFolder(home), log),
    clock: systemClock,
    log,
    ...portOfTests(),
  })
}

/** Whether MTA-STS policies are looked up. Where the owner wants no TLS, what a domain asks for could not be obeyed. */
export function wantsPolicies(config: Config): boolean {
  return config['delivery.mta_sts'] && config['delivery.tls'] !== 'none'
}

export function wantsDane(config: Config): boolean {
  return config['delivery.dane'] && config['delivery.tls'] !== 'none'
}

/** A test has no port 443. */
export function portOfTests(): { readonly port?: number } {
  const port = process.env['HMS_TEST_HTTPS_PORT']
  return port === undefined ? {} : { port: Number(port) }
}
