// The protocol between the launcher and the processes that it starts. Environment HMS_LAUNCH: a `Launch` as JSON.
// Descriptor 3 is the lifeline: its end of file says that the launcher is gone (drain and end within 30 s), the child writes
// `ChildWord`s to it and reads `ChildOrder`s, one JSON object a line. Descriptors from 4 on are bound sockets, named in `sockets`.
// SIGTERM asks for an orderly end. Exit codes: 0 in order, 70 a bug, 78 the configuration or the home cannot be used.
import { Socket } from 'node:net'
import { Fault } from '../base/fault.ts'
import type { EpochMs, Ms } from '../base/brand.ts'
import type { PerhapsDelivered } from '../contract/bus.ts'
import type { SocketAddress } from '../contract/option-kinds.ts'
import type { Config } from '../contract/options.ts'
import type { WorkerLine } from './home.ts'
import { speakLines } from './lines.ts'

const LAUNCH_PROTOCOL = 2
const LIFELINE_FD = 3
export const FIRST_SOCKET_FD = 4
/** A child whose launcher is gone ends within this time. */
export const ORPHAN_GRACE: Ms = 25_000

export const EXIT_BUG = 70
export const EXIT_CONFIG = 78

export type ListenOption =
  | 'smtp.listen'
  | 'smtps.listen'
  | 'inject.listen'
  | 'inject.tls_listen'
  | 'tracking.listen'
  | 'tracking.tls_listen'
  | 'panel.listen'
  | 'panel.tls_listen'
  | 'simulator.listen'

/** A bound, not yet listening socket; `fd` null: there is no launcher, and the address is bound by who listens (tests). */
export interface InheritedSocket {
  readonly option: ListenOption
  readonly address: SocketAddress
  readonly fd: number | null
}

export interface Launch {
  readonly protocol: number
  readonly role: 'worker' | 'desk' | 'control'
  /** From 0; 0 for the desk and control. */
  readonly slot: number
  /** Number of workers. */
  readonly slots: number
  readonly version: string
  readonly home: string
  /** When the launcher started. */
  readonly startedAt: EpochMs
  readonly config: Config
  readonly sockets: readonly InheritedSocket[]
  /** 48 random octets in base64, new at each start: TLS sessions of one worker can be resumed at another. */
  readonly ticketKeys: string
  /** Every address that the tree listens at, by option: port 0 is resolved here. */
  readonly addresses: ListenAddresses
  /** Which sockets are those of this launcher's workers. */
  readonly line: WorkerLine
  /** A worker that is up but neither listens nor adopts shards before it is told to serve: its launcher is not the one that leads yet. */
  readonly waiting: boolean
  /** A worker that waits, and meanwhile takes mail for the simulator at a loopback port of its own, to show that its release works. */
  readonly trial: boolean
  /** For the desk: workers of the launcher before this one that still end what they had begun. */
  readonly leaving: { readonly line: WorkerLine; readonly slots: number } | null
  /** For control: slots whose workers run already. */
  readonly living: readonly number[]
}

export type ListenAddresses = Readonly<Record<ListenOption, readonly SocketAddress[]>>

export type ChildWord =
  | { readonly say: 'ready' }
  /** A worker that waited listens now. */
  | { readonly say: 'serving' }
  /** Where the trial's listener is, and that what came there was delivered. */
  | { readonly say: 'trial'; readonly port: number }
  | { readonly say: 'delivered' }
  /** Why it ends at its start. */
  | { readonly say: 'failed'; readonly reason: string; readonly mend: string | null }
  /** While ending: what was cut after its final dot. */
  | { readonly say: 'perhaps'; readonly recipients: readonly PerhapsDelivered[] }
  /** While stopping: what for, in words. */
  | { readonly say: 'waiting'; readonly for: readonly string[] }

export type ChildOrder =
  | { readonly do: 'serve' }
  /** To control: the worker of this slot has ended. */
  | { readonly do: 'died'; readonly slot: number }
  /** End in order: another release serves at the same addresses. */
  | { readonly do: 'leave'; readonly grace: Ms }

export function encodeLaunch(launch: Omit<Launch, 'protocol'>): string {
  return JSON.stringify({ protocol: LAUNCH_PROTOCOL, ...launch } satisfies Launch)
}

/** What the launcher said. Throws a Fault where this process was not started by one of the same protocol. */
export function readLaunch(environment: NodeJS.ProcessEnv, role: Launch['role']): Launch {
  const text = environment['HMS_LAUNCH']
  const launch = text === undefined ? null : (JSON.parse(text) as Launch)
  if (launch?.protocol === LAUNCH_PROTOCOL && launch.role === role) return launch
  throw new Fault('not-launched', `This program is the ${role} of a running server and is started by 'hms start' of the same release.`, {
    blame: 'caller',
  })
}

export interface Lifeline extends Disposable {
  say(word: ChildWord): Promise<void>
}

export interface LifelineHooks {
  /** Called once when the launcher is gone. */
  readonly orphaned: () => void
  readonly ordered: (order: ChildOrder) => void
}

/** The child's end of the lifeline. */
export function openLifeline({ orphaned, ordered }: LifelineHooks): Lifeline {
  const socket = new Socket({ fd: LIFELINE_FD, readable: true, writable: true })
  let closed = false
  const lines = speakLines(socket, { heard: (said) => ordered(said as ChildOrder), nonsense: () => {} })
  socket.on('close', () => {
    if (!closed) orphaned()
  })
  socket.unref()
  return {
    say: (word) => lines.say(word),
    [Symbol.dispose]: () => {
      closed = true
      socket.destroy()
    },
  }
}

/** What to listen on, for each of the sockets of an option. */
export function placesOf({ sockets }: Pick<Launch, 'sockets'>, option: ListenOption): readonly ({ fd: number } | SocketAddress)[] {
  return sockets.filter((socket) => socket.option === option).map(({ fd, address }) => (fd === null ? address : { fd }))
}

export function formatAddress({ host, port }: SocketAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
