// What a session knows of its client, in the words of others: the protocol's name in Received, and who it is behind XCLIENT.
import type { TlsOutcome } from '../../contract/events.ts'
import type { XclientAttributes } from './command.ts'
import type { ClientBase } from './session-io.ts'

/** rfc:3848, rfc:6531#4.3 */
export function protocolName(
  { esmtp, tls, user }: { readonly esmtp: boolean; readonly tls: TlsOutcome | null; readonly user: string | null },
  utf8: boolean,
): string {
  if (!esmtp) return 'SMTP'
  return `${utf8 ? 'UTF8SMTP' : 'ESMTP'}${tls === null ? '' : 'S'}${user === null ? '' : 'A'}`
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
