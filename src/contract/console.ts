// The console: a line of `hms`, run for a user with what the user may, and the words that it may begin with.

/** A line as at the shell, without `hms` before it or with it: words, with quotes where they have spaces. @minLength 1 @maxLength 4000 @pattern ^[^\r\n\0]+$ @example "queue ls --domain example.com" */
export type ConsoleLine = string
/** Columns of the page that shows it. @integer @minimum 40 @maximum 400 */
export type ConsoleWidth = number

export interface ConsoleAnswer {
  /** What it printed. */
  readonly text: string
  /** As the shell has it: 0 for done. */
  readonly code: number
  /** Code of the error that it ended with, as calls of the management API have it; null: it was done, or was ended. */
  readonly failure: string | null
  /** It printed more, or was ended as it took too long: this is the beginning. */
  readonly isCut: boolean
}

/** A command, for completion and help. */
export interface ConsoleCommand {
  /** Such as `queue ls`. */
  readonly words: string
  readonly summary: string
  /** What follows it, as its help has that. */
  readonly usage: string
  readonly options: readonly { readonly flags: string; readonly summary: string; readonly values: readonly string[] }[]
}

/** Words between desk and console, each a message of its own. */
export type ConsoleAsk = { readonly kind: 'run'; readonly line: string; readonly width: number } | { readonly kind: 'commands' }
export type ConsoleReply =
  | { readonly kind: 'answer'; readonly n: number; readonly result: unknown }
  | {
      readonly kind: 'fault'
      readonly n: number
      readonly code: string
      readonly message: string
      readonly mend: string | null
      readonly temporary: boolean
    }
export type ConsoleNews =
  | { readonly kind: 'call'; readonly n: number; readonly name: string; readonly params: unknown }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'end'; readonly code: number; readonly failure: string | null }
  | { readonly kind: 'commands'; readonly commands: readonly ConsoleCommand[] }

export interface ConsoleCalls {
  /** Each operation that the line calls is judged as if the caller had called its route. */
  'me.console.run': { params: { line: ConsoleLine; width?: ConsoleWidth }; result: ConsoleAnswer }
  'me.console.commands': { params: Record<never, never>; result: readonly ConsoleCommand[] }
}
