// The worker: all that touches mail. Wires spool, resolver, connections, signing and listeners to the engine, and answers
// on the bus. Nothing here decides anything about a message.
import { hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ms, ShardId } from '../../base/brand.ts'
import { machineClock, systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { MailEvent } from '../../contract/events.ts'
import type { Config } from '../../contract/options.ts'
import type { RulesDocument } from '../../contract/rules.ts'
import type { FindTemplate } from '../../api/inject/filled.ts'
import type { Settings } from '../../contract/settings.ts'
import type { Alert } from '../../engine/alerts.ts'
import { createEngine, type Engine } from '../../engine/engine.ts'
import type { DeliveryFilters } from '../../engine/ports/delivery-filters.ts'
import type { Effects } from '../../engine/ports/effects.ts'
import type { SessionFilters } from '../../engine/ports/filters.ts'
import type { Inbox } from '../../engine/ports/feedback.ts'
import type { DialogKeeper } from '../../engine/ports/dialogs.ts'
import type { CopyKeeper } from '../../engine/ports/kept.ts'
import type { Limits } from '../../engine/ports/limits.ts'
import type { SpoolHealth, SpoolListener } from '../../engine/ports/spool.ts'
import type { Suppressions } from '../../engine/ports/suppression.ts'
import { shippedSmartRules } from '../../lifecycle/smart-rules.ts'
import { dialogsFolder, keptFolder, keyFile, masterFile, suppressionFile } from '../../lifecycle/home-files.ts'
import { serveBus } from '../../net/bus/server.ts'
import { createResolver, resolverOptions } from '../../net/dns/resolver.ts'
import type { MilterFilters } from '../../net/milter/filters.ts'
import { createOutbound, type OutboundTimeouts } from '../../net/outbound/outbound.ts'
import type { ServerHandler } from '../../smtp/server/handler.ts'
import { DialogWriter } from '../../store/dialogs/dialog-writer.ts'
import { CopyWriter } from '../../store/kept/copy-writer.ts'
import { openSettings } from '../../store/sqlite/settings/settings.ts'
import { erasureSecret } from '../../store/sqlite/events/erased-target.ts'
import { SuppressionReader } from '../../store/sqlite/suppression/suppression-reader.ts'
import { openSpool, type SqliteSpool } from '../../store/sqlite/spool/spool.ts'
import { deskSocketPath, workerSocketPath } from '../home.ts'
import { hostNameOf } from '../host-name.ts'
import { TraceHub } from '../../net/trace.ts'
import { type Listeners, openWorkerListeners } from '../listeners.ts'
import { openTrialWorker, type TrialWorker } from '../succession/trial-worker.ts'
import { openEffects } from '../control/open-effects.ts'
import { openLimits } from '../control/open-limits.ts'
import { pause } from '../pause.ts'
import { openJobs } from '../jobs/open-jobs.ts'
import { openMilters } from '../milters/open-milters.ts'
import { openPickup } from '../pickup/open-pickup.ts'
import { openPlugins } from '../plugins/open-plugins.ts'
import { keepHeapGrowth } from './heap-growth.ts'
import type { OnceParts } from '../../engine/accept/once.ts'
import { openOnce } from '../injection/open-once.ts'
import { type InjectionServer, openInjection } from '../injection/injection-server.ts'
import type { Launch } from '../launch.ts'
import { localDay } from '../logs/log-files.ts'
import type { RoleContext, RunningRole } from '../role.ts'
import { SentLink } from './sent-link.ts'
import { SumsLink } from '../reading/sums-link.ts'
import { ReadingThreads } from '../reading/reading-threads.ts'
import { ListWatch } from './list-watch.ts'
import { SettingsWatch } from '../settings-watch.ts'
import { openTracking, type TrackingServer } from '../tracking/tracking-server.ts'
import { openTlsReports, openTrust, type Trust } from '../trust/trust.ts'
import { OutboxNews, workerHandlers } from './worker-bus.ts'
import { ProcessWatch } from '../process-use.ts'
import { createWorkerSigner } from '../signing/worker-signer.ts'

/** Events of the last deliveries may still go to the desk before the spool is closed; what does not stays in the outbox. */
const LAST_EVENTS_WITHIN: Ms = 2000
const LAST_EVENTS_LOOK: Ms = 50
const TRIAL_LOOK: Ms = 20
/** Sessions of a worker that another one follows may end by themselves for so long, a quarter of the grace at most. */
const SESSION_PATIENCE: Ms = 5000

/** Starts a worker; what it opened is closed in reverse order by `stop`. */
export async function startWorker({ launch, log, say }: RoleContext): Promise<RunningRole> {
  await using opened = new AsyncDisposableStack()
  const { config, home } = launch
  const store = opened.use(openSettings({ file: masterFile(home), keyFile: keyFile(home, config) }))
  const settings = opened.use(new SettingsWatch(store, log))
  opened.use(keepHeapGrowth(machineClock))
  const listener = new LateListener()
  const trace = new TraceHub(systemClock)
  const sent = opened.use(new SentLink(deskSocketPath(home), launch.version))
  const tracking = { launch, sent, settings: () => settings.current, tell: (events: readonly MailEvent[]) => spool.tell(events), log }
  const findTemplate: FindTemplate = (account, id, version) => store.templates.find(account, id, version)
  const doors = new Doors(launch, { log, trace, findTemplate, settings: tracking.settings, openTracking: () => openTracking(tracking) })
  opened.defer(() => doors.endTrial())
  const mayAdopt = (): boolean => doors.areServing
  const spool = opened.use(await openSpoolOf(launch, { epoch: store.epoch(), log, listener, mayAdopt }))
  if (launch.trial) doors.trial = await openTrialWorker(launch, settings.current, log)
  const dns = opened.use(createResolver(resolverOptions(config)))
  const lists = opened.use(await ListWatch.start(home, log))
  const trust = opened.use(openTrust(launch, dns, log))
  const { limits } = opened.use(openLimits(launch, log))
  const { effects } = opened.use(openEffects(launch, log))
  const reader = opened.use(new ReadingThreads({ servers: config['dns.servers'], timeout: config['dns.timeout'] }, { lists }))
  const suppressions = opened.use(await suppressionsOf(launch, log))
  const inbox = { reader, sent, sums: new SumsLink(deskSocketPath(home), launch.version) }
  const { once } = opened.use(openOnce(launch))
  const [copies, dialogs] = [opened.use(copyWriterOf(launch, spool)), opened.use(dialogWriterOf(launch, log))]
  const milters = opened.use(openMilters(launch, settings, log))
  const plugins = opened.use(await openPlugins(launch, { log, areServing: mayAdopt, trace }))
  // Milters come last: they are to see, and some to sign, what will be stored.
  const filters = [plugins.filters, milters]
  const given = { copies, dialogs, once, limits, effects, inbox, suppressions, settings: () => doors.trial?.settings ?? settings.current }
  const engine = engineOf({ launch, log, spool, trust, lists, trace, filters, deliveryFilters: plugins.deliveries, ...given })
  listener.forward(engine.listener)
  followSettings(settings, { engine, milters, reader })
  await doors.begin(engine, say)
  let asked = false
  const stopping = (): readonly string[] => (asked ? waitingFor(engine, doors.open) : [])
  const mayReport = (): boolean => doors.areServing && !asked
  opened.use(openTlsReports(launch, { trust, dns, settings: () => settings.current, engine, mayReport, log }))
  const pickup = opened.use(openPickup({ ...tracking, ...once, injector: engine.injector(), mayTake: mayReport }))
  const jobs = opened.use(openJobs({ launch, epoch: store.epoch(), injector: engine.injector(), mayRun: mayReport, log }))
  const news = new OutboxNews(spool)
  const looks = { lookAtSettings: () => (settings.look(), suppressions.look()), use: opened.use(new ProcessWatch(machineClock)) }
  const alerts = (): readonly Alert[] => [...pickup.alerts(), ...plugins.alerts()]
  const parts = { slot: launch.slot, engine, spool, news, trace, ...looks, stopping, doors, milters, plugins, alerts }
  opened.use(await serveBus(workerSocketPath(home, launch.line, launch.slot), workerHandlers(parts), { version: launch.version, log }))
  const held = opened.move()
  return {
    stopping,
    serve: () => doors.serve(engine),
    perhaps: () => engine.perhaps(),
    stop: async (grace, isFollowed) => {
      asked = true
      const patience = isFollowed ? Math.min(SESSION_PATIENCE, grace / 4) : 0
      await Promise.all([pickup.stop(), jobs.stop(), doors.close(grace, patience), engine.stop(grace, patience)])
      await lastEvents(spool, news)
      await held.disposeAsync()
    },
  }
}

interface Followers {
  readonly engine: Engine
  readonly milters: MilterFilters
  readonly reader: ReadingThreads
}

function followSettings(settings: SettingsWatch, { engine, milters, reader }: Followers): void {
  expectMail(settings, reader)
  settings.onChange(() => {
    engine.settingsChanged()
    milters.use(settings.current.milters)
    expectMail(settings, reader)
  })
}

function expectMail({ current }: SettingsWatch, reader: ReadingThreads): void {
  if (current.ownDomains.size > 0) reader.warm()
}

interface DoorParts {
  readonly findTemplate: FindTemplate
  readonly log: Log
  readonly trace: TraceHub
  readonly openTracking: () => Promise<TrackingServer>
  readonly settings: () => Settings
}

/** Where a worker listens: at its addresses, at once or when it is told to serve; until then perhaps on trial. */
class Doors {
  trial: TrialWorker | null = null
  areServing: boolean
  readonly #launch: Launch
  readonly #around: DoorParts
  #listeners: Listeners | null = null
  #tracking: TrackingServer | null = null
  #injection: InjectionServer | null = null

  constructor(launch: Launch, around: DoorParts) {
    this.#launch = launch
    this.#around = around
    this.areServing = !launch.waiting
  }

  /** Inbound sessions. */
  get open(): number {
    return this.#listeners?.open ?? 0
  }

  /** Opens and clicks that came faster than they could be told. */
  get visitsDropped(): number {
    return this.#tracking?.dropped ?? 0
  }

  async begin(engine: Engine, say: RoleContext['say']): Promise<void> {
    if (this.areServing) await this.#listen(engine)
    if (this.trial === null) return
    say({ say: 'trial', port: await this.trial.listen(() => engine.handlerFor()) })
    void this.trial.taken.then(async () => {
      while (engine.counters().recipientsProcessed === 0) await pause(TRIAL_LOOK)
      say({ say: 'delivered' })
    })
  }

  async serve(engine: Engine): Promise<void> {
    await this.#listen(engine)
    this.areServing = true
    await this.endTrial()
    engine.settingsChanged()
  }

  async endTrial(): Promise<void> {
    const { trial } = this
    this.trial = null
    await trial?.close()
  }

  async close(grace: Ms, patience: Ms): Promise<void> {
    await Promise.all([this.#listeners?.close(grace, patience), this.#tracking?.close(grace), this.#injection?.close(grace)])
  }

  async #listen(engine: Engine): Promise<void> {
    const handlerFor = (): ServerHandler => engine.handlerFor()
    const { log, trace, settings, findTemplate, openTracking } = this.#around
    const hostName = hostNameOf(this.#launch.config)
    this.#listeners ??= await openWorkerListeners({ launch: this.#launch, hostName, handlerFor, log, trace })
    this.#tracking ??= await openTracking()
    this.#injection ??= await openInjection({ launch: this.#launch, settings, injector: engine.injector(), findTemplate, log })
  }
}

interface EngineParts {
  readonly launch: Launch
  readonly log: Log
  readonly spool: SqliteSpool
  readonly trust: Trust
  readonly lists: ListWatch
  readonly limits: Limits
  readonly effects: Effects
  readonly inbox: Inbox
  readonly suppressions: Suppressions
  readonly once: OnceParts
  readonly copies: CopyKeeper
  readonly dialogs: DialogKeeper | null
  readonly filters: readonly SessionFilters[]
  readonly deliveryFilters: DeliveryFilters
  readonly trace: TraceHub
  readonly settings: () => Settings
}

function engineOf(parts: EngineParts): Engine {
  const { launch, log, spool, trust, lists, trace, limits, effects, inbox, suppressions, once, copies, dialogs, settings, ...more } = parts
  const { filters, deliveryFilters } = more
  const { config, home } = launch
  const clock = systemClock
  const hostName = hostNameOf(config)
  return createEngine({
    spool,
    outbound: createOutbound({ timeouts: timeoutsOf(config), clock, log, trace, remembers: dialogs !== null }),
    resolver: trust.mail,
    sts: trust.sts,
    ...(trust.results && { tlsResults: trust.results }),
    signer: createWorkerSigner(settings, clock.now, launch.slots),
    settings,
    lists,
    // Where it really listens: a port that was left open is known only now.
    config: { ...config, 'simulator.listen': launch.addresses['simulator.listen'] },
    smartRules: smartRules(log),
    hostName,
    limits,
    effects,
    inbox,
    suppressions,
    once,
    copies,
    ...(dialogs && { dialogs }),
    filters,
    deliveryFilters,
    workers: launch.slots,
    secret: decoySecret(keyFile(home, config)),
    clock,
    log,
    random: Math.random,
  })
}

/** Never empty: a worker that stops is not ready, whatever it still does. */
function waitingFor(engine: Engine, open: number): readonly string[] {
  const sessions = open === 0 ? [] : [`${open} inbound ${open === 1 ? 'session' : 'sessions'}`]
  const all = [...engine.stopping(), ...sessions]
  return all.length > 0 ? all : ['its last events to be told']
}

/** Gives the desk a moment to take the last events; what it does not take stays in the outbox. */
async function lastEvents(spool: SqliteSpool, news: OutboxNews): Promise<void> {
  const until = machineClock.mono() + LAST_EVENTS_WITHIN
  while (machineClock.mono() < until && news.followed && (await hasEvents(spool))) await pause(LAST_EVENTS_LOOK)
}

async function hasEvents(spool: SqliteSpool): Promise<boolean> {
  for (const shard of spool.shards()) if ((await spool.read(shard, 0, 1)).parts.length > 0) return true
  return false
}

function smartRules(log: Log): RulesDocument {
  const { document, trouble } = shippedSmartRules()
  if (trouble !== null) log.error('The Smart rules of the program cannot be used; mail goes without them.', { trouble })
  return document
}

function timeoutsOf(config: Config): OutboundTimeouts {
  return {
    connect: config['delivery.timeout_connect'],
    greeting: config['delivery.timeout_greeting'],
    command: config['delivery.timeout_command'],
    data: config['delivery.timeout_data'],
    final: config['delivery.timeout_final'],
  }
}

/** Derived from the home's key: the same in every worker and after a restart, and of no use for anything else. */
function decoySecret(file: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', readFileSync(file), '', 'hms scram decoys', 32))
}

function openSpoolOf(
  { home, slot, slots, config }: Launch,
  around: { readonly epoch: string; readonly log: Log; readonly listener: SpoolListener; readonly mayAdopt: () => boolean },
): Promise<SqliteSpool> {
  return openSpool({
    ...around,
    folder: join(home, 'spool'),
    slot,
    workers: slots,
    lowWater: { bytes: config['spool.low_water'], percent: config['spool.low_water_percent'] },
    reserve: config['spool.reserve'],
    clock: machineClock,
    mode: 'worker',
  })
}

function suppressionsOf({ home, config }: Launch, log: Log): Promise<SuppressionReader> {
  const secret = erasureSecret(keyFile(home, config))
  return SuppressionReader.open({ file: suppressionFile(home), secret, clock: systemClock, log })
}

function copyWriterOf({ home, config }: Launch, spool: SqliteSpool): CopyWriter {
  return new CopyWriter({ folder: keptFolder(home), keyFile: keyFile(home, config), body: (id) => spool.body(id), dayOf: localDay })
}

/** Null: none are kept. */
function dialogWriterOf({ home, config, slots }: Launch, log: Log): DialogWriter | null {
  const which = config['data.dialogs']
  if (which === 'none') return null
  const size = { bytes: config['dialogs.bytes'], workers: slots }
  return new DialogWriter({ folder: dialogsFolder(home), all: which === 'all', ...size, clock: machineClock, now: systemClock.now, log })
}

/** The spool comes before the engine that listens to it; until then the engine asks for what it missed. */
class LateListener implements SpoolListener {
  #to: SpoolListener | null = null

  forward(to: SpoolListener): void {
    this.#to = to
  }

  adopted(shard: ShardId): void {
    this.#to?.adopted(shard)
  }

  health(shard: ShardId, health: SpoolHealth): void {
    this.#to?.health(shard, health)
  }
}
