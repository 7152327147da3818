// Whom a passkey is for: the name of the host that a page of ours was opened by. A page of another server at the same host, and a caller who says
// some name, must not pass for ours: names and ports are those of the configuration. At other ports of `localhost` are programs of others.
import type { CallFacts } from '../../contract/access.ts'

export interface PanelNames {
  /** Lower case. */
  readonly hosts: readonly string[]
  /** Of panel.tls_listen; the usual one of HTTPS is always ours, as a proxy may listen there. */
  readonly ports: readonly number[]
  /** Of panel.listen, where the name is localhost. */
  readonly plainPorts: readonly number[]
}

export interface RelyingParty {
  /** A domain name. */
  readonly id: string
  /** As the browser signs it. */
  readonly origin: string
}

const LONGEST_ORIGIN = 300

/** Undefined: a page there takes no passkeys. */
export function relyingParty({ origin }: Pick<CallFacts, 'origin'>, { hosts, ports, plainPorts }: PanelNames): RelyingParty | undefined {
  if (origin === undefined || origin.length > LONGEST_ORIGIN || !URL.canParse(origin)) return undefined
  const url = new URL(origin)
  if (url.origin !== origin) return undefined
  const { hostname, protocol, port } = url
  const isPlain = protocol === 'http:' && hostname === 'localhost' && plainPorts.includes(Number(port === '' ? 80 : port))
  const isNamed = hostname === 'localhost' || hosts.includes(hostname)
  const isOurs = isPlain || (protocol === 'https:' && isNamed && (port === '' || ports.includes(Number(port))))
  return isOurs ? { id: hostname, origin } : undefined
}
