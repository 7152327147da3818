// The health of sender domains: asked for now, or as the last check found it.
import { readDayRates } from '../../../policy/health/postmaster-csv.ts'
import { type DomainHealthSum, HEALTH_PROVIDERS } from '../../../contract/health.ts'
import { existingDomain } from './domains.ts'
import type { OperationContext, OperationTable } from '../context.ts'
import { Params, refused } from '../params.ts'

type HealthName = 'domain.check' | 'domain.health' | 'sources.listed' | 'sources.reverse' | 'complaints.list' | 'complaints.import'

const LONGEST_TABLE = 500_000

export function healthOperations({ settings, health }: OperationContext): Pick<OperationTable, HealthName> {
  return {
    'domain.check': async (values) => {
      const params = new Params(values)
      const domain = params.domain('domain')
      const kept = params.flag('kept')
      params.done()
      const known = existingDomain(settings.read(), domain)
      if (!kept) return health.check(known)
      const found = health.kept(domain)
      if (found === null) throw refused(`${domain} was not looked at yet.`, `'hms domain check ${domain}' looks at it now.`, 'not-found')
      return found
    },
    'complaints.list': async (values) => {
      new Params(values).done()
      return health.complaints()
    },
    'complaints.import': async (values) => {
      const params = new Params(values)
      const domain = params.domain('domain')
      const provider = params.choice('provider', HEALTH_PROVIDERS)
      const csv = params.lines('csv', LONGEST_TABLE)
      params.done()
      existingDomain(settings.read(), domain)
      const rates = readDayRates(csv)
      if (typeof rates === 'string') throw refused(rates, 'A line has a date and a rate: 2026-11-22,0.12%')
      health.importRates(domain, provider, rates)
      return { domain, provider, days: rates.length }
    },
    'sources.listed': async (values) => {
      new Params(values).done()
      return health.listings()
    },
    'sources.reverse': async (values) => {
      new Params(values).done()
      return health.reverse()
    },
    'domain.health': async (values) => {
      new Params(values).done()
      const sums = health.sums()
      return [...settings.read().senderDomains.values()].map(({ domain, account }): DomainHealthSum => {
        const { at = null, ok = 0, wrong = 0, missing = 0, unknown = 0 } = sums.get(domain) ?? {}
        return { domain, account, at, ok, wrong, missing, unknown }
      })
    },
  }
}
