// What a home keeps, as operations ask for it.
import type { DiskUse, Erasure } from '../../contract/data-kept.ts'
import type { KeptDialogs } from './dialogs.ts'
import type { KeptCopies } from './kept.ts'

export type NewErasure = Pick<Erasure, 'by' | 'dryRun' | 'cancel' | 'suppress'> & { readonly address: string }

export interface DataDesk {
  use(): Promise<DiskUse>
  readonly copies: Pick<KeptCopies, 'find' | 'show' | 'raw'>
  readonly dialogs: Pick<KeptDialogs, 'find'>
  /** On a stopped home it is done before this resolves. */
  erase(erasure: NewErasure): Promise<Erasure>
  /** Newest first. */
  erasures(): readonly Erasure[]
}
