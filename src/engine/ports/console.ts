// Where lines of the console run, as the management API asks.
import type { AccountId } from '../../base/brand.ts'
import type { ConsoleAnswer, ConsoleCommand } from '../../contract/console.ts'
import type { OperationName } from '../../contract/operations.ts'

/** An operation that a line calls; judged and done by whoever gave the line. Rejects with a Fault. */
export type ConsoleCall = (name: OperationName, params: unknown) => Promise<unknown>

export interface ConsoleLineGiven {
  readonly line: string
  readonly width: number
  /** Whose it is: nobody runs more than one at a time, and those of accounts leave room for others. */
  readonly by: string
  readonly account: AccountId | null
  readonly call: ConsoleCall
}

/** Bounded in time, in what is printed, and in how many run. Rejects with a Fault. */
export interface ConsoleRoom {
  run(given: ConsoleLineGiven): Promise<ConsoleAnswer>
  commands(): Promise<readonly ConsoleCommand[]>
}
