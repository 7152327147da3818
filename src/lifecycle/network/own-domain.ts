// Whether mail for a domain of the installation's own finds its way here: bounces and complaints come by its MX.
import type { NetworkCheck } from './check.ts'
import { type Names, sameAddress } from './names.ts'

const MOST_HOSTS = 10

export async function checkOwnDomain(domain: string, here: readonly string[], names: Names): Promise<NetworkCheck> {
  const name = `inbound ${domain}`
  const hosts = await names.mx(domain)
  if (hosts === null) return { name, state: 'warn', what: `No name server answers for the MX of ${domain}.` }
  const mend = `Publish an MX record of ${domain} that names this server.`
  if (hosts.length === 0) return { name, state: 'fail', what: `${domain} has no MX: no bounce and no complaint comes back.`, mend }
  for (const host of hosts.slice(0, MOST_HOSTS))
    for (const family of [4, 6] as const)
      for (const address of (await names.addresses(host, family)) ?? [])
        if (here.some((own) => sameAddress(own, address))) return { name, state: 'ok', what: `Mail for ${domain} comes here, by ${host}.` }
  const what = `Mail for ${domain} goes to ${hosts[0]}, which is none of this machine's addresses.`
  return { name, state: 'fail', what, mend: `${mend} Where others see another address of it, name that: --address ADDRESS.` }
}
