// The desk: all that touches people. Pulls the workers' outboxes into the event store and the log files, serves the
// operations of `hms`, the panel with health and metrics, and the mailbox simulator. It may die without a delivery noticing.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Ms } from '../../base/brand.ts'
import { type Clock, every, machineClock, systemClock } from '../../base/clock.ts'
import { once } from '../../base/late.ts'
import type { Log } from '../../base/log.ts'
import { ITSELF } from '../../contract/actor.ts'
import type { Config } from '../../contract/options.ts'
import type { PluginSeen } from '../../contract/plugin-operations.ts'
import type { Settings } from '../../contract/settings.ts'
import { EventTail } from '../../api/operations/history/event-tail.ts'
import type { LiveStatus, OperationTable } from '../../api/operations/context.ts'
import type { ServedOperations } from '../../api/operations/operations.ts'
import type { Access } from '../../engine/ports/access.ts'
import type { EventStore, SentIndex, SettingsStore } from '../../engine/ports/stores.ts'
import { jobsFile, journalFolder, keyFile, masterFile, sentFolder } from '../../lifecycle/home-files.ts'
import { sealOf } from '../../lifecycle/plugins/home-seal.ts'
import { serveBus } from '../../net/bus/server.ts'
import { createResolver, type Resolver } from '../../net/dns/resolver.ts'
import { type JournalWriter, openJournal } from '../../store/journal/journal.ts'
import { openEvents } from '../../store/sqlite/events/events.ts'
import { JobStore } from '../../store/sqlite/jobs/jobs.ts'
import { openSent } from '../../store/sqlite/sent/sent-index.ts'
import { openSettings } from '../../store/sqlite/settings/settings.ts'
import { openAccessDesk } from '../access/open-access.ts'
import { AccountDesk } from '../accounts/account-desk.ts'
import { openAlerts } from '../alerts/open-alerts.ts'
import { keepAudit } from './audit-keeper.ts'
import { LOG_FORMATS } from '../logs/log-formats.ts'
import type { CommandSchedule } from './command-schedule.ts'
import { DiskDesk } from '../data/disk-desk.ts'
import { keepData } from '../data/keep-data.ts'
import { SpoolLooks } from '../../store/sqlite/spool/why-looks.ts'
import { deskOperations, socketHandlers } from './desk-operations.ts'
import { openSuppression } from '../feedback/open-suppression.ts'
import type { SuppressionDesk } from '../feedback/suppression-desk.ts'
import { UnknownCounter } from '../feedback/unknown-counter.ts'
import { CommittedFeed } from '../following/committed-feed.ts'
import { deskSocketPath } from '../home.ts'
import { openHealth, openHealthEars } from '../health/open-health.ts'
import type { Launch } from '../launch.ts'
import { LifecycleRuns } from '../lifecycle/lifecycle-desk.ts'
import { shippedSmartRules } from '../../lifecycle/smart-rules.ts'
import { openSimulator } from '../listeners.ts'
import { LogFiles } from '../logs/log-files.ts'
import type { Metrics, MetricsSource } from './metrics.ts'
import { OutboxPump } from './outbox-pump.ts'
import { type PanelParts, servePanel } from '../panel/panel-server.ts'
import { PluginNotices } from '../plugins/open-notices.ts'
import { RateSamples } from './rate-samples.ts'
import { RecordWatch } from './record-watch.ts'
import { ReportsThread } from '../reports/reports-desk.ts'
import { ownUse, ProcessWatch } from '../process-use.ts'
import { Restarts } from './restarts.ts'
import type { RoleContext, RunningRole } from '../role.ts'
import { RoomWatch } from './room-watch.ts'
import { SettingsWatch } from '../settings-watch.ts'
import { backupSchedule, certificateSchedule } from './schedules.ts'
import { CommandRunner } from '../tools/run-command.ts'
import { keepTokenKeys } from './token-keeper.ts'
import { HostWatch, hostsOf } from '../tracking/host-watch.ts'
import { WarmupKeeper } from './warmup-keeper.ts'
import { openWebhooks } from '../webhooks/open-webhooks.ts'
import { CounterSum, WorkerLinks } from './worker-links.ts'

