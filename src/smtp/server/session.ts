// A server session of SMTP as a machine without I/O: octets in, replies out, decisions asked of the handler.
import type { TlsOutcome } from '../../contract/events.ts'
import type { ServerHandler } from './handler.ts'
import type { ClientBase, ServerSessionOptions, SessionOutput, SessionTimeout, SessionWait } from './session-io.ts'

export class ServerSession {
  readonly #io: SessionOutput

  /** `tls`: the outcome on a listener with TLS from the first octet, else null. One handler for each session. */
  constructor(_options: ServerSessionOptions, _handler: ServerHandler, _base: ClientBase, _tls: TlsOutcome | null, io: SessionOutput) {
    this.#io = io
  }

  /** What is waited for now: which of the driver's clocks runs. */
  get wait(): SessionWait {
    return 'closed'
  }

  /** Greets, or refuses and closes. Call once, after PROXY and implicit TLS are through. */
  start(): void {}

  /** Octets from the client. `chunk` is only read during the call: its memory may be used again afterwards. */
  feed(_chunk: Buffer): void {}

  /** The handshake asked for by `startTls` is done. When it fails, destroy the socket and call `ended`. */
  tlsEstablished(_tls: TlsOutcome): void {}

  /** A clock ran out: says 421 where that can still be said, and closes. */
  timeout(_kind: SessionTimeout): void {}

  /** The server stops: an idle session is told 421 and closed at once, a busy one after the message in hand. */
  stop(): void {
    this.#io.close()
  }

  /** The connection is gone, whoever ended it. Aborts what was under way and tells the handler, once. */
  ended(): void {}
}
