// What the bench needs of a server under load.

export interface Contender extends AsyncDisposable {
  readonly name: string
  readonly version: string
  /** Where it takes mail, on 127.0.0.1. */
  readonly port: number
  /** Root of its process tree. */
  readonly pid: number
  /** Resolves once it has told (logs, events) of `delivered` messages more than when it was started. */
  told(delivered: number): Promise<void>
}
