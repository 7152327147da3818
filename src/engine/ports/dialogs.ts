// Dialogs with receivers, as the engine hands them over and operations read them.
import type { MessageId } from '../../base/brand.ts'
import type { AttemptDialog } from '../../contract/dialogs.ts'
import type { Eraser } from '../../policy/kept/erasure.ts'

export interface DialogKeeper {
  /** Those of deliveries, too. */
  readonly all: boolean
  /** Takes it, and never waits or fails: what cannot be written is missing. */
  keep(dialog: AttemptDialog): void
}

export interface KeptDialogs {
  /** Of a message, oldest first; of more than `most` the newest. */
  find(message: MessageId, most: number): Promise<readonly AttemptDialog[]>
  dayNames(): Promise<readonly string[]>
  /** Removes those of a day that name him; how many that are. */
  erase(day: string, eraser: Eraser, dryRun: boolean, gently: () => Promise<void>): Promise<number>
}
