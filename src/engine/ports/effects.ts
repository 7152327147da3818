// Effects as the engine knows them: it tells what a rule saw, and is told at once what holds, wherever that is decided and kept.
import type { EpochMs } from '../../base/brand.ts'
import type { EffectReport, Happening, HeldEffect } from '../../contract/blocks.ts'

export interface Effects {
  /** What holds now, as far as it is known here. */
  current(): readonly HeldEffect[]
  report(report: EffectReport): void
  /** By hand. Resolves with false where there is no such effect. */
  change(id: string, until: EpochMs | null, by: string): Promise<boolean>
  /** Another process goes on with them: from now on nothing is saved. */
  leave(): void
  /** `fn` is told of every change from now on. */
  onHappening(fn: (happening: Happening) => void): void
}

/** What outlives the process. */
export interface EffectStore {
  /** Resolves when they are on disk: what holds is as it says, and each is told whoever follows. */
  save(happenings: readonly Happening[]): Promise<void>
  close(): Promise<void>
}
