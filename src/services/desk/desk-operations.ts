// The operations as the desk serves them: over its stores, its links to the workers and its own look at DNS.
import type { AccountId } from '../../base/brand.ts'
import { machineClock, systemClock } from '../../base/clock.ts'
import { LoopShare } from '../../base/loop-share.ts'
import { actorAtShell, ITSELF } from '../../contract/actor.ts'
import type { OperationName, Operations } from '../../contract/operations.ts'
import type { Config } from '../../contract/options.ts'
import { createOperations, type ServedOperations } from '../../api/operations/operations.ts'
import type { OperationSurroundings, TxtLookup } from '../../api/operations/context.ts'
import type { BusHandlers } from '../../net/bus/server.ts'
import { pickupPlace } from '../../lifecycle/home-files.ts'
import { makePickupFolders } from '../../store/pickup/pickup-folder.ts'
import { readingOf } from './home-reading.ts'
import { homeTools } from '../tools/home-tools.ts'
import type { CommandRunner } from '../tools/run-command.ts'
import type { PluginNotices } from '../plugins/open-notices.ts'
import { Plugins } from '../plugins/plugin-desk.ts'
import { rulesSurroundings } from '../rules/rules-surroundings.ts'
import type { WorkerLinks } from './worker-links.ts'
import type { Resolver } from '../../net/dns/resolver.ts'

export type DeskContext = Omit<
  OperationSurroundings,
  'lookupTxt' | 'loop' | 'home' | 'plugins' | 'tools' | 'makePickup' | 'delivery' | 'now' | 'workers' | 'refresh'
> & {
  readonly home: string
  readonly config: Config
  readonly links: WorkerLinks
  readonly resolver: Resolver
  readonly version: string
  readonly runner: CommandRunner
  readonly notices: PluginNotices
}

export function deskOperations({ resolver, links, home, config, version, runner, notices, ...context }: DeskContext): ServedOperations {
  const delivery = rulesSurroundings({ home, config, settings: context.settings, resolver })
  const refresh = (): Promise<void> => links.refresh()
  const makePickup = (account: AccountId): void => makePickupFolders(pickupPlace(home, account))
  const tools = homeTools({ home, config, version, runner })
  const own = {
    delivery,
    workers: links,
    tools,
    plugins: new Plugins({ home, config, notices }),
    home: readingOf(home, config),
    lookupTxt: txtLookup(resolver),
    loop: new LoopShare(machineClock),
    makePickup,
    now: systemClock.now,
    refresh,
  }
  return createOperations({ ...context, ...own })
}

/** For the socket of `hms`: each call is that of whoever runs the command. */
export function socketHandlers(operations: ServedOperations): BusHandlers<Operations> {
  const handlers = Object.keys(operations.as(ITSELF)).map((key) => {
    const name = key as OperationName
    return [name, (params: never, gone: AbortSignal, who: string | null) => operations.as(actorAtShell(who))[name](params, gone)]
  })
  return Object.fromEntries(handlers) as BusHandlers<Operations>
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
