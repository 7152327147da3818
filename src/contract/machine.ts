// How busy the machine and the processes of the server are.
import type { EpochMs, Ms } from '../base/brand.ts'

export interface ProcessUse {
  /** Octets. */
  readonly memory: number
  /** Of one processor, since it was looked at before; null: nobody looked in the last minute. */
  readonly processor: number | null
  /** By how much 99 of 100 turns of its event loop were late at most; null: nobody looked in the last minute. */
  readonly lateness: Ms | null
}

export interface WorkerUse extends ProcessUse {
  readonly slot: number
  /** Share of `spool.memory` that is used. */
  readonly spoolMemory: number
  /** What 99 of 100 commits of the last minute or two took at most, which is mostly the disk's sync; null: there were none. */
  readonly commitTime: Ms | null
}

/** Of the machine, and of the process that answers. */
export interface OwnUse {
  readonly processors: number
  /** Processes that ran or waited for the disk, over the last minute. */
  readonly load: number
  /** Of the machine, or of the control group where that has less. */
  readonly memory: { readonly bytes: number; readonly free: number }
  readonly desk: ProcessUse
}

export interface MachineUse extends OwnUse {
  readonly at: EpochMs
  readonly workers: readonly WorkerUse[]
  /** Slots of workers that do not answer. */
  readonly missing: readonly number[]
  /** Since when mail that is due waits at a site, the longest first; at most 100. */
  readonly oldest: readonly { readonly site: string; readonly due: EpochMs }[]
}

export interface MachineOperations {
  'machine.show': { params: Record<never, never>; result: MachineUse }
}