const SAMPLE_EVERY: Ms = 1000
const RECORDS_EVERY: Ms = 5 * 60_000

/** Starts the desk; what it opened is closed in reverse order by `stop`. Rejects with a Fault where the home is unusable. */
export async function startDesk({ launch, log }: RoleContext): Promise<RunningRole> {
  await using opened = new AsyncDisposableStack()
  const { home, config, version } = launch
  const { settings, events, logs, journal, sent, jobs } = await openStores({ launch, log }, opened)
  const [tail, room] = [new EventTail(`${process.pid}-${systemClock.now()}`), new RoomWatch(home, config['spool.low_water'], systemClock)]
  // A connection of its own: what this process writes is no news to the other.
  const watch = opened.use(new SettingsWatch(opened.use(openSettings({ file: masterFile(home), keyFile: keyFile(home, config) })), log))
  const accounts = opened.use(new AccountDesk({ launch, settings, watch, log }))
  const suppression = opened.use(openSuppression({ launch, watch, log, announce: () => void links.some('settings.changed', {}) }))
  const [unknown, heard] = [opened.use(new UnknownCounter(home, log)), opened.use(openHealthEars(home, log))]
  const feed = new CommittedFeed(({ lines }) => tail.add(lines))
  const told = { committed: feed.committed, brakes: accounts.brakes, consumers: [suppression.desk, sent, unknown, ...heard.consumers] }
  const pump = new OutboxPump({ store: events, logs, journal, log, roomLeft: () => room.left(), ...told })
  opened.defer(() => pump.close())
  const who = opened.use(openAccessDesk({ home, config, settings, log, clock: systemClock, addresses: launch.addresses }))
  const [counters, restarts] = [new CounterSum(), new Restarts()]
  const links = opened.use(
    new WorkerLinks({
      launch,
      reported: ({ slot, path, isLeaving }, report, client) => {
        counters.add(path, report.counters)
        if (!isLeaving) restarts.saw(slot, report.counters.startedAt)
        pump.follow(report.status.shards, client)
        accounts.brakes.follow(client)
        accounts.reported(path, report.queueUse, client)
        for (const [user, at] of report.used ?? []) who.book.used('credential', user, at)
      },
    }),
  )
  const rates = new RateSamples(counters)
  opened.use(every(systemClock, SAMPLE_EVERY, () => rates.sample(systemClock.now())))
  const notices = (): readonly PluginSeen[] => plugins.seen()
  const metrics = metricsOf({ counters, rates, links, events, notices, firing: () => alerts.firing(), webhooks: () => webhooks.seen })
  const stores = { settings, events, sent, jobs, suppression: suppression.book, access: who.book }
  const reports = opened.use(new ReportsThread({ home, feed, log, now: systemClock.now }))
  const disk = new DiskDesk(home, config)
  const data = opened.use(keepData({ home, config, ...stores, logs, journal, pump, disk, reports, workers: links, log }))
  opened.adopt(await openSimulator(launch, log), (simulator) => simulator.close(0))
  const resolver = opened.use(freshResolver(config))
  const own = { home, config, log, clock: systemClock }
  const kept = byTheClock({ ...own, settings, events, watch, links, resolver }, opened)
  const plugins = opened.use(new PluginNotices({ home, feed, told: () => events.told(), seal: sealOf(home, config), log }))
  const sources = { launch, links, pump, restarts, ...kept, reports, suppression: suppression.desk, plugins }
  const live = (): LiveStatus => ({ ...liveStatus(sources), alarms: alerts.firing(), ...webhooks.status() })
  const troubles = (): LiveStatus['alerts'] => liveStatus(sources).alerts
  const { desk: alerts, room: alarms } = opened.use(
    openAlerts({ home, config, settings, events, watch, links, restarts, troubles, notices, disk: () => disk.disk(), log }),
  )
  const webhooks = opened.use(openWebhooks({ launch, settings, feed, facts: alarms.facts, log }))
  const [looks, lifecycle] = [new SpoolLooks(join(home, 'spool'), systemClock), opened.use(new LifecycleRuns({ ...own, version }))]
  const health = opened.use(openHealth({ home, config, settings: () => watch.newest(), resolver, log }, { facts: alarms.facts, ...heard }))
  const [runner, use] = [opened.use(new CommandRunner(home, systemClock)), opened.use(new ProcessWatch(machineClock))]
  const seen = { looks, data, reports, health, lifecycle, runner, tail, links, live, alerts, notices: plugins }
  const operations = deskOperations({ home, config, version, resolver, webhooks, machine: () => ownUse(use), ...stores, ...seen })
  accounts.begin({ workers: links, tell: (news) => alerts.tell(news) })
  opened.use(watchRecords(operations.as(ITSELF), settings, log))
  opened.use(await serveBus(deskSocketPath(home), socketHandlers(operations), { version, log }))
  opened.use(await panelOf({ launch, log, links, metrics, operations, events, access: who.access, login: who.login }))
  const held = opened.move()
  return { stop: () => held.disposeAsync(), stopping: () => [] }
}

