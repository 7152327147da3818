// A line of what the checks of the network found.

export interface NetworkCheck {
  readonly name: string
  readonly state: 'ok' | 'warn' | 'fail'
  /** A sentence. */
  readonly what: string
  readonly mend?: string
}
