// What a server session asks of the outside: who may, and where the message goes. The session owns grammar, order, limits
// and replies of the protocol itself; the handler decides. A decision may be immediate (the hot path) or a promise: while
// one is pending the session reads no further command.
import type { AccountId, Domain, EpochMs, Ms } from '../../base/brand.ts'
import type { TlsOutcome } from '../../contract/events.ts'
import type { Reply } from '../reply.ts'

/** The client as it is known; behind PROXY or XCLIENT the real one. */
export interface Client {
  readonly address: string
  readonly port: number
  readonly localAddress: string
  readonly localPort: number
  /** Name given in EHLO, HELO or XCLIENT; empty before. */
  readonly helo: string
  readonly tls: TlsOutcome | null
  /** Login after AUTH (or XCLIENT LOGIN); null before. */
  readonly user: string | null
  /** How it logged in: `PLAIN` and the like. */
  readonly mechanism?: string
  /** `SMTP`, `ESMTP`, `ESMTPS`, `ESMTPA`, `ESMTPSA` (rfc:3848); `UTF8SMTP` for `ESMTP` in these where SMTPUTF8 was asked (rfc:6531#4.3). */
  readonly protocol: string
  /** It is the server itself, on behalf of this account: files that were picked up, jobs. No session has it. */
  readonly account?: AccountId
}

/** A mailbox as the one parser read it: what policy checks is what routing looks up. */
export interface Mailbox {
  /** Canonical text for the wire: local part quoted only where needed, domain as A-labels. */
  readonly address: string
  /** Local part without quoting. */
  readonly local: string
  readonly domain: Domain
}

export interface MailRequest {
  /** Null for `<>`. */
  readonly sender: Mailbox | null
  /** SIZE as declared; null where not. */
  readonly size: number | null
  readonly body: '7BIT' | '8BITMIME' | 'BINARYMIME'
  readonly utf8: boolean
  readonly returnContent: 'full' | 'headers' | null
  /** ENVID, decoded from xtext. */
  readonly envelopeId: string | null
  /** REQUIRETLS was asked for (rfc:8689#3). */
  readonly requireTls?: true
  /** HOLDFOR or HOLDUNTIL (rfc:4865): not to be sent before. */
  readonly hold?: { readonly for: Ms } | { readonly until: EpochMs }
}

export interface RecipientRequest {
  readonly recipient: Mailbox
  readonly notify: { readonly given: boolean; readonly success: boolean; readonly failure: boolean; readonly delay: boolean }
  /** ORCPT as given (`rfc822;…`), still in xtext. */
  readonly originalRecipient: string | null
}

/** Where the octets of a message go, dot-stuffing already undone. */
export interface BodySink {
  /** Takes a chunk (valid only during the call: copy what is kept). A promise means: read no more until it resolves. */
  write(chunk: Buffer): void | Promise<void>
  /**
   * The message is complete. Resolves with the reply after it is safe. `flaws`: what the codec saw; the session itself
   * refuses bare CR and LF before this is called (unless the owner chose repair).
   */
  end(flaws: BodyFlaws): Reply | Promise<Reply>
  /** The message will not come to an end (connection lost, limit, bare CR or LF): drop everything. */
  abort(): void
}

export interface BodyFlaws {
  readonly longestLine: number
  /** Octets above 127 were seen. */
  readonly eightBit: boolean
  readonly nul: boolean
  /** Came by DATA with no line that begins with a dot: as it was handed on it may go out, once its end is put behind it. */
  readonly wireReady: boolean
}

/** A login that was checked: accepted with its account known to the handler, perhaps in words of its own, or refused with a reply (535, 454). */
export type AuthDecision =
  | { readonly ok: true; readonly user: string; readonly words?: Reply }
  | { readonly ok: false; readonly reply: Reply }

/** What SCRAM needs of a credential; the session never sees a password under SCRAM. */
export interface ScramVerifier {
  readonly salt: Buffer
  readonly iterations: number
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

/** How far ahead mail may be scheduled, as a time and as a moment. */
export interface FutureRelease {
  readonly longest: Ms
  readonly latest: EpochMs
}

/** `null`: go on. A reply of 4xx or 5xx: refuse with it; any other: go on in these words. */
export type Refusal = Reply | null

export interface ServerHandler {
  /** Before the greeting, and again with the real client after XCLIENT. A refusal is 421 or 554 and closes. */
  connected(client: Client): Refusal | Promise<Refusal>
  /** EHLO or HELO, with the name in `client`. */
  hello?(client: Client): Refusal | Promise<Refusal>
  /** PLAIN and LOGIN. May be slow on purpose after failures. */
  checkPassword(user: string, password: string, client: Client): AuthDecision | Promise<AuthDecision>
  /** SCRAM: the verifier of a user; for an unknown one a made-up, stable verifier, so that users cannot be listed. */
  scramVerifier(user: string, client: Client): ScramVerifier | Reply | Promise<ScramVerifier | Reply>
  /** The end of a SCRAM exchange, for counting; may still refuse (account suspended, network). */
  scramFinished(user: string, proved: boolean, client: Client): AuthDecision | Promise<AuthDecision>
  /** How far ahead the client may schedule mail (rfc:4865); null: that is not offered. Asked at EHLO. */
  futureRelease?(client: Client): FutureRelease | null
  mail(request: MailRequest, client: Client): Refusal | Promise<Refusal>
  recipient(request: RecipientRequest, client: Client): Refusal | Promise<Refusal>
  /** After DATA or the first BDAT, with at least one recipient accepted. */
  begin(client: Client): BodySink | Reply | Promise<BodySink | Reply>
  /** RSET, EHLO, or the end of a transaction without `begin`: forget sender and recipients. */
  reset(): void
  /** Once, at the end, whatever ended it. */
  closed(): void
}
