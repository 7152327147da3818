// Relay decision by address: a client of a known network, or a sender of a known domain from a trusted network, sends as an account of yours
// without a login. Whoever is not named here is judged by the server's own rules.
import { BlockList, isIPv6 } from 'node:net'
import { definePlugin } from '@hurricane-mta/plugin'
import { z } from 'zod'

const network = z.string().regex(/^[0-9a-f.:]+(?:\/\d{1,3})?$/i, 'a network is an address, or address/bits')

const settings = z.object({
  rules: z.array(
    z.object({
      networks: z.array(network).min(1),
      /** Left out: whatever the sender. */
      senders: z.array(z.string().toLowerCase()).optional(),
      account: z.number().int().min(1000),
    }),
  ),
})

interface Rule {
  readonly networks: BlockList
  readonly senders: ReadonlySet<string> | null
  readonly account: number
}

let rules: readonly Rule[] = []

export default definePlugin({
  name: 'relay-by-address',
  apiVersion: 1,
  settings,
  start: (context) => {
    rules = context.settings.rules.map(({ networks, senders, account }) => ({
      networks: listOf(networks),
      senders: senders === undefined ? null : new Set(senders),
      account,
    }))
  },
  hooks: {
    from: ({ client, sender }) => {
      const domain = sender.slice(sender.lastIndexOf('@') + 1).toLowerCase()
      const family = isIPv6(client.address) ? 'ipv6' : 'ipv4'
      const rule = rules.find(({ networks, senders }) => networks.check(client.address, family) && (senders?.has(domain) ?? true))
      return rule === undefined ? undefined : { action: 'relay', account: rule.account }
    },
  },
})

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const one of networks) {
    const [address = '', bits] = one.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}
