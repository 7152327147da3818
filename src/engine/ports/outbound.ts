// Connections to receiving servers as the engine knows them: opened to one host, kept, and given one transaction at a time.
import type { Ms } from '../../base/brand.ts'
import type { AttemptDialog } from '../../contract/dialogs.ts'
import type { PeerReply, TlsOutcome } from '../../contract/events.ts'
import type { TlsPolicy } from '../../contract/settings.ts'
import type { PeerExtensions } from '../../smtp/client/extensions.ts'
import type { HostDane } from './resolver.ts'
import type { Body, Notify } from './spool.ts'

/** One host to connect to: the address was checked (loopback, private, ourselves) and is the one connected to. */
export interface OutboundTarget {
  readonly host: string
  readonly address: string
  readonly port: number
  readonly tls: TlsPolicy
  /** Its certificate must be one of those that these records name, whatever `tls` asks for besides. */
  readonly dane?: HostDane
  readonly implicitTls: boolean
  /** Speaks HTTP: each transaction has a `post`, and one recipient. */
  readonly http?: true
  readonly auth: { readonly user: string; readonly password: string } | null
  /** Local address to bind, or null for the system's choice; where there is an exit, the address that it sends from. */
  readonly localAddress: string | null
  /** Who connects in our place; absent: we do. */
  readonly exit?: OutboundExit
  /** Name in EHLO. */
  readonly helo: string
  /** What holds now, asked again and again while the connection lives. */
  readonly settings?: () => ConnectionSettings
}

/** `socks5`: rfc:1928. `haproxy`: it is told in a header of the PROXY protocol, version 2, where to connect, and from which address. */
export interface OutboundExit {
  readonly kind: 'socks5' | 'haproxy'
  readonly host: string
  readonly port: number
  /** SOCKS5 only (rfc:1929): said where the exit asks for it. */
  readonly login?: { readonly user: string; readonly password: string }
}

/** What rules say of a connection; a change counts for those that are open, too. */
export interface ConnectionSettings {
  readonly pipelining: boolean
  /** Whether large messages go by BDAT; binary ones always do. */
  readonly chunking: boolean
  /** Null: those of the configuration. */
  readonly timeouts: Readonly<Record<OutboundPhase, Ms>> | null
}

/** What the session had reached when something went wrong; names the timeout that applies (rfc:5321#4.5.3.2). */
export type OutboundPhase = 'connect' | 'greeting' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'body' | 'final' | 'idle'

/**
 * Why no session came about. A `reply` in these phases belongs to the source or route, never to a recipient.
 * `tls`: the handshake or the certificate; under `may` the engine tries again in the clear, on a new connection. `source`: the local
 * address cannot be bound, or the exit cannot be reached or does not serve us: the peer was never asked.
 */
export interface OpenFailure {
  readonly kind: 'refused' | 'timeout' | 'network' | 'tls' | 'reply' | 'source'
  readonly phase: OutboundPhase
  readonly reply: PeerReply | null
  readonly reason: string
  /** What was said on the connections that were tried, where that is remembered. */
  readonly dialogs?: readonly OutboundDialog[]
}

/** What was said on a connection; its text is made when it is asked for. */
export type OutboundDialog = Pick<AttemptDialog, 'host' | 'address' | 'port' | 'begun' | 'lines'>

export interface OutboundPeer {
  /** Name in the peer's greeting. */
  readonly greeting: string
  readonly localAddress: string
  readonly tls: TlsOutcome | null
  /** Why its certificate does not prove the host under a trusted root; null where it does, or there is no TLS. */
  readonly certificateTrouble?: string | null
  readonly extensions: PeerExtensions
}

export interface OutboundRecipient {
  readonly address: string
  readonly notify: Notify
  readonly originalRecipient: string | null
}

/** What is sent in place of a message. */
export interface HttpPost {
  /** With the query. */
  readonly path: string
  /** Besides those of every request. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface OutboundTransaction {
  readonly post?: HttpPost
  readonly sender: string
  readonly recipients: readonly OutboundRecipient[]
  readonly envelopeId: string | null
  readonly returnContent: 'full' | 'headers' | null
  readonly size: number
  readonly utf8: boolean
  readonly eightBit: boolean
  readonly binary: boolean
  /** REQUIRETLS is said to the peer, which offers it. */
  readonly requireTls?: boolean
  /** As in the head of the message: the body needs no dot-stuffing and no repair. */
  readonly wireReady: boolean
  /** Header fields to put in front (DKIM-Signature lines), CRLF-terminated; may be empty. */
  readonly prefix: Uint8Array
  readonly body: Body
  /** The final dot (or last BDAT) is not written before this resolves: the commit of the outcome before it. */
  readonly mayFinish: Promise<void> | null
}

/** How one recipient fared inside the transaction. */
export type RecipientResult =
  | { readonly kind: 'accepted'; readonly reply: PeerReply }
  | { readonly kind: 'rejected'; readonly phase: OutboundPhase; readonly reply: PeerReply }
  /** An HTTP server did not take it. `retryAfter`: how long it wants to be left alone, where it says so. */
  | { readonly kind: 'declined'; readonly reply: PeerReply; readonly retryAfter: Ms | null }
  /** The connection ended (or timed out) before the peer can have taken it: another host may be tried. */
  | { readonly kind: 'lost'; readonly phase: OutboundPhase; readonly reason: string }
  /** The final dot was written and no answer came: the peer may have it. Never tried elsewhere, nor at once. */
  | { readonly kind: 'perhaps'; readonly reason: string }

export interface OutboundConnection {
  readonly peer: OutboundPeer
  readonly target: OutboundTarget
  /** False once it ended, or the peer said 421, or a timeout fired: drop it. */
  readonly usable: boolean
  /** Runs one transaction; one at a time. Never rejects; results are in the order of the recipients. */
  send(transaction: OutboundTransaction): Promise<readonly RecipientResult[]>
  /** What was said while it was opened and since the last transaction began; null: nothing is remembered. */
  dialog(): OutboundDialog | null
  /** QUIT and close, waiting at most a second; or closes at once. Never throws. */
  close(how: 'quit' | 'abort'): Promise<void>
  /** Called once, when the connection ends while idle. */
  onEnd(fn: () => void): void
}

export interface Outbound {
  open(
    target: OutboundTarget,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true; readonly connection: OutboundConnection } | { readonly ok: false; readonly failure: OpenFailure }>
  /** Whether the local address can be bound, or the exit be reached; null: it can, otherwise why not. Never rejects. */
  probe(source: Pick<OutboundTarget, 'localAddress' | 'exit'>): Promise<string | null>
}