type MetricsParts = Pick<MetricsSource, 'counters' | 'rates' | 'firing' | 'webhooks'> & {
  readonly notices: () => readonly PluginSeen[]
  readonly links: WorkerLinks
  readonly events: EventStore
}

/** They are made when they are first asked for, as many a server is looked at by other means. */
function metricsOf({ links, events, notices, ...parts }: MetricsParts): () => Promise<Metrics> {
  return once(async () => {
    const { Metrics } = await import('./metrics.ts')
    return new Metrics({
      ...parts,
      workers: () => links.reports().map((report) => report.status),
      milters: () => links.reports().flatMap((report) => report.milters ?? []),
      plugins: () => [...links.reports().flatMap((report) => report.plugins ?? []), ...notices()],
      totals: () => events.totals(),
      feedbackTotals: () => events.feedbackTotals(),
    })
  })
}

interface ClockParts {
  readonly home: string
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly settings: SettingsStore
  readonly events: EventStore
  readonly watch: SettingsWatch
  readonly links: WorkerLinks
  readonly resolver: Resolver
}

/** What is done when it is due. */
function byTheClock(parts: ClockParts, opened: AsyncDisposableStack): Pick<LiveSources, 'schedules' | 'warmups' | 'hosts'> {
  const { watch, links, ...own } = parts
  const newest = (): Settings => watch.newest()
  const changed = (): void => void links.all('settings.changed', {}).catch(() => {})
  opened.use(keepTokenKeys(own))
  return {
    schedules: [opened.use(backupSchedule(own)), opened.use(certificateSchedule(own, () => hostsOf(newest())))],
    warmups: opened.use(new WarmupKeeper({ ...own, shipped: () => shippedSmartRules().document })),
    hosts: opened.use(new HostWatch({ ...own, newest, changed })),
  }
}

interface PanelSources extends Pick<RoleContext, 'launch' | 'log'>, Pick<PanelParts, 'login' | 'events'> {
  readonly links: WorkerLinks
  readonly metrics: () => Promise<Metrics>
  readonly operations: ServedOperations
  readonly access: Access
}

function panelOf({ links, metrics, ...parts }: PanelSources): ReturnType<typeof servePanel> {
  return servePanel({
    ...parts,
    ready: () => links.ready(machineClock.now()),
    metrics: async () => {
      const all = await metrics()
      return { type: all.contentType, text: await all.text() }
    },
  })
}

/** It looks for records that were published a moment ago: nothing is kept, least of all that there was none. */
function freshResolver(config: Config): Resolver {
  return createResolver({ servers: config['dns.servers'], timeout: config['dns.timeout'], mostEntries: 0, clock: systemClock })
}

