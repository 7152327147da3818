// The addresses that the configuration names, each tried by taking it, and the name servers, asked for a name that is
// reserved for examples (rfc:2606), so that nobody learns anything.
import { createServer, isIP } from 'node:net'
import { systemClock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'
import type { Config } from '../../contract/options.ts'
import { createResolver } from '../../net/dns/resolver.ts'
import { formatSocketAddress } from '../config/option-value.ts'
import type { PreflightCheck, RunningHere } from './check.ts'

export const LISTENERS = [
  'smtp.listen',
  'smtps.listen',
  'inject.listen',
  'inject.tls_listen',
  'tracking.listen',
  'tracking.tls_listen',
  'panel.listen',
  'panel.tls_listen',
  'simulator.listen',
] as const

export interface PortTrouble {
  /** A clause. */
  readonly reason: string
  readonly mend: string
}

/** Why the address of an option cannot be taken; undefined where it can. */
export async function portTrouble(name: string, address: SocketAddress): Promise<PortTrouble | undefined> {
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', resolve)
    server.listen({ ...address, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
  return error === undefined ? undefined : { reason: reason(error), mend: mendOf(error, name, address) }
}

/** One line for all that is well, one for each address that is not. */
export async function checkPorts(config: Config, running: RunningHere | undefined): Promise<PreflightCheck[]> {
  const needed = 'every address of the configuration free, or held by the server of this home'
  const fine: string[] = []
  const problems: PreflightCheck[] = []
  for (const name of LISTENERS) {
    for (const address of config[name]) {
      const text = formatSocketAddress(address)
      const ours = isHeldBy(running, name, address)
      const trouble = ours ? undefined : await portTrouble(name, address)
      if (trouble === undefined) fine.push(`${text} ${ours ? `ours (process ${running?.pid})` : 'free'}`)
      else
        problems.push({
          check: 'ports',
          ok: false,
          found: `${text} (${name}): ${trouble.reason}`,
          needed,
          mend: trouble.mend,
        })
    }
  }
  if (problems.length > 0) return problems
  return [{ check: 'ports', ok: true, found: fine.length === 0 ? 'no address is configured' : fine.join(', '), needed, mend: null }]
}

/** A host that is a name was looked up by the server: then the port tells. Port 0 is whichever was drawn. */
function isHeldBy(running: RunningHere | undefined, name: string, { host, port }: SocketAddress): boolean {
  const held = running?.addresses[name] ?? []
  return held.some((one) => (one.port === port || port === 0) && (one.host === host || isIP(host) === 0))
}

function reason(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') return 'another program listens there'
  if (error.code === 'EACCES' || error.code === 'EPERM') return 'this user may not listen there'
  return error.code === 'EADDRNOTAVAIL' ? 'this machine has no such address' : messageOf(error)
}

function mendOf(error: NodeJS.ErrnoException, name: string, { port }: SocketAddress): string {
  if (error.code === 'EADDRINUSE') return `Stop it ('ss -ltnp sport = :${port}' names it), or set ${name} to another address.`
  if (error.code === 'EACCES' || error.code === 'EPERM')
    return 'Start it by its systemd unit, which has the right to ports below 1024; or use a port from 1024 up.'
  return `Set ${name} to an address of this machine.`
}

export async function checkNameServer(config: Config): Promise<PreflightCheck> {
  const base = { check: 'name server', needed: 'a name server that answers' }
  const mend = 'Set dns.servers, or mend /etc/resolv.conf. Fixed routes to addresses work without DNS.'
  const which = config['dns.servers'].length === 0 ? 'those of /etc/resolv.conf' : config['dns.servers'].join(', ')
  try {
    using resolver = createResolver({ servers: config['dns.servers'], timeout: config['dns.timeout'], clock: systemClock })
    const start = performance.now()
    const answer = await resolver.query('example.com', 'MX')
    if (answer.kind === 'trouble') return { ...base, ok: true, found: `${which}: ${answer.reason}`, mend }
    return { ...base, ok: true, found: `${which}: answered after ${Math.ceil(performance.now() - start)} ms`, mend: null }
  } catch (error) {
    return { ...base, ok: false, found: messageOf(error), mend }
  }
}
