// What a session knows of its client, in the words of others: the protocol's name in Received, and who it is behind XCLIENT.
import type { TlsOutcome } from '../../contract/events.ts'
import type { XclientAttributes } from './command.ts'
import type { Client } from './handler.ts'
import type { ClientBase } from './session-io.ts'

interface KnownOfClient {
  readonly helo: string
  readonly esmtp: boolean
  readonly tls: TlsOutcome | null
  readonly user: string | null
  readonly mechanism: string | null
}

/** rfc:3848, rfc:6531#4.3 */
function protocolName({ esmtp, tls, user }: KnownOfClient, utf8: boolean): string {
  if (!esmtp) return 'SMTP'
  return `${utf8 ? 'UTF8SMTP' : 'ESMTP'}${tls === null ? '' : 'S'}${user === null ? '' : 'A'}`
}

/** All that is known of him. */
export function describedClient(base: ClientBase, known: KnownOfClient, utf8: boolean): Client {
  const { helo, tls, user, mechanism } = known
  const by = user === null || mechanism === null ? {} : { mechanism }
  return { ...base, helo, tls, user, ...by, protocol: protocolName(known, utf8) }
}

/** What XCLIENT does not say stays as it was. */
export function movedBase(base: ClientBase, { address, port, localAddress, localPort }: XclientAttributes): ClientBase {
  return {
    address: address ?? base.address,
    port: port ?? base.port,
    localAddress: localAddress ?? base.localAddress,
    localPort: localPort ?? base.localPort,
  }
}
