// How a test scripts the receiving SMTP server: what it offers and its hooks, and what the server keeps of what came.
import type { SelfSigned } from '../src/net/tls/self-signed.ts'

/** One connection as hooks see it. */
export interface ScriptedSession {
  /** Number of the connection, from 1. */
  readonly number: number
  readonly secure: boolean
  readonly helo: string
  readonly user: string | null
  /** The transaction so far. */
  readonly mailLine: string
  readonly recipients: readonly string[]
}

/** Where a connection writes down what happened. */
export interface PeerBooks {
  readonly options: SmtpPeerOptions
  readonly messages: ReceivedMessage[]
  readonly refused: ReceivedMessage[]
  readonly transcript: string[]
  reads: number
  changed(): void
}

/**
 * What the peer does instead of its default: a reply (lines separated by `\n`, CRLF is added), or a reply with a delay
 * before it and something after it. `drop` destroys the connection, `close` ends it in order, `silence` reads on and
 * never answers again. Undefined from a hook: the default.
 */
export type Answer =
  | string
  | {
      readonly text?: string
      /** Before the text: so many milliseconds, or until this is settled. */
      readonly delay?: number
      readonly when?: Promise<unknown>
      readonly after?: 'drop' | 'close' | 'silence'
    }
export const DROP: Answer = { after: 'drop' }
export const SILENCE: Answer = { after: 'silence' }

export interface ReceivedMessage {
  /** Number of the connection (from 1) that it came over, and whether that was encrypted. */
  readonly connection: number
  readonly secure: boolean
  /** Address that it came from. */
  readonly from: string
  readonly helo: string
  /** Login that was used, or null. */
  readonly user: string | null
  /** The address between the angle brackets, and the whole command lines. */
  readonly sender: string
  readonly mailLine: string
  /** Recipients that were answered with 2xx. */
  readonly recipients: readonly string[]
  readonly rcptLines: readonly string[]
  readonly how: 'data' | 'bdat'
  /** The message; for DATA with the dot-stuffing undone. */
  readonly data: Buffer
  /** The octets on the wire: for DATA with dot-stuffing, without the final `.\r\n`. */
  readonly wire: Buffer
}

type LineHook = (line: string, session: ScriptedSession) => Answer | undefined

/** One hook for each thing that a client does; `line` is the whole command line. */
export interface PeerHooks {
  readonly connect?: LineHook
  readonly ehlo?: LineHook
  readonly helo?: LineHook
  readonly starttls?: LineHook
  readonly auth?: LineHook
  readonly mail?: LineHook
  readonly rcpt?: LineHook
  readonly data?: LineHook
  readonly bdat?: LineHook
  readonly rset?: LineHook
  readonly quit?: LineHook
  /** With each piece of a message, `octets` being all of it so far: `drop` ends the connection in the middle. */
  readonly piece?: (octets: number, session: ScriptedSession) => Answer | undefined
  /** After the final dot or the last BDAT; a message answered with 2xx (or nothing) is kept in `messages`. */
  readonly final?: (message: ReceivedMessage, session: ScriptedSession) => Answer | undefined
}

export interface SmtpPeerOptions {
  /** 127.0.0.1 unless given. */
  readonly host?: string
  readonly port?: number
  /** Name in the greeting; `peer.test` unless given. */
  readonly name?: string
  /** Keywords after EHLO. STARTTLS and AUTH are added where `tls` and `auth` are given. */
  readonly extensions?: readonly string[]
  readonly tls?: SelfSigned
  /** TLS from the first octet. */
  readonly implicitTls?: boolean
  readonly auth?: { readonly user: string; readonly password: string; readonly mechanisms?: readonly string[] }
  readonly on?: PeerHooks
}

export const PEER_EXTENSIONS: readonly string[] = [
  'PIPELINING',
  'SIZE 52428800',
  '8BITMIME',
  'SMTPUTF8',
  'DSN',
  'ENHANCEDSTATUSCODES',
  'CHUNKING',
  'BINARYMIME',
]
