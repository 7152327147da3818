// What a worker on trial has beside a real one, until it is told to serve: a listener on loopback that is nobody else's, a mailbox
// simulator of its own, and settings by which that listener takes mail for the simulator and nothing else goes anywhere.
import { ANONYMOUS_ACCOUNT } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { NO_RULES } from '../../contract/rules.ts'
import { newAccount, type Settings } from '../../contract/settings.ts'
import { ConnectionLimits } from '../../net/inbound/connection-limits.ts'
import { createSmtpListener, type SmtpListener, type SmtpListenerOptions } from '../../net/inbound/smtp-listener.ts'
import { reply } from '../../smtp/reply.ts'
import type { ServerHandler } from '../../smtp/server/handler.ts'
import type { Launch } from '../launch.ts'
import { sessionOf, timeoutsOf } from '../listeners.ts'
import { createSimulatorHandler, SIMULATOR_DOMAIN } from '../simulator-handler.ts'

const LOOPBACK = { host: '127.0.0.1', port: 0 }
const MOST_SESSIONS = 10
const ELSEWHERE = reply(550, '5.7.1', 'This listener is for the trial of a release.')

export interface TrialWorker {
  /** Instead of the real ones, as long as the trial lasts. */
  readonly settings: Settings
  /** Begins to listen; resolves with the port. */
  listen(handlerFor: SmtpListenerOptions['handlerFor']): Promise<number>
  /** Resolves when the simulator has taken a message. */
  readonly taken: Promise<void>
  close(): Promise<void>
}

export async function openTrialWorker(launch: Launch, settings: Settings, log: Log): Promise<TrialWorker> {
  const { config } = launch
  const common = {
    on: LOOPBACK,
    certificate: null,
    implicitTls: false,
    proxyFrom: [],
    xclientFrom: [],
    session: sessionOf(config, SIMULATOR_DOMAIN),
    timeouts: timeoutsOf(config),
    limits: new ConnectionLimits({
      sessions: MOST_SESSIONS,
      sessionsPerAddress: MOST_SESSIONS,
      connectionsPerMinute: 1000,
      clock: systemClock,
    }),
    clock: systemClock,
    log,
  }
  const taken = Promise.withResolvers<void>()
  const simulator = await createSmtpListener({ ...common, handlerFor: () => telling(createSimulatorHandler(systemClock), taken.resolve) })
  let listener: SmtpListener | null = null
  return {
    settings: trialSettings(settings, simulator.address.port),
    taken: taken.promise,
    listen: async (handlerFor) => {
      listener = await createSmtpListener({ ...common, handlerFor: (client) => onlySimulator(handlerFor(client)) })
      return listener.address.port
    },
    close: async () => {
      await Promise.all([simulator.close(0), listener?.close(0)])
    },
  }
}

/** Loopback may relay, as an account that refuses nothing; the only route leads to the simulator of the trial. */
function trialSettings(settings: Settings, port: number): Settings {
  const route = { host: LOOPBACK.host, port, tls: 'none', implicitTls: false, user: null, password: null } as const
  return {
    ...settings,
    accounts: new Map([[ANONYMOUS_ACCOUNT, newAccount(ANONYMOUS_ACCOUNT, 'trial of a release')]]),
    credentials: new Map(),
    injectionKeys: new Map(),
    senderDomains: new Map(),
    suspensions: [],
    sourceStates: [],
    exitLogins: [],
    rebindings: [],
    tokenKeys: [],
    ownDomains: new Map(),
    reporters: [],
    trackingHosts: [],
    postSecrets: new Map(),
    rules: { version: 0, document: NO_RULES },
    smartRules: { version: 0, document: NO_RULES, pinned: true },
    warmups: new Map(),
    relays: [{ cidr: `${LOOPBACK.host}/32` }],
    routes: [{ pattern: SIMULATOR_DOMAIN, ...route }],
  }
}

/** Whoever else is on this machine gets nowhere by that port. */
function onlySimulator(handler: ServerHandler): ServerHandler {
  return {
    connected: (client) => handler.connected(client),
    hello: (client) => handler.hello?.(client) ?? null,
    checkPassword: (...login) => handler.checkPassword(...login),
    scramVerifier: (...login) => handler.scramVerifier(...login),
    scramFinished: (...login) => handler.scramFinished(...login),
    mail: (...request) => handler.mail(...request),
    recipient: (request, client) => (request.recipient.domain === SIMULATOR_DOMAIN ? handler.recipient(request, client) : ELSEWHERE),
    begin: (client) => handler.begin(client),
    reset: () => handler.reset(),
    closed: () => handler.closed(),
  }
}

/** The simulator takes the message's octets: its recipient was one of those that succeed. */
function telling(handler: ServerHandler, taken: () => void): ServerHandler {
  return {
    ...handler,
    begin: (client) => {
      taken()
      return handler.begin(client)
    },
  }
}
