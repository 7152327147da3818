// The operations as the desk serves them: over its stores, its links to the workers and its own look at DNS.
import { systemClock } from '../base/clock.ts'
import type { Operations } from '../contract/operations.ts'
import type { Config } from '../contract/options.ts'
import { createOperations } from '../api/operations/operations.ts'
import type { OperationContext, TxtLookup } from '../api/operations/context.ts'
import type { BusHandlers } from '../net/bus/server.ts'
import { rulesSurroundings } from './rules-surroundings.ts'
import type { WorkerLinks } from './worker-links.ts'
import type { Resolver } from '../net/dns/resolver.ts'

export type DeskContext = Omit<OperationContext, 'lookupTxt' | 'delivery' | 'now' | 'by' | 'workers'> & {
  readonly home: string
  readonly config: Config
  readonly links: WorkerLinks
  readonly resolver: Resolver
}

/** For the audit: whoever may open the socket is the owner at the shell. */
const BY = 'hms'

export function deskOperations({ resolver, links, home, config, ...context }: DeskContext): BusHandlers<Operations> {
  const delivery = rulesSurroundings({ home, config, settings: context.settings, resolver })
  const table = createOperations({ ...context, delivery, workers: links, lookupTxt: txtLookup(resolver), now: systemClock.now, by: BY })
  return {
    ...table,
    status: async (params) => {
      await links.refresh()
      return table.status(params)
    },
  }
}

/** TXT records of a name; a name that does not exist has none. */
export function txtLookup(resolver: Resolver): TxtLookup {
  return async (name) => {
    const answer = await resolver.query(name, 'TXT')
    switch (answer.kind) {
      case 'records':
        return { kind: 'records', records: answer.records }
      case 'nxdomain':
      case 'nodata':
        return { kind: 'records', records: [] }
      case 'trouble':
        return { kind: 'trouble', reason: answer.reason }
    }
  }
}
