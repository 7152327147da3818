// Copies of delivered mail, as the engine writes them and operations read them.
import type { AccountId, EpochMs } from '../../base/brand.ts'
import type { Keep, KeptOperations, KeptRecipient } from '../../contract/kept.ts'
import type { Eraser } from '../../policy/kept/erasure.ts'
import type { MessageHead } from './spool.ts'

export interface NewCopy {
  readonly head: MessageHead
  readonly at: EpochMs
  /** Who took it together. */
  readonly recipients: readonly KeptRecipient[]
  readonly keep: Keep
}

export interface CopyKeeper {
  /** Resolves once the copy is on the disk; the message is in the spool until then. */
  keep(copy: NewCopy): Promise<void>
}

type Call<N extends keyof KeptOperations> = (params: KeptOperations[N]['params']) => Promise<KeptOperations[N]['result']>

export interface KeptCopies {
  readonly find: Call<'kept.find'>
  readonly show: Call<'kept.show'>
  readonly raw: Call<'kept.raw'>
  /** Accounts of which there are copies. */
  accounts(): readonly AccountId[]
  /** Removes the copies of messages that he got, in all; how many messages those are. */
  erase(account: AccountId, eraser: Eraser, dryRun: boolean, gently: () => Promise<void>): Promise<number>
}
