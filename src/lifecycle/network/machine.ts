// What of the machine itself limits delivering: its name servers, and how many connections the kernel has room for.
import type { SocketAddress } from '../../contract/option-kinds.ts'
import type { Config } from '../../contract/options.ts'
import { checkDescriptors, descriptorsOf } from '../preflight/machine.ts'
import type { NetworkCheck } from './check.ts'

/** What others see of us is asked by the thousand: a resolver that many share is refused by blocklists and slow for everybody. */
export function checkOwnResolver(servers: readonly SocketAddress[]): NetworkCheck {
  const far = servers.filter(({ host }) => host !== '::1' && !host.startsWith('127.'))
  if (far.length === 0) return { name: 'resolver', state: 'ok', what: 'The name servers are on this machine.' }
  const what = `The name server ${far[0]?.host} is not on this machine.`
  const mend = 'A resolver of your own (such as unbound, at 127.0.0.1) answers sooner, is not limited, and can prove DANE.'
  return { name: 'resolver', state: 'warn', what, mend }
}

/** As the preflight has it, for whoever looks at the network; `pid`: of a worker that runs, or our own process. */
export function checkOpenFiles(pid: number | null, config: Config): NetworkCheck {
  const { ok, found, needed, mend } = checkDescriptors({ descriptors: descriptorsOf(pid) }, config)
  const what = `${found.charAt(0).toUpperCase()}${found.slice(1)}; ${needed} are needed.`
  return { name: 'open files', state: ok ? 'ok' : 'warn', what, ...(mend !== null && { mend }) }
}

/** `range`: what /proc/sys/net/ipv4/ip_local_port_range holds. One source address has so many connections to one address and port. */
export function checkPortRange(range: string, config: Pick<Config, 'delivery.connections'>): NetworkCheck {
  const [first = 0, last = 0] = range.trim().split(/\s+/).map(Number)
  const room = Math.max(0, last - first + 1)
  const wanted = config['delivery.connections']
  const what = `${room} local ports for ${wanted} outbound connections (delivery.connections).`
  if (room >= 2 * wanted) return { name: 'local ports', state: 'ok', what }
  const mend = 'sysctl -w net.ipv4.ip_local_port_range="10240 65535", and the same in /etc/sysctl.d; or lower delivery.connections.'
  return { name: 'local ports', state: 'warn', what, mend }
}
