// suppression.db as its one writer has it: the desk of a running server, or `hms` on a home at rest. Nothing is made before there is
// something to keep.
import { existsSync } from 'node:fs'
import type { AccountId, EpochMs } from '../../../base/brand.ts'
import { Fault, type FaultOptions } from '../../../base/fault.ts'
import type { SuppressionEntry, SuppressionFlood, SuppressionList } from '../../../contract/suppression.ts'
import type {
  AdditionSpan,
  AdditionView,
  EntriesFound,
  EntryCriteria,
  EntryPlace,
  ErasureChange,
  GatheredPart,
  ListsWanted,
  PutEntry,
  SuppressionBook,
} from '../../../engine/ports/suppression.ts'
import type { FeedbackBatch } from './suppression-feedback.ts'
import type { SuppressionCalls } from './suppression-thread.ts'
import { ThreadLink } from '../thread-link.ts'

/** Additions that an undo takes back in one transaction, or looks at in one. */
const SLICE = 2000

export class SuppressionStore implements SuppressionBook, AsyncDisposable {
  readonly #file: string
  readonly #secret: Uint8Array | null
  #thread: ThreadLink | null = null
  #begun: Promise<void> | null = null
  readonly #cursors = new Map<number, number>()
  #hasSoft = false
  #floods: readonly SuppressionFlood[] = []

  /** `secret`: for entries that tell no address; none: there are none. */
  constructor(file: string, secret: Uint8Array | null = null) {
    this.#file = file
    this.#secret = secret
  }

  get exists(): boolean {
    return this.#begun !== null || existsSync(this.#file)
  }

  /** Floods that were seen, as far as they are known here; before anything was asked: none. */
  get floods(): readonly SuppressionFlood[] {
    return this.#floods
  }

  /** Whether any soft failure is remembered. */
  get hasSoft(): boolean {
    return this.#hasSoft
  }

  /** Opens it, making it where there is none. */
  begin(): Promise<void> {
    this.#begun ??= this.#open().catch((error: unknown) => {
      this.#begun = null
      throw error
    })
    return this.#begun
  }

  async #open(): Promise<void> {
    const { cursors, hasSoft, floods } = await this.#ask('open', undefined)
    for (const [shard, after] of cursors) this.#cursors.set(shard, after)
    this.#hasSoft = hasSoft
    this.#floods = floods
  }

  /** Up to which event of a shard it has counted. */
  cursor(shard: number): number {
    return this.#cursors.get(shard) ?? 0
  }

  /** Whether it is something that workers are to know at once: a list has its first entry. */
  async take(batch: FeedbackBatch): Promise<boolean> {
    const { hasSoft, floods, isNews } = await this.#asked('take', batch)
    this.#cursors.set(batch.shard, Math.max(batch.upTo, this.cursor(batch.shard)))
    this.#hasSoft = hasSoft
    this.#floods = floods ?? this.#floods
    return isNews
  }

  async lists(of: ListsWanted = {}): Promise<readonly SuppressionList[]> {
    return this.exists ? this.#asked('lists', of) : []
  }

  /** False: there is one of that name. */
  create(name: string, account: AccountId | null): Promise<boolean> {
    return this.#asked('create', { name, account })
  }

  async drop(name: string): Promise<void> {
    while (await this.#asked('drop', { name }));
    await this.review()
  }

  /** Throws a Fault where there is no such list. */
  put(list: string, entries: readonly PutEntry[]): Promise<{ readonly added: number; readonly changed: number }> {
    return this.#asked('put', { list, entries })
  }

  gather(list: string, entries: readonly PutEntry[], part: GatheredPart): Promise<{ readonly added: number; readonly changed: number }> {
    return this.#asked('gather', { list, entries, part })
  }

  remove(list: string, targets: readonly string[], stream: string | null | undefined, dryRun = false): Promise<number> {
    return this.#asked('remove', { list, targets, stream, dryRun })
  }

  async find(target: string, list: string | null, now: EpochMs): Promise<readonly SuppressionEntry[]> {
    return this.exists ? this.#asked('find', { target, list, now }) : []
  }

  page(list: string, after: EntryPlace | null, limit: number): Promise<readonly SuppressionEntry[]> {
    return this.#asked('page', { list, after, limit })
  }

  search(list: string, criteria: EntryCriteria, after: EntryPlace | null, look: number): Promise<EntriesFound> {
    return this.#asked('search', { list, criteria, after, look })
  }

  async review(): Promise<readonly SuppressionFlood[]> {
    return this.exists ? (this.#floods = await this.#asked('floods', undefined)) : []
  }

  /** What a flood holds is suppressed (`accept`) or forgotten; null: there is none of that site. */
  async settle(site: string, accept: boolean, now: EpochMs): Promise<number | null> {
    let entries = 0
    for (let isLeft = this.exists; isLeft;) {
      const slice = await this.#asked('settle', { site, accept, now })
      if (slice === null) return null
      entries += slice.entries
      isLeft = slice.left
    }
    await this.review()
    return this.exists ? entries : null
  }

  async *additions(span: AdditionSpan): AsyncGenerator<readonly AdditionView[]> {
    for (let after = 0; this.exists;) {
      const slice = await this.#asked('additions', { span, after, limit: SLICE })
      yield slice
      if (slice.length < SLICE) return
      after = slice.at(-1)?.id ?? after
    }
  }

  /** Takes additions back, the newest first. Gives how many were in force or held. */
  async undo(ids: readonly number[]): Promise<number> {
    let undone = 0
    const newest = ids.toSorted((a, b) => b - a)
    for (let at = 0; at < newest.length; at += SLICE) undone += await this.#asked('undo', { ids: newest.slice(at, at + SLICE) })
    await this.review()
    return undone
  }

  /** What is known of an address is removed; where `suppress`, every list has an entry in its place that does not tell it. */
  async erase(address: string, change: ErasureChange): Promise<{ readonly removed: number; readonly lists: number }> {
    return this.exists ? this.#asked('erase', { address, change }) : { removed: 0, lists: 0 }
  }

  /** Lets go of what is over, in slices. */
  async prune(now: EpochMs): Promise<void> {
    if (this.exists) while (await this.#asked('prune', { now }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const thread = this.#thread
    if (thread === null) return
    await this.#ask('close', undefined).catch(() => undefined)
    this.#thread = null
    await thread.ended()
  }

  async #asked<N extends keyof SuppressionCalls>(name: N, params: SuppressionCalls[N]['params']): Promise<SuppressionCalls[N]['answer']> {
    await this.begin()
    return this.#ask(name, params)
  }

  async #ask<N extends keyof SuppressionCalls>(name: N, params: SuppressionCalls[N]['params']): Promise<SuppressionCalls[N]['answer']> {
    this.#thread ??= new ThreadLink(
      'suppression',
      new URL('./suppression-thread.ts', import.meta.url),
      { file: this.#file, secret: this.#secret },
      () => {},
    )
    try {
      return (await this.#thread.ask({ name, params })) as SuppressionCalls[N]['answer']
    } catch (error) {
      const { message, fault } = error as {
        message: string
        fault: (Pick<FaultOptions, 'blame' | 'mend'> & { code: string; message: string }) | null
      }
      if (fault !== null) throw new Fault(fault.code, fault.message, { blame: fault.blame, ...(fault.mend && { mend: fault.mend }) })
      throw new Error(`${this.#file}: ${message}`, { cause: error })
    }
  }
}
