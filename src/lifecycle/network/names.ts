// Questions to the DNS as the checks of the network ask them: a list, empty where there is nothing, null where no name server answers.
import ipaddr from 'ipaddr.js'
import type { Resolver } from '../../net/dns/resolver.ts'
import { listOf, SpfNames } from '../../net/proof/spf-names.ts'
import { dotted } from '../../policy/spf/macros.ts'

export class Names extends SpfNames {
  readonly #resolver: Resolver

  constructor(resolver: Resolver) {
    super(resolver)
    this.#resolver = resolver
  }

  /** The names that the reverse DNS gives an address (rfc:1035#3.5, rfc:3596#2.5). */
  async ptr(address: string): Promise<readonly string[] | null> {
    const parts = dotted(address).split('.').toReversed().join('.')
    return listOf(await this.#resolver.query(`${parts}.${address.includes(':') ? 'ip6' : 'in-addr'}.arpa`, 'PTR'))
  }

  /** Whether the name leads to the address. */
  async leadsTo(name: string, address: string): Promise<boolean> {
    const found = await this.addresses(name, address.includes(':') ? 6 : 4)
    return found?.some((one) => sameAddress(one, address)) ?? false
  }
}

export function sameAddress(one: string, other: string): boolean {
  return (
    ipaddr.isValid(one) && ipaddr.isValid(other) && ipaddr.process(one).toNormalizedString() === ipaddr.process(other).toNormalizedString()
  )
}
