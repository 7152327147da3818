// What receivers look at in the DNS of a sender's domain: whether bounces find their way back to it, and whether its SPF record names us.
import { checkSpf, MOST_LOOKUPS } from '../../policy/spf/check.ts'
import type { NetworkCheck } from './check.ts'
import { type Names, sameAddress } from './names.ts'

export interface SenderFacts {
  readonly domain: string
  /** Addresses that deliver, as others see them. */
  readonly sources: readonly string[]
  /** Addresses where this server takes mail, as others see them. */
  readonly here: readonly string[]
  readonly helo: string
}

export async function checkSender(facts: SenderFacts, names: Names): Promise<readonly NetworkCheck[]> {
  return [await checkReturn(facts, names), ...(await Promise.all(facts.sources.map((source) => checkSources(facts, source, names))))]
}

/** Bounces go to the MX of the domain in MAIL FROM. */
async function checkReturn({ domain, here }: SenderFacts, names: Names): Promise<NetworkCheck> {
  const name = `domain ${domain}`
  const hosts = await names.mx(domain)
  if (hosts === null) return { name, state: 'warn', what: `No name server answers for the MX of ${domain}.` }
  if (hosts.length === 0) {
    const mend = `Give ${domain} an MX record that leads to this server, or to whoever takes its bounces.`
    return { name, state: 'fail', what: `${domain} has no MX: bounces have nowhere to go, and some receivers refuse such senders.`, mend }
  }
  for (const host of hosts.slice(0, 10))
    for (const family of [4, 6] as const)
      for (const address of (await names.addresses(host, family)) ?? [])
        if (here.some((own) => sameAddress(own, address)))
          return { name, state: 'ok', what: `Bounces to ${domain} come back here, by ${host}.` }
  const mend = 'That is well where somebody else is to take them; else let its MX lead here, or send with another return path.'
  return { name, state: 'warn', what: `Bounces to ${domain} go to ${hosts[0]}, which is not this server.`, mend }
}

async function checkSources({ domain, helo }: SenderFacts, address: string, names: Names): Promise<NetworkCheck> {
  const name = `domain ${domain}`
  const { result, why, lookups } = await checkSpf({ address, domain, sender: `postmaster@${domain}`, helo }, names)
  const term = `${address.includes(':') ? 'ip6' : 'ip4'}:${address}`
  switch (result) {
    case 'pass': {
      const what = `SPF lets ${address} send for ${domain}: ${why}, ${lookups} of ${MOST_LOOKUPS} look-ups.`
      if (lookups < MOST_LOOKUPS - 1) return { name, state: 'ok', what }
      return { name, state: 'warn', what, mend: 'One more include, and receivers take the record for none: put networks in their place.' }
    }
    case 'none':
      return { name, state: 'fail', what: `${domain} has no SPF record.`, mend: `Publish TXT ${domain} "v=spf1 ${term} -all".` }
    case 'temperror':
      return { name, state: 'warn', what: `The SPF record of ${domain} could not be read: ${why}.` }
    case 'permerror':
      return { name, state: 'fail', what: `Receivers take the SPF record of ${domain} for none: ${why}.`, mend: 'Mend the record.' }
    case 'fail':
    case 'softfail':
    case 'neutral':
      return {
        name,
        state: 'fail',
        what: `SPF does not let ${address} send for ${domain}: ${result} by ${why}.`,
        mend: `Add ${term} to its record.`,
      }
    default:
      return result satisfies never
  }
}
