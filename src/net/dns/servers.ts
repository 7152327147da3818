// The name servers to ask: those that the owner set, or those of /etc/resolv.conf, which is read again as it changes.
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { Fault } from '../../base/fault.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'

const PORT = 53
/** resolv.conf(5): without a nameserver line the one on this machine is asked. */
const FALLBACK: SocketAddress = { host: '127.0.0.1', port: PORT }

/** `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]:53`. Throws a `Fault`. */
export function parseServer(text: string): SocketAddress {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text)
  const plain = isIP(text) ? [text, text] : /^([\d.]+):(\d{1,5})$/.exec(text)
  const [, host, port] = bracketed ?? plain ?? []
  const number = port === undefined ? PORT : Number(port)
  if (host !== undefined && isIP(host) && number > 0 && number < 65_536) return { host, port: number }
  throw new Fault('bad-name-server', `${text} is not the address of a name server.`, {
    blame: 'owner',
    mend: 'Write dns.servers as address or address:port, for example 192.0.2.53 or [2001:db8::53]:53.',
  })
}

/** The servers of the text of a resolv.conf. */
export function parseResolvConf(text: string): readonly SocketAddress[] {
  const hosts = [...text.matchAll(/^[ \t]*nameserver[ \t]+(\S+)/gm)].map((match) => match[1] ?? '').filter((host) => isIP(host))
  return hosts.length > 0 ? hosts.map((host) => ({ host, port: PORT })) : [FALLBACK]
}

/**
 * Whether a server is believed that DNSSEC proves an answer: nobody stands between it and us, or the owner says so (rfc:7672#2.1: the
 * channel to the resolver must be secure). `trusted`: as in the option `dns.trusted`.
 */
export function isTrustedServer({ host, port }: SocketAddress, trusted: readonly SocketAddress[]): boolean {
  return isLoopback(host) || trusted.some((one) => one.host === host && one.port === port)
}

function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.') || host.startsWith('::ffff:127.')
}

/** The servers of `path`; where it cannot be read, the one on this machine. */
export function systemServers(path = '/etc/resolv.conf'): readonly SocketAddress[] {
  try {
    return parseResolvConf(readFileSync(path, 'utf8'))
  } catch {
    return [FALLBACK]
  }
}
