// A home that no server runs on, steered in this process: the same operations over the same stores. The home's lock is held
// meanwhile, so that no server starts beneath. The spool is opened only by what needs it.
import { join } from 'node:path'
import type { OperationSurroundings, Workers } from '../api/operations/context.ts'
import { EventTail } from '../api/operations/history/event-tail.ts'
import { createOperations } from '../api/operations/operations.ts'
import { machineClock, systemClock } from '../base/clock.ts'
import { actorAtShell } from '../contract/actor.ts'
import { Fault } from '../base/fault.ts'
import { ownUse, ProcessWatch } from '../services/process-use.ts'
import type { BlockEffect } from '../contract/blocks.ts'
import type { OperationName } from '../contract/operations.ts'
import { jsonLog } from '../base/log.ts'
import type { Config } from '../contract/options.ts'
import { loadConfig } from '../lifecycle/config.ts'
import { bringSettings } from '../lifecycle/formats/settings.ts'
import {
  deskFile,
  effectsFile,
  jobsFile,
  keyFile,
  masterFile,
  pickupPlace,
  sentFolder,
  suppressionFile,
  webhooksFile,
} from '../lifecycle/home-files.ts'
import { listed } from '../policy/blocks/effect-words.ts'
import { createResolver } from '../net/dns/resolver.ts'
import { dataAtRest } from '../services/data/keep-data.ts'
import { txtLookup } from '../services/desk/desk-operations.ts'
import { HealthKeeper } from '../services/health/health-keeper.ts'
import { openAccessOf } from '../services/access/open-access.ts'
import { readingOf } from '../services/desk/home-reading.ts'
import { lifecycleAtRest } from '../services/lifecycle/lifecycle-desk.ts'
import { homeTools } from '../services/tools/home-tools.ts'
import { reportsAtRest } from '../services/reports/reports-desk.ts'
import { Plugins } from '../services/plugins/plugin-desk.ts'
import { rulesSurroundings } from '../services/rules/rules-surroundings.ts'
import { makePickupFolders } from '../store/pickup/pickup-folder.ts'
import { AlertLog } from '../store/sqlite/desk/alerts.ts'
import { erasureSecret } from '../store/sqlite/events/erased-target.ts'
import { readEffects } from '../store/sqlite/limits/effects.ts'
import { openEvents } from '../store/sqlite/events/events.ts'
import { JobStore } from '../store/sqlite/jobs/jobs.ts'
import { WebhooksAtRest } from '../store/sqlite/webhooks/webhooks-book.ts'
import { openSent } from '../store/sqlite/sent/sent-index.ts'
import { openSettings } from '../store/sqlite/settings/settings.ts'
import { SuppressionStore } from '../store/sqlite/suppression/suppression.ts'
import { openSpool, type SqliteSpool } from '../store/sqlite/spool/spool.ts'
import { actor } from './cli.ts'
import type { OpenCaller } from './operations.ts'
import { stoppedWorkers } from './stopped-workers.ts'

export interface StoppedHome {
  readonly home: string
  readonly version: string
  /** The home's lock; given back at the end, also where opening fails. */
  readonly lock: Disposable
}

