// Trials of a plug-in: a session that is none, step by step, against the plug-in as the server would run it. What is asked of a trial and
// what it tells, as `hms plugin test` and the package for plug-ins know it.
import type { DeliveryHook, NoticeHook, PluginClient, PluginField, PluginHooks } from './plugins.ts'

/** The folder, and what stands of the plug-in in `config/plugins.yaml`, with the same names. */
export interface TrialOptions {
  /** Of the plug-in, with its package.json. */
  readonly folder: string
  readonly settings?: unknown
  /** It is asked for mail of these accounts only. */
  readonly accounts?: readonly number[]
  /** What becomes of mail where it has no answer; `continue` unless said. */
  readonly on_failure?: 'continue' | 'defer'
  /** For each answer, such as `500ms`; `2s` unless said. */
  readonly budget?: string
  /** Of its process, such as `256MiB`. */
  readonly memory?: string
}

/** What is left out is that of an ordinary client. */
export interface TrialClient extends Partial<PluginClient> {
  /** Whose mail it is by its login or address; 1001 unless said. Null: it may not relay. */
  readonly account?: number | null
}

/** `threw`; `late`: no answer within the budget; `gone`: its process ended; `nonsense`: it answered what is no answer; `full`: too much at once. */
export interface TrialFailure {
  readonly how: 'threw' | 'late' | 'gone' | 'full' | 'nonsense'
  readonly reason: string
}

/** One hook that was asked. */
export interface TrialCall {
  readonly hook: string
  /** As the plug-in gave it; null: none. */
  readonly answer: unknown
  /** Milliseconds. */
  readonly took: number
  readonly failed: TrialFailure | null
}

/** What the client reads. */
export interface TrialReply {
  readonly outcome: 'ok' | 'refused' | 'deferred' | 'disconnected'
  /** Such as `550 5.7.1 No.`; empty where the connection ends without a word. */
  readonly text: string
  readonly calls: readonly TrialCall[]
}

/** A message as it would be stored. */
export interface TrialMail {
  readonly account: number
  /** Empty: `<>`. */
  readonly sender: string
  readonly recipients: readonly string[]
  readonly header: readonly PluginField[]
  /** Text behind the header, read as UTF-8. */
  readonly body: string
  /** All of it, as it would leave. */
  readonly octets: Uint8Array
}

export interface TrialMessage {
  readonly outcome: 'accepted' | 'held' | 'ignored' | 'refused' | 'deferred' | 'disconnected'
  readonly text: string
  readonly calls: readonly TrialCall[]
  /** Why a person is to look at it, where it is held. */
  readonly reason: string | null
  /** Null where nothing of it is kept. */
  readonly mail: TrialMail | null
}

/** A whole session with one message. */
export interface TrialSending {
  readonly client?: TrialClient
  /** Empty: `<>`; `sender@example.com` unless said. */
  readonly sender?: string
  /** `recipient@example.net` unless said. */
  readonly recipients?: readonly string[]
  /** Header, empty line, body; any line ends. */
  readonly message: string | Uint8Array
}

/** Hooks beside sessions: deliveries, what became of mail, the lines of its dialogs. */
export type TrialHook = DeliveryHook | NoticeHook | 'protocol'
type EventOf<Hook extends TrialHook> = Parameters<NonNullable<PluginHooks<unknown>[Hook]>>[0]
type Written<Value> = Value extends number ? number : Value extends string ? string : Value
/** What is left out of an event is that of an ordinary one, of account 1001. Of a rule, too. */
export type TrialEvent<Hook extends TrialHook> = {
  readonly [Name in keyof EventOf<Hook>]?: Name extends 'rule' ? Partial<EventOf<Hook>[Name]> : Written<EventOf<Hook>[Name]>
}

export interface TrialEffect {
  /** `ok`: things go on, or it took the notice. `deferred`, `failed`: so the mail is. `again`: it did not take the notice, and is told it again later. */
  readonly outcome: 'ok' | 'deferred' | 'failed' | 'again'
  /** Why, as the events of the mail would tell it; empty where things go on. */
  readonly text: string
  /** What it changed of the rule; null: nothing. */
  readonly rule: Readonly<Record<string, unknown>> | null
  /** Milliseconds after which the mail is tried again; null: when its rules say. */
  readonly wait: number | null
  readonly calls: readonly TrialCall[]
}

/** One step of a script. `expect`: what its outcome is or its reply begins with, such as `held` or `550 5.7.1`. */
export type TrialStep = { readonly expect?: string } & (
  | { readonly connect: string | TrialClient }
  | { readonly hello: string }
  | { readonly auth: string; readonly account?: number }
  | { readonly from: string; readonly size?: number }
  | { readonly recipient: string }
  | { readonly message: string | Uint8Array }
  | { readonly event: TrialHook; readonly with?: object }
  | { readonly reset: true }
  | { readonly close: true }
)

export interface TrialDone {
  /** Such as `from a@example.com`. */
  readonly step: string
  /** Null: the session was over before it. */
  readonly outcome: TrialReply['outcome'] | TrialMessage['outcome'] | TrialEffect['outcome'] | null
  readonly text: string
  readonly calls: readonly TrialCall[]
  readonly mail: TrialMail | null
  /** What was expected and did not come. */
  readonly missed: string | null
}

/** What a plug-in wrote or said to its log. */
export interface TrialLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
}

/** One session. Steps that the server refuses by itself, as they are out of order or the client may not relay, reach no plug-in. */
export interface TrialSession {
  /** What the client read first. */
  readonly greeting: TrialReply
  /** The connection ended: every further step throws. */
  readonly isOver: boolean
  /** EHLO, which no plug-in is asked about. */
  hello(name: string): Promise<TrialReply>
  /** A login that was right; `account`: whose mail it is from now on, 1001 unless said. */
  auth(user: string, account?: number): Promise<TrialReply>
  /** MAIL FROM; empty: `<>`. */
  from(sender: string, options?: { readonly size?: number | null }): Promise<TrialReply>
  recipient(address: string): Promise<TrialReply>
  /** DATA and the message, which ends the transaction. */
  message(text: string | Uint8Array): Promise<TrialMessage>
  reset(): Promise<TrialReply>
  /** The connection ends; once. */
  close(): Promise<TrialReply>
}

/** A plug-in on trial: its code runs in a process as the server starts it, with the same rights, limits and checks. */
export interface Trial extends AsyncDisposable {
  readonly name: string
  readonly hooks: readonly string[]
  /** Every hook that was asked, in its order. */
  readonly calls: readonly TrialCall[]
  /** What it wrote and said to its log. */
  readonly lines: readonly TrialLine[]
  /** What was wrong: answers that failed, and what it asked for that cannot be done, a sentence each. */
  readonly problems: readonly string[]
  /** A client connects. */
  session(client?: TrialClient): Promise<TrialSession>
  /** A whole session with one message. What refuses an earlier step refuses the message. */
  send(sending: TrialSending): Promise<TrialMessage>
  /** Something beside sessions: a delivery that begins or is put off, what became of mail, lines of a dialog. */
  event<Hook extends TrialHook>(hook: Hook, event?: TrialEvent<Hook>): Promise<TrialEffect>
  /** A script: what each step came to. Steps after the end of a session are not taken until the next `connect`. */
  run(steps: readonly TrialStep[]): Promise<readonly TrialDone[]>
  /** Its process ends. */
  stop(): Promise<void>
}
