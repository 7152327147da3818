// What the client session asks of the connection that carries it, and the words both use. The session decides; the wire
// has the socket, the time and the octets of the message.
import type { PeerReply } from '../../contract/events.ts'

/** What the session had reached; names the timeout that applies (rfc:5321#4.5.3.2). */
export type ClientPhase = 'connect' | 'greeting' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'body' | 'final' | 'idle'

/** Why no session came about. A reply in these phases belongs to the source or route, never to a recipient. */
export interface OpeningFailure {
  readonly kind: 'refused' | 'timeout' | 'network' | 'tls' | 'reply' | 'source'
  readonly phase: ClientPhase
  readonly reply: PeerReply | null
  readonly reason: string
}

/** How one recipient fared inside a transaction. */
export type RecipientOutcome =
  | { readonly kind: 'accepted'; readonly reply: PeerReply }
  | { readonly kind: 'rejected'; readonly phase: ClientPhase; readonly reply: PeerReply }
  | { readonly kind: 'lost'; readonly phase: ClientPhase; readonly reason: string }
  | { readonly kind: 'perhaps'; readonly reason: string }

/** `data`: dot-stuffed after DATA; `bdat`: chunks of text (rfc:3030); `binary`: chunks of BODY=BINARYMIME, every octet as it is. */
export type MessageForm = 'data' | 'bdat' | 'binary'

export interface ClientWire {
  /** Hands one or several command lines over in one write. */
  write(lines: string): void
  /** A whole reply came; it is not dealt with yet. `lines`: its lines, without their codes, where it had several. */
  heard(reply: PeerReply, lines: readonly string[]): void
  /** Hands the whole message over, its end included, in one write. */
  writeMessage(form: MessageForm): void
  /**
   * Begins to hand the message over, all but its end; calls the session's `endHeld` when that is done, and with BDAT its
   * `chunkWritten` after each chunk. `lockstep`: each chunk waits until the one before it was taken.
   */
  streamMessage(form: MessageForm, lockstep: boolean): void
  /** The peer took a BDAT chunk. */
  chunkTaken(): void
  /** The end that was held: the final dot, or the last BDAT. */
  writeEnd(): void
  /** Begins the TLS handshake; `secured` or `failed` is called when it is over. */
  startTls(): void
  /** The timeout of this phase counts from now; none while idle. */
  arm(phase: ClientPhase): void
  /** Closes at once: nothing more is written or read. */
  destroy(): void
}
