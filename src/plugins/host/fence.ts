// What Node's permission model leaves open, closed: connections to Unix sockets (the server's own are among them), the network for who did
// not ask for it (names of the DNS are one), signals to other processes and their priority. SQLite, which opens any file past that model, is
// switched off by a flag of the process. It keeps mistakes in; whoever writes code to break out of it is no plug-in's author but an
// intruder, and had the owner's rights before.
import dgram from 'node:dgram'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { Server, Socket } from 'node:net'
import os from 'node:os'

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
  close(Server.prototype, 'listen', 'listen')
  if (!network) closeNetwork()
  // What Node itself calls for it is there, too.
  for (const name of ['kill', '_kill', '_debugProcess']) close(process, name, 'send signals')
  close(os, 'setPriority', 'change priorities')
  syncBuiltinESMExports()
}

function closeNetwork(): void {
  const what = 'use the network, as its manifest does not ask for it'
  for (const name of ['send', 'bind', 'connect']) close(dgram.Socket.prototype, name, what)
  for (const place of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype])
    for (let at: object | null = place; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at) as object | null)
      for (const name of Object.getOwnPropertyNames(at)) if (/^(?:lookup|resolve|reverse)/.test(name)) close(at, name, what)
}

function close(place: object, name: string, what: string): void {
  Object.defineProperty(place, name, {
    value: () => {
      throw denied(what)
    },
    writable: false,
    configurable: false,
  })
}

/** Node itself calls it with the normalized list of arguments, too. */
function isPath(args: readonly unknown[]): boolean {
  const first: unknown = Array.isArray(args[0]) ? args[0][0] : args[0]
  if (typeof first === 'string') return Number.isNaN(Number(first))
  return typeof first === 'object' && first !== null && 'path' in first && first.path !== undefined && first.path !== null
}
