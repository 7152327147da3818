// Operational errors: what can go wrong in a healthy program. A bug is an assertion, a protocol reply is a `Reply`.

/** Whose hands the mend is in: the owner (configuration, disk, rights), the caller (bad input), the peer (a remote system). */
export type Blame = 'owner' | 'caller' | 'peer'

export interface FaultOptions {
  readonly blame: Blame
  /** Whether trying the same again later can succeed. */
  readonly temporary?: boolean
  /** What to do about it, a sentence for the person who reads it. */
  readonly mend?: string
  readonly cause?: unknown
}

/**
 * An error with a stable code (kebab-case, listed in contract/errors.ts) and a message that is a whole sentence: what
 * happened, where, and with `mend` what to do. The text may be shown to anyone: it never holds a secret.
 */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: string
  readonly blame: Blame
  readonly temporary: boolean
  readonly mend: string | undefined

  constructor(code: string, message: string, options: FaultOptions) {
    super(message, { cause: options.cause })
    this.code = code
    this.blame = options.blame
    this.temporary = options.temporary ?? false
    this.mend = options.mend
  }
}

/** Text of anything that was thrown, for a log line or a sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Whether it says that a file or folder is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
