// Addresses of a host that the owner named, as the machine itself finds them, its hosts file included.
import { lookup } from 'node:dns/promises'
import { messageOf } from '../base/fault.ts'
import type { MailResolver } from '../engine/ports/resolver.ts'

export const systemAddresses: Pick<MailResolver, 'addresses'> = {
  addresses: async (host) => {
    try {
      const found = await lookup(host, { all: true })
      return { addresses: found.map(({ address }) => address), trouble: null }
    } catch (error) {
      return { addresses: [], trouble: `${host} has no address: ${messageOf(error)}` }
    }
  },
}
