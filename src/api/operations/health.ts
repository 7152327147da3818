// The health of sender domains: asked for now, or as the last check found it.
import type { DomainHealthSum } from '../../contract/health.ts'
import { existingDomain } from './domains.ts'
import type { OperationContext, OperationTable } from './context.ts'
import { Params, refused } from './params.ts'

export function healthOperations({
  settings,
  health,
}: OperationContext): Pick<OperationTable, 'domain.check' | 'domain.health' | 'sources.listed'> {
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
    'sources.listed': async (values) => {
      new Params(values).done()
      return health.listings()
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
