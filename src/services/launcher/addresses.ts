// The listening sockets of the tree: bound once by the launcher, one a worker and address (SO_REUSEPORT), and handed to each
// child that is started in that place. They stay bound (and, once a child listened, listening) over a child's crash.
import { lookup } from 'node:dns/promises'
import { closeSync } from 'node:fs'
import { BoundSocket, createServer, isIP } from 'node:net'
import { Fault, messageOf } from '../../base/fault.ts'
import type { Ms } from '../../base/brand.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'
import { formatAddress, type ListenOption } from '../launch.ts'

/** How long an address may still be held by the children of a launcher that was killed. */
const BUSY_FOR: Ms = 3000
const BUSY_STEP: Ms = 100

/** A descriptor of a bound socket; closed with the address. */
interface Bound {
  fd(): number
  close(): void
}

/** One address with a socket for each process that will listen at it. */
export interface BoundAddress extends Disposable {
  readonly option: ListenOption
  readonly address: SocketAddress
  readonly sockets: readonly Bound[]
}

/** Binds `wanted` for `count` processes; port 0 is drawn once for all of them. Rejects with a Fault that names the option. */
export async function bindAddress(option: ListenOption, wanted: SocketAddress, count: number): Promise<BoundAddress> {
  const host = isIP(wanted.host) === 0 ? await numeric(option, wanted) : wanted.host
  if (wanted.port !== 0) await assureFree(option, { host, port: wanted.port })
  const sockets: BoundSocket[] = []
  let { port } = wanted
  try {
    for (let i = 0; i < count; i++) {
      const socket = new BoundSocket({ host, port, reusePort: true })
      sockets.push(socket)
      port = (socket.address() as { port: number }).port
    }
  } catch (error) {
    for (const socket of sockets) socket.close()
    throw addressFault(option, wanted, error)
  }
  return boundAddress(option, { host, port }, sockets)
}

/** An address whose sockets came from the launcher before this one. */
export function inheritedAddress(option: ListenOption, address: SocketAddress, fds: readonly number[]): BoundAddress {
  return boundAddress(
    option,
    address,
    fds.map((fd) => ({ fd: () => fd, close: () => closeSync(fd) })),
  )
}

function boundAddress(option: ListenOption, address: SocketAddress, sockets: Bound[]): BoundAddress {
  return {
    option,
    address,
    sockets,
    [Symbol.dispose]: () => {
      for (const socket of sockets.splice(0)) socket.close()
    },
  }
}

async function numeric(option: ListenOption, wanted: SocketAddress): Promise<string> {
  try {
    return (await lookup(wanted.host)).address
  } catch (error) {
    throw addressFault(option, wanted, error)
  }
}

/** SO_REUSEPORT would let two servers of one user share a port unnoticed: a look without it comes first. */
async function assureFree(option: ListenOption, address: SocketAddress): Promise<void> {
  for (let waited = 0; ; waited += BUSY_STEP) {
    const error = await tryListen(address)
    if (error === null) return
    if (error.code !== 'EADDRINUSE' || waited >= BUSY_FOR) throw addressFault(option, address, error)
    await new Promise((resolve) => setTimeout(resolve, BUSY_STEP))
  }
}

function tryListen(address: SocketAddress): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', resolve)
    server.listen({ ...address, exclusive: true }, () => server.close(() => resolve(null)))
  })
}

function addressFault(option: ListenOption, address: SocketAddress, error: unknown): Fault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const where = `${formatAddress(address)} (${option})`
  const fault = (name: string, message: string, mend: string): Fault => new Fault(name, message, { blame: 'owner', mend, cause: error })
  if (code === 'EADDRINUSE')
    return fault('address-in-use', `Another program listens at ${where}.`, `Stop it, or set ${option} to another address.`)
  if (code === 'EACCES' || code === 'EPERM')
    return fault(
      'address-not-allowed',
      `This user may not listen at ${where}.`,
      'Use a port from 1024 up, or start it by systemd, whose unit gives the right (CAP_NET_BIND_SERVICE).',
    )
  if (code === 'EADDRNOTAVAIL')
    return fault('address-unknown', `This machine has no address for ${where}.`, `Set ${option} to an address of this machine.`)
  return fault('address-unusable', `Cannot listen at ${where}: ${messageOf(error)}.`, `Set ${option} to another address.`)
}
