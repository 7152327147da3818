// The worker: all that touches mail. Wires spool, resolver, connections, signing and listeners to the engine, and answers
// on the bus. Nothing here decides anything about a message.
import { hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ms, ShardId } from '../base/brand.ts'
import { systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Config } from '../contract/options.ts'
import { createEngine, type Engine } from '../engine/engine.ts'
import type { SpoolHealth, SpoolListener } from '../engine/ports/spool.ts'
import { keyFile, masterFile } from '../lifecycle/home-files.ts'
import { serveBus } from '../net/bus/server.ts'
import { createMailResolver } from '../net/dns/mail-resolver.ts'
import { createResolver } from '../net/dns/resolver.ts'
import { createOutbound, type OutboundTimeouts } from '../net/outbound/outbound.ts'
import { openSettings } from '../store/sqlite/settings.ts'
import { openSpool, type SqliteSpool } from '../store/sqlite/spool.ts'
import { workerSocketPath } from './home.ts'
import { hostNameOf } from './host-name.ts'
import { type Listeners, openWorkerListeners } from './listeners.ts'
import { pause } from './pause.ts'
import type { Launch } from './launch.ts'
import type { RoleContext, RunningRole } from './role.ts'
import { SettingsWatch } from './settings-watch.ts'
import { OutboxNews, workerHandlers } from './worker-bus.ts'
import { createWorkerSigner } from './worker-signer.ts'

/** Events of the last deliveries may still go to the desk before the spool is closed; what does not stays in the outbox. */
const LAST_EVENTS_WITHIN: Ms = 2000
const LAST_EVENTS_LOOK: Ms = 50

/** Starts a worker; what it opened is closed in reverse order by `stop`. */
export async function startWorker({ launch, log }: RoleContext): Promise<RunningRole> {
  await using opened = new AsyncDisposableStack()
  const { config, home } = launch
  const clock = systemClock
  const store = opened.use(openSettings({ file: masterFile(home), keyFile: keyFile(home, config) }))
  const settings = opened.use(new SettingsWatch(store, log))
  const hostName = hostNameOf(config)
  const listener = new LateListener()
  const spool = opened.use(await openSpoolOf(launch, { epoch: store.epoch(), log, listener }))
  const dns = opened.use(createResolver({ servers: config['dns.servers'], timeout: config['dns.timeout'], clock }))
  const resolver = createMailResolver({
    resolver: dns,
    hostName,
    listeners: [...launch.addresses['smtp.listen'], ...launch.addresses['smtps.listen']],
    port: config['delivery.port'],
    allowPrivate: config['delivery.allow_private'],
  })
  const engine = createEngine({
    spool,
    outbound: createOutbound({ timeouts: timeoutsOf(config), clock, log }),
    resolver,
    signer: createWorkerSigner(() => settings.current, clock.now, launch.slots),
    settings: () => settings.current,
    // Where it really listens: a port that was left open is known only now.
    config: { ...config, 'simulator.listen': launch.addresses['simulator.listen'] },
    hostName,
    workers: launch.slots,
    secret: decoySecret(keyFile(home, config)),
    clock,
    log,
    random: Math.random,
  })
  listener.forward(engine.listener)
  settings.onChange(() => engine.settingsChanged())
  const listeners = await openWorkerListeners({ launch, hostName, handlerFor: () => engine.handlerFor(), log })
  let asked = false
  const stopping = (): readonly string[] => (asked ? waitingFor(engine, listeners) : [])
  const news = new OutboxNews(spool)
  const handlers = workerHandlers({ slot: launch.slot, engine, spool, news, lookAtSettings: () => settings.look(), stopping })
  opened.use(await serveBus(workerSocketPath(home, launch.slot), handlers, { version: launch.version, log }))
  const held = opened.move()
  return {
    stopping,
    stop: async (grace) => {
      asked = true
      await Promise.all([listeners.close(grace), engine.stop(grace)])
      await lastEvents(spool, news)
      await held.disposeAsync()
    },
  }
}

/** Never empty: a worker that stops is not ready, whatever it still does. */
function waitingFor(engine: Engine, { open }: Listeners): readonly string[] {
  const sessions = open === 0 ? [] : [`${open} inbound ${open === 1 ? 'session' : 'sessions'}`]
  const all = [...engine.stopping(), ...sessions]
  return all.length > 0 ? all : ['its last events to be told']
}

/** Gives the desk a moment to take the last events; what it does not take stays in the outbox. */
async function lastEvents(spool: SqliteSpool, news: OutboxNews): Promise<void> {
  const until = performance.now() + LAST_EVENTS_WITHIN
  while (performance.now() < until && news.followed && (await hasEvents(spool))) await pause(LAST_EVENTS_LOOK)
}

async function hasEvents(spool: SqliteSpool): Promise<boolean> {
  for (const shard of spool.shards()) if ((await spool.read(shard, 0, 1)).length > 0) return true
  return false
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
  { epoch, log, listener }: { readonly epoch: string; readonly log: Log; readonly listener: SpoolListener },
): Promise<SqliteSpool> {
  return openSpool({
    folder: join(home, 'spool'),
    epoch,
    slot,
    workers: slots,
    lowWater: { bytes: config['spool.low_water'], percent: config['spool.low_water_percent'] },
    reserve: config['spool.reserve'],
    clock: systemClock,
    log,
    listener,
    mode: 'worker',
  })
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