interface DeskStores {
  readonly settings: SettingsStore
  readonly events: EventStore
  readonly logs: LogFiles
  readonly journal: JournalWriter
  readonly sent: SentIndex
  readonly jobs: JobStore
}

async function openStores({ launch, log }: Pick<RoleContext, 'launch' | 'log'>, opened: AsyncDisposableStack): Promise<DeskStores> {
  const { home, config } = launch
  const settings = opened.use(openSettings({ file: masterFile(home), keyFile: keyFile(home, config) }))
  opened.use(keepAudit({ settings, config, log, clock: systemClock }))
  const events = opened.use(openEvents(join(home, 'events'), { apart: true }))
  shortenLogs(home, events)
  const logs = new LogFiles(home, LOG_FORMATS, events.logLengths())
  opened.defer(() => logs.close())
  const writer = { installation: settings.installation(), epoch: settings.epoch(), told: events.told() }
  const journal = opened.use(await openJournal({ folder: journalFolder(home, config), ...writer }))
  for (const { shard, after, upTo } of journal.gaps)
    log.warn('the delivery journal has a gap: a restore of a backup from before it is uncertain', { shard, after, upTo })
  const sent = opened.use(openSent(sentFolder(home)))
  const jobs = opened.use(new JobStore(jobsFile(home), settings.epoch()))
  return { settings, events, logs, journal, sent, jobs }
}

/** Log files that were written anew just before a crash, without somebody who is erased. */
function shortenLogs(home: string, events: EventStore): void {
  for (const [name, length] of events.logLengths()) {
    const size = statSync(join(home, name), { throwIfNoEntry: false })?.size
    if (size !== undefined && size < length) events.shortenLog(name, size)
  }
}

function watchRecords(operations: OperationTable, settings: SettingsStore, log: Log): Disposable {
  const records = new RecordWatch({
    settings: () => settings.read(),
    verifyKey: async (params) => operations['dkim.verify'](params),
    verifyDomain: async (params) => operations['domain.verify'](params),
    log,
  })
  return every(systemClock, RECORDS_EVERY, () => void records.look())
}

interface LiveSources {
  readonly launch: Launch
  readonly links: WorkerLinks
  readonly pump: OutboxPump
  readonly restarts: Restarts
  readonly schedules: readonly CommandSchedule[]
  readonly warmups: WarmupKeeper
  readonly hosts: HostWatch
  readonly suppression: SuppressionDesk
  readonly reports: ReportsThread
  readonly plugins: PluginNotices
}

function liveStatus({
  launch,
  links,
  pump,
  restarts,
  schedules,
  warmups,
  hosts,
  suppression,
  reports: counted,
  plugins,
}: LiveSources): Omit<LiveStatus, 'alarms'> {
  const reports = links.reports()
  const at = systemClock.now()
  const alerts = [
    ...reports.flatMap((report) => report.alerts),
    ...restarts.alerts(at),
    ...schedules.flatMap((schedule) => schedule.alerts()),
    ...warmups.alerts(),
    ...hosts.alerts(),
    ...suppression.alerts(),
    ...counted.alerts(),
    ...plugins.alerts(),
  ]
  if (pump.trouble !== null)
    alerts.push({
      at,
      what: `Events and logs cannot be written: ${pump.trouble}.`,
      mend: 'They wait in the spool; make room or mend the disk.',
    })
  for (const slot of links.missing())
    alerts.push({
      key: `silent ${slot}`,
      at,
      what: `Worker ${slot} does not answer.`,
      mend: 'It starts, or is started again by itself; its log tells more.',
    })
  // What all workers see is one alert.
  const unique = new Map(alerts.map((alert) => [('key' in alert ? alert.key : undefined) ?? alert.what, alert]))
  return {
    running: true,
    version: launch.version,
    startedAt: launch.startedAt,
    workers: reports.map((report) => report.status),
    alerts: [...unique.values()],
    // What the version before still ends does not stop this one.
    stopping: links.reports('own').flatMap((report) => report.stopping),
  }
}
