// Whether mail could leave from a source, without any: its address is bound, its exit connected to.
import { connect, createServer } from 'node:net'
import type { Ms } from '../../base/brand.ts'
import type { OutboundTarget } from '../../engine/ports/outbound.ts'
import { exitWords } from './exit.ts'

const PATIENCE: Ms = 5000

/** Null: it can be used. */
export function probeSource({ localAddress, exit }: Pick<OutboundTarget, 'localAddress' | 'exit'>): Promise<string | null> {
  if (exit !== undefined) return reach(exit.host, exit.port).then((reason) => reason && `${exitWords(exit)} cannot be used: ${reason}`)
  if (localAddress === null) return Promise.resolve(null)
  return bind(localAddress).then((reason) => reason && `${localAddress} cannot be bound: ${reason}`)
}

function reach(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PATIENCE })
    const end = (reason: string | null): void => {
      socket.destroy()
      resolve(reason)
    }
    socket.once('connect', () => end(null))
    socket.once('timeout', () => end(`no answer within ${PATIENCE / 1000} s`))
    socket.once('error', (error) => end(error.message))
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
