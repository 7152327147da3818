// What the bench needs of a server under load.

/** What of the messages it has told: in its logs and, where it has one, its event store. */
export interface Told {
  readonly accepted: number
  readonly delivered: number
}

export interface Contender extends AsyncDisposable {
  readonly name: string
  readonly version: string
  /** Where it takes mail, on 127.0.0.1. */
  readonly port: number
  /** Root of its process tree. */
  readonly pid: number
  /** What it has told so far; null: it logs before it answers, so that nothing is left to wait for. */
  told(): Promise<Told | null>
}
