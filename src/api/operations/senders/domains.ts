// Sender domains: bound to one account, verified by a TXT record that only the domain's owner can publish.
import { randomBytes } from 'node:crypto'
import type { Domain } from '../../../base/brand.ts'
import { Fault } from '../../../base/fault.ts'
import type { SenderDomain, Settings } from '../../../contract/settings.ts'
import { existingAccount } from '../existing-account.ts'
import type { OperationContext, OperationsOf, TxtLookup } from '../context.ts'
import { Params, refused } from '../params.ts'

const recordOf = ({ domain, token }: SenderDomain) => ({ name: `_hms.${domain}`, value: `hms-verification=${token}` })

/** The TXT records of a name; throws a temporary Fault `dns-trouble` where DNS gave no answer. */
export async function recordsOf(lookup: TxtLookup, name: string): Promise<readonly string[]> {
  const answer = await lookup(name)
  if (answer.kind === 'records') return answer.records
  throw new Fault('dns-trouble', `The TXT records of ${name} could not be looked up: ${answer.reason}.`, {
    blame: 'peer',
    temporary: true,
    mend: 'Try again later, or look at dns.servers.',
  })
}

export function existingDomain(settings: Settings, domain: Domain): SenderDomain {
  const known = settings.senderDomains.get(domain)
  if (known === undefined) throw refused(`${domain} is no sender domain of any account.`, "Add it with 'hms domain add'.", 'no-domain')
  return known
}

export function domainOperations({
  settings,
  lookupTxt,
  now,
  by,
}: OperationContext): Omit<OperationsOf<'domain'>, 'domain.check' | 'domain.health'> {
  return {
    'domain.list': async (values) => {
      const params = new Params(values)
      const domain = params.optional('domain', () => params.domain('domain'))
      const account = params.optional('account', () => params.account('account'))
      params.done()
      const { senderDomains } = settings.read()
      const named = domain === undefined ? [...senderDomains.values()] : [senderDomains.get(domain) ?? []].flat()
      return account === undefined ? named : named.filter((one) => one.account === account)
    },
    'domain.add': async (values) => {
      const params = new Params(values)
      const domain = params.domain('domain')
      const account = params.account('account')
      params.done()
      const state = settings.read()
      existingAccount(state, account)
      const known = state.senderDomains.get(domain)
      if (known !== undefined && known.account !== account)
        throw refused(`${domain} belongs to account ${known.account}.`, 'Remove it there first.', 'domain-taken')
      if (known !== undefined) return { domain: known, record: recordOf(known) }
      const added: SenderDomain = { domain, account, token: randomBytes(16).toString('hex'), verifiedAt: null }
      settings.putSenderDomain(added, by)
      return { domain: added, record: recordOf(added) }
    },
    'domain.verify': async (values) => {
      const params = new Params(values)
      const domain = params.domain('domain')
      const force = params.flag('force')
      params.done()
      const known = existingDomain(settings.read(), domain)
      const { name, value } = recordOf(known)
      const found = force ? [] : await recordsOf(lookupTxt, name)
      const seen = force || found.some((text) => text.trim() === value)
      // What was verified stays so when the record is gone: owners tidy up their zones.
      if (seen && known.verifiedAt === null) settings.putSenderDomain({ ...known, verifiedAt: now() }, by)
      return { verified: seen || known.verifiedAt !== null, found }
    },
    'domain.remove': async (values) => {
      const params = new Params(values)
      const domain = params.domain('domain')
      params.done()
      return { removed: settings.removeSenderDomain(domain, by) }
    },
  }
}
