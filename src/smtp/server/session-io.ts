// What a server session and its driver say to each other. The driver owns the socket, TLS and the timers; the session
// owns the protocol.

/** What a session is told once, when its connection is accepted. */
export interface ServerSessionOptions {
  /** Name in the greeting and in EHLO; the domain of a bare `<postmaster>` (rfc:5321#4.1.1.3). */
  readonly hostName: string
  /** A certificate is at hand: STARTTLS is offered on a connection in the clear. */
  readonly startTls: boolean
  /** AUTH is offered without TLS too (`smtp.plain_auth`). */
  readonly plainAuth: boolean
  /** The peer may use XCLIENT (`smtp.xclient_from`): judged by the address of the socket, not by what XCLIENT says. */
  readonly xclient: boolean
  /** `smtp.bare_newline`. */
  readonly bareNewline: 'refuse' | 'repair'
  /** Octets, `smtp.message_size`. */
  readonly messageSize: number
  readonly recipients: number
  /** Octets of a command line with its CRLF. A line of an AUTH exchange may always have 12,288 (rfc:4954#4). */
  readonly commandLength: number
  readonly commands: number
  readonly errors: number
}

/** What is known of the connection itself before a word was said. After a PROXY header: what the header says. */
export interface ClientBase {
  readonly address: string
  readonly port: number
  readonly localAddress: string
  readonly localPort: number
}

/**
 * What the session waits for, so that the driver knows which clock runs:
 * `command` a command or a line of AUTH (`smtp.timeout_command`); `data` octets of a message (`smtp.timeout_data`);
 * `us` a decision of our own, no clock on the client; `tls` the handshake; `closed` nothing more.
 * Read it after each call of the session and when a timer fires; it is a plain getter and costs nothing.
 */
export type SessionWait = 'command' | 'data' | 'us' | 'tls' | 'closed'

/** `idle`: the client said nothing for the time of `wait`. `session`: `smtp.timeout_session` is over. */
export type SessionTimeout = 'idle' | 'session'

/** What a session asks of its driver. All calls are made inside a call of the session or when a promise of the handler settles. */
export interface SessionOutput {
  /** A line of the client that is no part of a message, without its CRLF: for whoever watches. It may hold credentials. */
  heard?(line: string): void
  /**
   * Octets for the client (ASCII), once for all replies of a `feed`. A driver that cannot get rid of them reads no more
   * until it can: a client that never reads its replies must not fill our memory.
   */
  write(text: string): void
  /** Begin the TLS handshake on this socket after what was written is out; answer with `tlsEstablished` or `ended`. */
  startTls(): void
  /** End the connection after what was written is out. The session is `closed`; call `ended` when the socket is gone. */
  close(): void
  /** Read no more from the socket until `resume`. What was already read may still be fed; it is kept. */
  pause(): void
  resume(): void
  /** A decision of the handler threw or rejected: a bug. The client was told 451; this is for the log. */
  failed(error: unknown): void
}
