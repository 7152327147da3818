// What plug-ins see and may answer, hook by hook: the words between the server and an owner's own code, version 1. Facts and answers are
// plain data, as they cross to a process of the plug-in's own; a hook that answers nothing lets things go on.
import type { BouncedEvent, ComplainedEvent, DeferredEvent, DeliveredEvent, EngagementEvent, FailedEvent, TlsOutcome } from './events.ts'
import type { EffectiveSettings, LimitName } from './rules.ts'

/** Counted up where a hook changes so that a plug-in made for the one before no longer works. */
export const PLUGIN_API = 1

/** Steps of a session and its message: the client waits for the answer. */
export const SESSION_HOOKS = ['connect', 'auth', 'from', 'recipient', 'data', 'received', 'complete', 'reset', 'closed'] as const
/** Deliveries: the mail that it is about waits for the answer, other mail goes on. */
export const DELIVERY_HOOKS = ['domainStart', 'mxStart', 'deferring'] as const
/** What became of mail, out of the event store: told after it happened, at least once, and nothing waits for it. */
export const NOTICE_HOOKS = ['sent', 'failed', 'deferred', 'bounce', 'feedbackLoop', 'open', 'click', 'postFailed', 'postDeferred'] as const
/** The SMTP dialog of deliveries as it is spoken: at most once, and what a plug-in does not take in time is dropped and counted. */
export const LINE_HOOKS = ['protocol'] as const
export type DeliveryHook = (typeof DELIVERY_HOOKS)[number]
export type NoticeHook = (typeof NOTICE_HOOKS)[number]
export const PLUGIN_HOOKS = [...SESSION_HOOKS, ...DELIVERY_HOOKS, ...NOTICE_HOOKS, ...LINE_HOOKS] as const
export type PluginHook = (typeof PLUGIN_HOOKS)[number]
/** A plug-in that has one of these runs beside each worker; one that is told what became of mail runs beside the desk. */
export const WORKER_HOOKS: readonly PluginHook[] = [...SESSION_HOOKS, ...DELIVERY_HOOKS, ...LINE_HOOKS]

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
  readonly text?: string | undefined
}
/** The client is told no: `code` 400 to 599 (550 where none is said), `enhanced` as RFC 3463 has it, one line of text. */
export interface Refuse {
  readonly action: 'refuse'
  readonly code?: number | undefined
  readonly enhanced?: string | undefined
  readonly text?: string | undefined
}
/** The client is to come again later (451). */
export interface PutOff {
  readonly action: 'defer'
  readonly text?: string | undefined
}
/** The connection ends; after 421 and the text where there is one. */
export interface Disconnect {
  readonly action: 'disconnect'
  readonly text?: string | undefined
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
  readonly header?: readonly PluginFieldChange[] | undefined
  /** All of the body, as it is to be. */
  readonly body?: string | Uint8Array | undefined
  /** Empty: `<>`. */
  readonly sender?: string | undefined
  readonly addRecipients?: readonly string[] | undefined
  readonly removeRecipients?: readonly string[] | undefined
  /** Whose it is from now on, with that account's rights, rules and limits. */
  readonly account?: number | undefined
}
export type ReceivedAnswer =
  | Exclude<StepAnswer, GoOn>
  | { readonly action: 'accept'; readonly changes?: PluginChanges | undefined }
  /** The client is told that it was taken, and nothing is kept of it. */
  | { readonly action: 'ignore' }
  /** It is accepted, and waits for a person (`hms queue release`). */
  | { readonly action: 'hold'; readonly reason: string; readonly changes?: PluginChanges | undefined }

/** What rules can say of one connection. Times are in milliseconds. */
export type ConnectionRule = Pick<
  EffectiveSettings,
  | 'messages_per_connection'
  | 'recipients_per_connection'
  | 'timeout_connect'
  | 'timeout_greeting'
  | 'timeout_command'
  | 'timeout_data'
  | 'timeout_final'
  | 'tls'
  | 'pipelining'
  | 'chunking'
>
/** What rules say of mail to a domain, but for its delivery window. Times are in milliseconds; a limit that is not there is not set. */
export type DomainRule = Omit<EffectiveSettings, 'window'> & { readonly [N in LimitName]?: number }