export async function openStoppedHome({ home, version, lock }: StoppedHome): Promise<OpenCaller> {
  const opened = new AsyncDisposableStack()
  opened.use(lock)
  try {
    const config = loadConfig(home)
    await bringSettings(home)
    const settings = opened.use(openSettings({ file: masterFile(home), keyFile: keyFile(home, config) }))
    const events = opened.use(openEvents(join(home, 'events')))
    const resolver = opened.use(createResolver({ servers: config['dns.servers'], timeout: config['dns.timeout'], clock: systemClock }))
    let spool: Promise<SqliteSpool> | undefined
    const spoolOf = (): Promise<SqliteSpool> => {
      spool ??= open(home, config, settings.epoch()).then((one) => opened.use(one))
      return spool
    }
    const workers = stoppedWorkers(spoolOf, () => effectsOf(home))
    const stores = {
      events,
      sent: opened.use(openSent(sentFolder(home))),
      jobs: opened.use(new JobStore(jobsFile(home), settings.epoch())),
      webhooks: opened.use(new WebhooksAtRest(webhooksFile(home), settings.webhooks, systemClock.now)),
      suppression: opened.use(new SuppressionStore(suppressionFile(home), erasureSecret(keyFile(home, config)))),
    }
    const health = opened.use(
      new HealthKeeper({ config, settings: () => settings.read(), resolver, file: deskFile(home), clock: systemClock, log: ownLog }),
    )
    const context: Omit<OperationSurroundings, 'live' | 'refresh'> = {
      settings,
      ...stores,
      alerts: alertsAtRest(home),
      access: opened.use(openAccessOf({ home, config, settings, clock: systemClock })),
      tail: new EventTail(String(process.pid)),
      looks: null,
      loop: null,
      workers,
      machine: machineAtRest(opened),
      data: opened.use(dataAtRest({ home, config, ...stores, workers, log: ownLog })),
      lifecycle: lifecycleAtRest({ home, config, version }),
      ...withoutServer(home, config, version),
      health,
      lookupTxt: txtLookup(resolver),
      makePickup: (account) => makePickupFolders(pickupPlace(home, account)),
      delivery: rulesSurroundings({ home, config, settings, resolver }),
      now: systemClock.now,
    }
    return { call: callerOf(context, workers, version), [Symbol.asyncDispose]: () => opened.disposeAsync() }
  } catch (error) {
    // What was opened is closed in order; closing does not fail, and the error is the one to tell.
    void opened.disposeAsync()
    throw error
  }
}

function alertsAtRest(home: string): OperationSurroundings['alerts'] {
  return {
    tell: () => {},
    list: (limit) => {
      using alerts = new AlertLog(deskFile(home))
      return alerts.list(limit)
    },
    reset: (name, subject) => {
      using alerts = new AlertLog(deskFile(home))
      alerts.forgetSeen(name, subject)
    },
    test: () => {
      throw new Fault('not-running', 'Alerts are told while the server runs.', { blame: 'caller', mend: "Start it with 'hms start'." })
    },
  }
}

function withoutServer(
  home: string,
  config: Config,
  version: string,
): Pick<OperationSurroundings, 'home' | 'tools' | 'reports' | 'plugins'> {
  const plugins = new Plugins({ home, config })
  return { plugins, reports: reportsAtRest(home), home: readingOf(home, null), tools: homeTools({ home, config, version, runner: null }) }
}

function machineAtRest(opened: Pick<AsyncDisposableStack, 'use'>): OperationSurroundings['machine'] {
  const watch = opened.use(new ProcessWatch(machineClock))
  return () => ownUse(watch)
}

const ownLog = jsonLog('hms', 'warn', (line) => process.stderr.write(line))

/** Of those that were remembered, what still holds. */
function effectsOf(home: string): readonly BlockEffect[] {
  const now = Date.now()
  const held = readEffects(effectsFile(home)).filter(({ holding }) => holding.recoversUntil > now)
  return held.map((effect) => listed(effect, now))
}

function callerOf(context: Omit<OperationSurroundings, 'live' | 'refresh'>, workers: Workers, version: string): OpenCaller['call'] {
  let queued = 0
  const live: OperationSurroundings['live'] = () => ({
    running: false,
    version,
    startedAt: null,
    alerts: [],
    alarms: [],
    stopping: [],
    workers: [counted(queued)],
  })
  const refresh = async (): Promise<void> => {
    const [count] = await workers.all('queue.count', { selection: {} })
    queued = count?.recipients ?? 0
  }
  const operations = createOperations({ ...context, live, refresh }).as(actorAtShell(actor()))
  const table = operations as Readonly<Record<OperationName, (params: unknown) => Promise<never>>>
  return async (name, params) => {
    if (name !== 'status') return table[name](params)
    const status: object = await table.status(params)
    return { ...status, workers: [] } as never
  }
}

/** The queue's length reaches `status` as a worker's would. */
function counted(queued: number) {
  return { slot: 0, pid: 0, shards: [], queued, inboundOpen: 0, outboundOpen: 0, sending: 0, health: 'ok', reason: null } as const
}

function open(home: string, config: Config, epoch: string): Promise<SqliteSpool> {
  return openSpool({
    folder: join(home, 'spool'),
    epoch,
    slot: 0,
    workers: 1,
    lowWater: { bytes: 0, percent: 0 },
    reserve: config['spool.reserve'],
    clock: systemClock,
    log: ownLog,
    listener: { adopted: () => {}, health: () => {} },
    mode: 'stopped',
  })
}
