// What Node's permission model leaves open, closed: connections to Unix sockets (the server's own are among them), the network for who did
// not ask for it, signals to other processes. It keeps mistakes in; whoever writes code to break out of it is no plug-in's author but an
// intruder, and had the owner's rights before.
import dgram from 'node:dgram'
import { Server, Socket } from 'node:net'

function denied(what: string): Error {
  return Object.assign(new Error(`A plug-in may not ${what}.`), { code: 'ERR_ACCESS_DENIED' })
}

export function fence(network: boolean): void {
  const { connect } = Socket.prototype
  const guarded = function (this: Socket, ...args: unknown[]): Socket {
    const refused = isPath(args)
      ? denied('connect to a Unix socket')
      : network
        ? null
        : denied('use the network, as its manifest does not ask for it')
    if (refused === null) return Reflect.apply(connect, this, args) as Socket
    process.nextTick(() => this.destroy(refused))
    return this
  }
  Object.defineProperty(Socket.prototype, 'connect', { value: guarded, writable: false, configurable: false })
  Object.defineProperty(Server.prototype, 'listen', {
    value: () => {
      throw denied('listen')
    },
    writable: false,
    configurable: false,
  })
  if (!network)
    Object.defineProperty(dgram.Socket.prototype, 'send', {
      value: () => {
        throw denied('use the network, as its manifest does not ask for it')
      },
      writable: false,
      configurable: false,
    })
  process.kill = () => {
    throw denied('send signals')
  }
}

/** Node itself calls it with the normalized list of arguments, too. */
function isPath(args: readonly unknown[]): boolean {
  const first: unknown = Array.isArray(args[0]) ? args[0][0] : args[0]
  if (typeof first === 'string') return Number.isNaN(Number(first))
  return typeof first === 'object' && first !== null && 'path' in first && first.path !== undefined && first.path !== null
}
