// Networks that may relay without a login. What they send belongs to account 1000.
import { isIP } from 'node:net'
import type { OperationContext, OperationsOf } from '../context.ts'
import { canonicalNetwork, Params, refused } from '../params.ts'

/** Anything wider is more likely a slip than a network of one owner: an open relay is on blocklists within the hour. */
const WIDEST = { 4: 16, 6: 48 } as const

export function relayOperations({ settings, by }: OperationContext): OperationsOf<'relay'> {
  return {
    'relay.list': async (values) => {
      new Params(values).done()
      return settings.read().relays.map(({ cidr }) => ({ cidr }))
    },
    'relay.allow': async (values) => {
      const params = new Params(values)
      const { cidr, version, bits } = canonicalNetwork(params.text('cidr', 100))
      const iKnow = params.flag('iKnow')
      params.done()
      if (bits < WIDEST[version] && !iKnow)
        throw refused(
          `${cidr} is wider than /${WIDEST[version]}: whoever is in it could send mail through this server to anyone.`,
          'Name smaller networks; if you are sure, say --i-know.',
          'relay-too-wide',
        )
      settings.putRelay({ cidr }, by)
      return { cidr }
    },
    'relay.deny': async (values) => {
      const params = new Params(values)
      const given = params.text('cidr', 100)
      params.done()
      const cidr = isIP(given.split('/')[0] ?? '') === 0 ? given : canonicalNetwork(given).cidr
      return { removed: settings.removeRelay(cidr, by) }
    },
  }
}