/** What both hooks that come before a delivery are told. */
interface DestinationEvent {
  /** Whose mail is first in line. */
  readonly account: number
  readonly domain: string
  /** The set of MX hosts that the domain shares with others, or the route's `smtp://host:port`. */
  readonly site: string
  /** The message that is first in line, and the mailing that it belongs to. */
  readonly message: string
  readonly mailing: string | null
}
/** Mail of an account to a domain is about to be worked on. */
export interface DomainStartEvent extends DestinationEvent {
  /** Its MX hosts, by preference. */
  readonly hosts: readonly string[]
  /** Recipients of the domain that wait in this worker, of all accounts. */
  readonly waiting: number
  /** What holds for them, with what plug-ins before this one changed. */
  readonly rule: DomainRule
}
/** A connection is about to be opened. */
export interface MxStartEvent extends DestinationEvent {
  readonly host: string
  readonly address: string
  readonly port: number
  /** Connections of the site that this worker has open: 0 before the first. */
  readonly open: number
  /** What holds for it, with what plug-ins before this one changed. */
  readonly rule: ConnectionRule
}
/** An attempt was of no use, and the recipient is about to be kept for another. */
export type DeferringEvent = Omit<DeferredEvent, 'kind'>

/** Mail of the account to the domain is tried again later: after `wait` milliseconds (a tenth more or less), or when its rules say. */
export interface DeferDomain {
  readonly action: 'defer'
  readonly text?: string | undefined
  readonly wait?: number | undefined
}
/** It fails for good. */
export interface FailMail {
  readonly action: 'fail'
  readonly text?: string | undefined
}
/** Those that are named; undefined: as the rule has it. */
type Values<Rule> = { readonly [Name in keyof Rule]?: Rule[Name] | undefined }
export type DomainStartAnswer =
  /** `rule`: values in the place of those that rules say, as overrides of the account have them. */
  { readonly action: 'continue'; readonly rule?: Values<DomainRule> | undefined } | DeferDomain | FailMail
export type MxStartAnswer =
  /** `rule`: values for this connection. */
  { readonly action: 'continue'; readonly rule?: Values<ConnectionRule> | undefined } | DeferDomain | FailMail
export type DeferringAnswer = { readonly action: 'continue' } | FailMail

/** `id`: the same however often it is told. */
export type Told<Event> = Event & { readonly id: string }

export interface ProtocolLine {
  /** The same for all lines of one connection of a worker. */
  readonly connection: number
  /** `note`: what is no line of the dialog, such as the handshake of TLS. */
  readonly from: 'us' | 'peer' | 'note'
  /** Without its line end, at most 1,000 characters; without credentials, and without the octets of messages. */
  readonly text: string
  readonly at: number
  /** Address of the server. */
  readonly peer: string
}
export interface ProtocolEvent {
  readonly lines: readonly ProtocolLine[]
  /** Lines before these that were dropped, as the plug-in did not take them in time. */
  readonly dropped: number
}

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

  /** Mail of an account to a domain is about to be worked on: asked at its first message, and again after a minute while there is more. */
  domainStart?(event: DomainStartEvent, context: PluginContext<Settings>): Answer<DomainStartAnswer>
  /** A connection to one of its hosts is about to be opened, the first or a further one. */
  mxStart?(event: MxStartEvent, context: PluginContext<Settings>): Answer<MxStartAnswer>
  /** An attempt was of no use: the recipient is kept for another, or fails. */
  deferring?(event: DeferringEvent, context: PluginContext<Settings>): Answer<DeferringAnswer>

  /** A server took the message. One that rejects or throws is told again later, here and in all that follow. */
  sent?(event: Told<DeliveredEvent>, context: PluginContext<Settings>): Answer<never>
  /** It failed for good, or became too old. */
  failed?(event: Told<FailedEvent>, context: PluginContext<Settings>): Answer<never>
  deferred?(event: Told<DeferredEvent>, context: PluginContext<Settings>): Answer<never>
  /** A report came back by mail. */
  bounce?(event: Told<BouncedEvent>, context: PluginContext<Settings>): Answer<never>
  feedbackLoop?(event: Told<ComplainedEvent>, context: PluginContext<Settings>): Answer<never>
  open?(event: Told<EngagementEvent>, context: PluginContext<Settings>): Answer<never>
  click?(event: Told<EngagementEvent>, context: PluginContext<Settings>): Answer<never>
  /** What was to be posted to `https://…` failed. */
  postFailed?(event: Told<FailedEvent>, context: PluginContext<Settings>): Answer<never>
  postDeferred?(event: Told<DeferredEvent>, context: PluginContext<Settings>): Answer<never>
  /** Lines of deliveries, many at once. For plug-ins that are switched on for all accounts, as these share connections. */
  protocol?(event: ProtocolEvent, context: PluginContext<Settings>): Answer<never>
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
