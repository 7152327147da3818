// Whether mail could leave from a source, without any: its address is bound, its exit connected to; one of SOCKS5 has to let us in.
import { connect, createServer, type Socket } from 'node:net'
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { OutboundExit, OutboundTarget } from '../../engine/ports/outbound.ts'
import { exitWords, SocksDialog } from './exit.ts'

const PATIENCE: Ms = 5000

/** Null: it can be used. */
export function probeSource(clock: Clock, { localAddress, exit }: Pick<OutboundTarget, 'localAddress' | 'exit'>): Promise<string | null> {
  if (exit !== undefined) return reach(clock, exit).then((reason) => reason && `${exitWords(exit)} cannot be used: ${reason}`)
  if (localAddress === null) return Promise.resolve(null)
  return bind(localAddress).then((reason) => reason && `${localAddress} cannot be bound: ${reason}`)
}

function reach(clock: Clock, exit: OutboundExit): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: exit.host, port: exit.port })
    const end = (reason: string | null): void => {
      late[Symbol.dispose]()
      socket.destroy()
      resolve(reason)
    }
    // Not by the silence of the socket: it may say an octet now and then.
    const late = clock.after(PATIENCE, () => end(`no answer within ${PATIENCE / 1000} s`))
    socket.once('error', (error) => end(error.message))
    socket.once('close', () => end('it closed the connection'))
    if (exit.kind === 'haproxy') socket.once('connect', () => end(null))
    else knock(socket, exit, end)
  })
}

/** Up to where it would be told whom to connect to. */
function knock(socket: Socket, { login }: OutboundExit, end: (reason: string | null) => void): void {
  const dialog = new SocksDialog({ address: '0.0.0.0', port: 0 }, login)
  socket.once('connect', () => socket.write(dialog.begin))
  socket.on('data', (octets: Buffer) => {
    const step = dialog.receive(octets)
    if (dialog.isAsking) return end(null)
    if (step.kind === 'failed') return end(step.reason)
    if (step.kind === 'more' && step.send !== null) socket.write(step.send)
  })
}

/** A port of the system's choice, for a moment. */
function bind(host: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(error.message))
    server.listen({ host, port: 0 }, () => server.close(() => resolve(null)))
  })
}
