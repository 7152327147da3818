// Listeners for SMTP on inherited sockets: the worker's for mail that comes in, the desk's for the mailbox simulator.
import type { Ms } from '../base/brand.ts'
import { systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Config } from '../contract/options.ts'
import { tlsFiles } from '../lifecycle/home-files.ts'
import { ConnectionLimits } from '../net/inbound/connection-limits.ts'
import { createSmtpListener, type SmtpListener, type SmtpListenerOptions } from '../net/inbound/smtp-listener.ts'
import { loadServerCertificate, type ServerCertificate } from '../net/tls/server-certificate.ts'
import type { TraceHub } from '../net/trace.ts'
import { type Launch, placesOf } from './launch.ts'
import { createSimulatorHandler } from './simulator-handler.ts'

/** All listeners of a process. */
export interface Listeners {
  /** Connections open now. */
  readonly open: number
  /** Accepts no more; resolves when every session has ended, at the latest after `grace`. They are left alone for `patience`. */
  close(grace: Ms, patience?: Ms): Promise<void>
}

export interface WorkerListening {
  readonly launch: Launch
  readonly hostName: string
  readonly handlerFor: SmtpListenerOptions['handlerFor']
  readonly log: Log
  readonly trace: TraceHub
}

/** A worker's part of a limit that all workers share. */
function shareOf(limit: number, { slots }: Launch): number {
  return Math.ceil(limit / slots)
}

/** Listens at smtp.listen and smtps.listen. Rejects with a Fault where the certificate cannot be used. */
export async function openWorkerListeners({ launch, hostName, handlerFor, log, trace }: WorkerListening): Promise<Listeners> {
  const { config } = launch
  const certificate = certificateOf(launch, log)
  const common = {
    certificate,
    proxyFrom: config['smtp.proxy_from'],
    xclientFrom: config['smtp.xclient_from'],
    session: sessionOf(config, hostName),
    timeouts: timeoutsOf(config),
    limits: new ConnectionLimits({
      sessions: shareOf(config['smtp.sessions'], launch),
      // The kernel spreads the connections of one address unevenly: each worker lets the whole number in.
      sessionsPerAddress: config['smtp.sessions_per_address'],
      connectionsPerMinute: config['smtp.connections_per_minute'],
      clock: systemClock,
    }),
    handlerFor,
    clock: systemClock,
    log,
    trace,
  }
  const listeners: SmtpListener[] = []
  for (const on of placesOf(launch, 'smtp.listen')) listeners.push(await createSmtpListener({ ...common, implicitTls: false, on }))
  for (const on of placesOf(launch, 'smtps.listen')) listeners.push(await createSmtpListener({ ...common, implicitTls: true, on }))
  return together(listeners, certificate)
}

/** The mailbox simulator at simulator.listen, with the same server session as the real thing. */
export async function openSimulator(launch: Launch, log: Log): Promise<Listeners> {
  const limits = new ConnectionLimits({ sessions: 1000, sessionsPerAddress: 1000, connectionsPerMinute: 1_000_000, clock: systemClock })
  const listeners: SmtpListener[] = []
  const { config } = launch
  for (const on of placesOf(launch, 'simulator.listen')) {
    const listener = await createSmtpListener({
      on,
      certificate: null,
      implicitTls: false,
      proxyFrom: [],
      xclientFrom: [],
      session: sessionOf(config, 'simulator.hms.test'),
      timeouts: timeoutsOf(config),
      limits,
      handlerFor: () => createSimulatorHandler(systemClock),
      clock: systemClock,
      log,
    })
    listeners.push(listener)
  }
  return together(listeners, null)
}

export function certificateOf({ home, config, ticketKeys }: Launch, log: Log): ServerCertificate {
  const { cert, key } = tlsFiles(home, config)
  return loadServerCertificate({
    certFile: cert,
    keyFile: key,
    minVersion: config['smtp.tls_min'],
    ticketKeys: Buffer.from(ticketKeys, 'base64'),
    clock: systemClock,
    log,
  })
}

export function sessionOf(config: Config, hostName: string): SmtpListenerOptions['session'] {
  return {
    hostName,
    plainAuth: config['smtp.plain_auth'],
    bareNewline: config['smtp.bare_newline'],
    messageSize: config['smtp.message_size'],
    recipients: config['smtp.recipients'],
    commandLength: config['smtp.command_length'],
    commands: config['smtp.commands'],
    errors: config['smtp.errors'],
  }
}

export function timeoutsOf(config: Config): SmtpListenerOptions['timeouts'] {
  return {
    command: config['smtp.timeout_command'],
    data: config['smtp.timeout_data'],
    session: config['smtp.timeout_session'],
    stranger: config['smtp.timeout_stranger'],
  }
}

function together(listeners: readonly SmtpListener[], certificate: ServerCertificate | null): Listeners {
  return {
    get open() {
      return listeners.reduce((sum, { open }) => sum + open, 0)
    },
    async close(grace, patience) {
      certificate?.[Symbol.dispose]()
      await Promise.all(listeners.map((listener) => listener.close(grace, patience)))
    },
  }
}
