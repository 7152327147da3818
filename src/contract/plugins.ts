// What plug-ins see and may answer, hook by hook: the words between the server and an owner's own code, version 1. Facts and answers are
// plain data, as they cross to a process of the plug-in's own; a hook that answers nothing lets things go on.
import type { TlsOutcome } from './events.ts'

/** Counted up where a hook changes so that a plug-in made for the one before no longer works. */
export const PLUGIN_API = 1

/** Steps of a session and its message: the client waits for the answer. */
export const PLUGIN_HOOKS = ['connect', 'auth', 'from', 'recipient', 'data', 'received', 'complete', 'reset', 'closed'] as const
export type PluginHook = (typeof PLUGIN_HOOKS)[number]

export interface PluginClient {
  readonly address: string
  readonly port: number
  /** Name given in EHLO or HELO; empty before. */
  readonly helo: string
  readonly tls: TlsOutcome | null
  /** Login after AUTH; null before. */
  readonly user: string | null
  /** `ESMTPSA` and the like; `HTTP`, `PICKUP`, `JOB` for what comes otherwise, of which `received` and `complete` are told alone. */
  readonly protocol: string
}

/** What every hook of a session is told. */
export interface SessionEvent {
  /** The same for all hooks of one connection. */
  readonly session: number
  readonly client: PluginClient
  /** Whose mail it is; null: that is not known yet, or the client may not relay. */
  readonly account: number | null
}
export interface AuthEvent extends SessionEvent {
  readonly user: string
}
export interface FromEvent extends SessionEvent {
  /** Empty for `<>`. */
  readonly sender: string
  /** SIZE as the client declared it. */
  readonly size: number | null
}
export interface RecipientEvent extends SessionEvent {
  readonly sender: string
  readonly recipient: string
}
export interface MessageIdEvent extends SessionEvent {
  readonly message: string
}
export interface PluginField {
  readonly name: string
  /** Unfolded. */
  readonly value: string
}
export interface ReceivedFacts extends MessageIdEvent {
  readonly sender: string
  readonly recipients: readonly string[]
  /** Octets of header and body. */
  readonly size: number
  readonly header: readonly PluginField[]
}
/** A message that came whole. Its body is sent to the plug-in when it asks for it, and never before. */
export interface ReceivedEvent extends ReceivedFacts {
  /** The octets behind the header, in pieces, as they are decoded from SMTP and no further. */
  body(): AsyncIterable<Uint8Array>
  /** All of them at once. */
  wholeBody(): Promise<Uint8Array>
}

/** Things go on, perhaps in other words for the client. */
export interface GoOn {
  readonly action: 'continue'
  readonly text?: string
}
/** The client is told no: `code` 400 to 599 (550 where none is said), `enhanced` as RFC 3463 has it, one line of text. */
export interface Refuse {
  readonly action: 'refuse'
  readonly code?: number
  readonly enhanced?: string
  readonly text?: string
}
/** The client is to come again later (451). */
export interface PutOff {
  readonly action: 'defer'
  readonly text?: string
}
/** The connection ends; after 421 and the text where there is one. */
export interface Disconnect {
  readonly action: 'disconnect'
  readonly text?: string
}
export type StepAnswer = GoOn | Refuse | PutOff | Disconnect
/** What follows is mail of this account, which may relay, whoever the client is. */
export interface Relay {
  readonly action: 'relay'
  readonly account: number
}
export type FromAnswer = StepAnswer | Relay

/** In their order. `nth` is counted from 1, `at` from 0; names compare without regard to case. */
export type PluginFieldChange =
  | { readonly kind: 'add'; readonly name: string; readonly value: string }
  | { readonly kind: 'insert'; readonly at: number; readonly name: string; readonly value: string }
  | { readonly kind: 'change'; readonly name: string; readonly nth: number; readonly value: string }
  | { readonly kind: 'remove'; readonly name: string; readonly nth: number | 'all' }

export interface PluginChanges {
  readonly header?: readonly PluginFieldChange[]
  /** All of the body, as it is to be. */
  readonly body?: string | Uint8Array
  /** Empty: `<>`. */
  readonly sender?: string
  readonly addRecipients?: readonly string[]
  readonly removeRecipients?: readonly string[]
  /** Whose it is from now on, with that account's rights, rules and limits. */
  readonly account?: number
}
export type ReceivedAnswer =
  | Exclude<StepAnswer, GoOn>
  | { readonly action: 'accept'; readonly changes?: PluginChanges }
  /** The client is told that it was taken, and nothing is kept of it. */
  | { readonly action: 'ignore' }
  /** It is accepted, and waits for a person (`hms queue release`). */
  | { readonly action: 'hold'; readonly reason: string; readonly changes?: PluginChanges }

export interface PluginContext<Settings> {
  readonly settings: Settings
  readonly log: { info(text: string): void; warn(text: string): void; error(text: string): void }
}

/** Nothing, or an answer, now or later. */
export type Answer<A> = A | undefined | void | Promise<A | undefined | void>

export interface PluginHooks<Settings> {
  /** Before the greeting. */
  connect?(event: SessionEvent, context: PluginContext<Settings>): Answer<StepAnswer>
  /** A login was right. */
  auth?(event: AuthEvent, context: PluginContext<Settings>): Answer<StepAnswer>
  /** MAIL FROM. */
  from?(event: FromEvent, context: PluginContext<Settings>): Answer<FromAnswer>
  /** RCPT TO, of a recipient that we would take. */
  recipient?(event: RecipientEvent, context: PluginContext<Settings>): Answer<StepAnswer>
  /** DATA, before the message. */
  data?(event: MessageIdEvent, context: PluginContext<Settings>): Answer<StepAnswer>
  /** The message came whole, and is not stored yet. */
  received?(event: ReceivedEvent, context: PluginContext<Settings>): Answer<ReceivedAnswer>
  /** It is stored: only `continue` with a text for the client counts. */
  complete?(event: MessageIdEvent, context: PluginContext<Settings>): Answer<GoOn>
  /** The transaction ended without a message. */
  reset?(event: SessionEvent, context: PluginContext<Settings>): Answer<never>
  /** The connection ended. */
  closed?(event: SessionEvent, context: PluginContext<Settings>): Answer<never>
}

/** What a plug-in's code exports (`export default definePlugin({ … })`). */
export interface Plugin<Settings = unknown> {
  readonly name: string
  readonly apiVersion: typeof PLUGIN_API
  /** A zod schema, with the defaults of what is left out. Without it a plug-in has no settings. */
  readonly settings?: { parse(value: unknown): Settings }
  readonly hooks: PluginHooks<Settings>
  /** Once, before the first hook. */
  start?(context: PluginContext<Settings>): void | Promise<void>
}
