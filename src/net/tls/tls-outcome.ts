// What a finished handshake came to, as events tell it.
import type { TLSSocket } from 'node:tls'
import type { TlsOutcome } from '../../contract/events.ts'

/** Of a socket whose handshake is done. `verified`: the peer's certificate was asked for, and matched under a trusted root. */
export function tlsOutcome(socket: TLSSocket): TlsOutcome {
  return { version: socket.getProtocol() ?? 'unknown', cipher: socket.getCipher()?.name ?? 'unknown', verified: socket.authorized }
}
