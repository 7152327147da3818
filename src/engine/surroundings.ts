// What the engine's parts have in common: who they are and what time it is. Handed to each, never looked up.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Config } from '../contract/options.ts'
import type { Settings } from '../contract/settings.ts'
import type { RuleBook } from '../policy/rules/book.ts'
import type { ListSource } from '../policy/lists/verdict.ts'
import type { DialogKeeper } from './ports/dialogs.ts'
import type { CopyKeeper } from './ports/kept.ts'
import type { Spool } from './ports/spool.ts'
import type { Suppressions } from './ports/suppression.ts'

export interface Surroundings {
  readonly spool: Spool
  readonly settings: () => Settings
  /** The newest delivery rules. */
  readonly rules: () => RuleBook
  readonly config: Config
  readonly hostName: string
  readonly workers: number
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  /** What the owner's list files say of replies. */
  readonly lists?: ListSource
  /** Who is suppressed; without it nobody is. */
  readonly suppressions?: Suppressions
  /** Copies of what was delivered; without it none are kept. */
  readonly copies?: CopyKeeper
  /** What was said in attempts; without it none is kept. */
  readonly dialogs?: DialogKeeper
}
