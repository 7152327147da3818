// What is in hand now, noted for after a crash: one write a loop turn, whatever began or ended in it. A delivery begins only
// after the note that names it was written, or the message that kills its worker would never be found.
import type { ShardId } from '../../base/brand.ts'
import type { QueuedRecipient, Spool } from '../ports/spool.ts'
import type { HeldMessage } from '../schedule/in-hand.ts'

export class HandNotes {
  readonly #spool: Spool
  readonly #shards = new Map<ShardId, Map<number, number>>()
  readonly #dirty = new Set<ShardId>()
  #turn: PromiseWithResolvers<void> | null = null

  constructor(spool: Spool) {
    this.#spool = spool
  }

  /** Resolves when the note that names the message is written. */
  begin(message: HeldMessage): Promise<void> {
    const sequences = this.#of(message.shard)
    sequences.set(message.sequence, (sequences.get(message.sequence) ?? 0) + 1)
    return this.#mark(message.shard)
  }

  /** A peer has taken these rows: noted at once, so that a kill before the commit does not repeat them. */
  answered(message: HeldMessage, rows: readonly QueuedRecipient[]): void {
    if (rows.length === 0) return
    this.#spool.noteAnswered(
      message.shard,
      message.sequence,
      rows.map(({ n }) => n),
    )
  }

  end(message: HeldMessage): void {
    const sequences = this.#of(message.shard)
    const left = (sequences.get(message.sequence) ?? 1) - 1
    if (left > 0) sequences.set(message.sequence, left)
    else sequences.delete(message.sequence)
    void this.#mark(message.shard)
  }

  #of(shard: ShardId): Map<number, number> {
    let sequences = this.#shards.get(shard)
    if (sequences === undefined) this.#shards.set(shard, (sequences = new Map()))
    return sequences
  }

  #mark(shard: ShardId): Promise<void> {
    this.#dirty.add(shard)
    if (this.#turn === null) {
      this.#turn = Promise.withResolvers<void>()
      setImmediate(() => this.#write())
    }
    return this.#turn.promise
  }

  #write(): void {
    const turn = this.#turn
    this.#turn = null
    for (const shard of this.#dirty) this.#spool.noteInHand(shard, [...this.#of(shard).keys()])
    this.#dirty.clear()
    turn?.resolve()
  }
}
