// Hands messages to a syslog receiver: UDP (rfc:5426), TCP with counted octets (rfc:6587), TLS (rfc:5425), or the socket of this machine. A
// connection lasts for what is handed over at once. UDP and the local socket promise nothing: what left is taken to have arrived.
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { isIP, connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Ms } from '../../base/brand.ts'
import { type Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import { framed } from '../../message/syslog.ts'

export type SyslogTarget =
  | { readonly kind: 'udp' | 'tcp' | 'tls'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

const PORTS = { udp: 514, tcp: 601, tls: 6514 } as const
const PATIENCE: Ms = 10_000
/** In octets; logger itself would cut off at 1024. */
const LONGEST_LOCAL = 8192
/** What connect(2) says of a socket that takes datagrams. */
const IS_DATAGRAM = 'EPROTOTYPE'

/** As `alerts.syslog` says it; null: that is none. */
export function parseSyslogTarget(text: string): SyslogTarget | null {
  if (/^unix:\/\/\/./.test(text)) return { kind: 'unix', path: text.slice('unix://'.length) }
  const [, kind, host, port] = /^(udp|tcp|tls):\/\/(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?\/?$/i.exec(text) ?? []
  if (kind === undefined || host === undefined) return null
  const protocol = kind.toLowerCase() as keyof typeof PORTS
  const number = port === undefined ? PORTS[protocol] : Number(port)
  return number > 0 && number < 65_536 ? { kind: protocol, host: host.replace(/^\[|\]$/g, ''), port: number } : null
}

/** Null: all left. Otherwise why not, as the end of a sentence. Never rejects. */
export async function sendSyslog(target: SyslogTarget, messages: readonly Buffer[], clock: Clock): Promise<string | null> {
  try {
    if (target.kind === 'udp') await sendDatagrams(target, messages)
    else if (target.kind === 'unix') await sendLocally(target.path, messages, clock)
    else await stream(() => connectTo(target), Buffer.concat(messages.map(framed)), clock)
    return null
  } catch (error) {
    return messageOf(error)
  }
}

async function sendDatagrams({ host, port }: { readonly host: string; readonly port: number }, messages: readonly Buffer[]): Promise<void> {
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4')
  try {
    for (const message of messages)
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject)
        socket.send(message, port, host, (error) => (error === null ? resolve() : reject(error)))
      })
  } finally {
    socket.close()
  }
}

function connectTo({ kind, host, port }: { readonly kind: string; readonly host: string; readonly port: number }): Socket {
  if (kind === 'tcp') return connectTcp({ host, port })
  return connectTls({ host, port, minVersion: 'TLSv1.2', ...(isIP(host) === 0 && { servername: host }) })
}

/** Written, and closed by both: a receiver that is gone meanwhile resets the connection. */
function stream(open: () => Socket, octets: Buffer, clock: Clock): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = open()
  const timer = clock.after(PATIENCE, () => socket.destroy(new Error(`it did not take it within ${PATIENCE / 1000} s`)))
  socket.once('error', reject)
  socket.once('close', () => resolve())
  // Nothing is expected from there; what comes is let go of, so that its end is seen.
  socket.resume()
  socket.end(octets)
  return promise.finally(() => {
    timer[Symbol.dispose]()
    socket.destroy()
  })
}

/** A stream where it is one. Most are sockets of datagrams, which Node has not: `logger` of the system sends those. */
async function sendLocally(path: string, messages: readonly Buffer[], clock: Clock): Promise<void> {
  try {
    const octets = Buffer.concat(messages.map((message) => Buffer.concat([message, Buffer.from('\n')])))
    await stream(() => connectTcp({ path }), octets, clock)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === IS_DATAGRAM)) throw error
    for (const message of messages) await byLogger(path, message, clock)
  }
}

function byLogger(path: string, message: Buffer, clock: Clock): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const [, priority = '29', text = ''] = /^<(\d+)>1 (?:\S+ ){5}(.*)$/s.exec(message.toString()) ?? []
  // The socket of a machine takes the older form, which logger writes; the structured data leads the text.
  const about = ['--tag', 'hms', '--priority', nameOf(Number(priority)), '--size', String(LONGEST_LOCAL)]
  const child = spawn('logger', ['--socket', path, '--id', ...about, '--', text], { stdio: ['ignore', 'ignore', 'ignore'] })
  const timer = clock.after(PATIENCE, () => child.kill())
  child.once('error', (error) => reject(new Error(`${path} takes datagrams, for which the program logger is needed: ${error.message}`)))
  child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`logger could not write to ${path}`))))
  return promise.finally(() => timer[Symbol.dispose]())
}

const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const

function nameOf(priority: number): string {
  return `daemon.${LEVELS[priority % 8] ?? 'notice'}`
}
