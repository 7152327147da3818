// What a worker needs to obey what domains publish about TLS, and to tell them what came of it: policies over HTTPS and counts of
// sessions, kept in `trust/` of the home.
import { join } from 'node:path'
import { ANONYMOUS_ACCOUNT, type Domain } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Config } from '../../contract/options.ts'
import type { Settings } from '../../contract/settings.ts'
import type { Engine } from '../../engine/engine.ts'
import type { MailResolver } from '../../engine/ports/resolver.ts'
import type { StsSource } from '../../engine/ports/trust.ts'
import { selectKeys } from '../../message/dkim/select.ts'
import { createMailResolver } from '../../net/dns/mail-resolver.ts'
import type { Resolver } from '../../net/dns/resolver.ts'
import { createHttps, type Https } from '../../net/trust/https.ts'
import { createStsPolicies } from '../../net/trust/sts-policies.ts'
import { PolicyFiles } from '../../store/trust/policy-files.ts'
import { ResultBook, ResultFolder } from '../../store/trust/result-files.ts'
import { hostNameOf } from '../host-name.ts'
import type { Launch } from '../launch.ts'
import { TlsReports } from './tls-reports.ts'

export const policyFolder = (home: string): string => join(home, 'trust/sts')
const resultFolder = (home: string): string => join(home, 'trust/results')

export interface Trust extends AsyncDisposable {
  readonly mail: MailResolver
  readonly sts: StsSource
  readonly https: Https
  /** Undefined where no reports are wanted. */
  readonly results: ResultBook | undefined
}

export function openTrust({ home, config, addresses, line, slot }: Launch, dns: Resolver, log: Log): Trust {
  const allowPrivate = config['delivery.allow_private']
  const mail = createMailResolver({
    resolver: dns,
    hostName: hostNameOf(config),
    listeners: [...addresses['smtp.listen'], ...addresses['smtps.listen']],
    port: config['delivery.port'],
    allowPrivate,
    dane: wantsDane(config),
  })
  const clock = systemClock
  const https = createHttps({ resolver: mail, allowPrivate, clock })
  const shelf = new PolicyFiles(policyFolder(home), log)
  const sts = createStsPolicies({ resolver: dns, https, shelf, clock, log, ...portOfTests() })
  const book = { folder: resultFolder(home), name: `${line}${slot}`, clock, log }
  const results = config['tls_report.send'] ? new ResultBook(book) : undefined
  return { mail, sts, https, results, [Symbol.asyncDispose]: async () => await results?.[Symbol.asyncDispose]() }
}

export interface ReportParts {
  readonly trust: Trust
  readonly dns: Resolver
  readonly settings: () => Settings
  readonly engine: Pick<Engine, 'post'>
  readonly mayReport: () => boolean
  readonly log: Log
}

/** Undefined where this worker makes none: the first does it for all. */
export function openTlsReports({ home, config, slot }: Launch, parts: ReportParts): TlsReports | undefined {
  const { trust, dns, settings, engine, mayReport, log } = parts
  if (slot !== 0 || trust.results === undefined) return undefined
  const hostName = hostNameOf(config)
  const isSigned = (authorDomain: Domain): boolean => {
    const { author, provider } = selectKeys(settings(), { account: ANONYMOUS_ACCOUNT, authorDomain })
    return author.length + provider.length > 0
  }
  const from = config['tls_report.from'] || `postmaster@${hostName}`
  const folder = new ResultFolder(resultFolder(home))
  const post = engine.post.bind(engine)
  const around = { resolver: dns, https: trust.https, hostName, mayReport, clock: systemClock, log }
  return new TlsReports({ ...around, folder, from, isSigned, post })
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
