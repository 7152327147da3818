// What becomes of each recipient when a home is restored: decided here, from what the home has, what the backup has, and what the delivery
// journal tells of the time since. One shard at a time, in three stages: rows of the base are added, then the journal's entries in their
// order, then it is concluded. The base of a shard is the living shard where it can be read (it wins, and the journal is seldom ahead of
// it), else the backup's, else nothing.
import type { AccountId, EpochMs, MessageId } from '../../base/brand.ts'
import type { JournalEntry } from '../../store/journal/reader.ts'
import type { JournalRecord } from '../../store/journal/record.ts'

/** A recipient that waits in a queue. */
export interface QueuedRow {
  readonly message: MessageId
  readonly n: number
  readonly account: AccountId
  readonly recipient: string
  readonly clientId: string | null
  /** When it was accepted. */
  readonly at: EpochMs
}

/** What was accepted and is in no queue: its octets are gone, its name is not. */
export type LostRecipient = Omit<QueuedRow, 'n'>

export type Base = 'living' | 'backup' | 'none'

export interface ShardQuestion {
  readonly base: Base
  /** The last event that the base knows of. */
  readonly position: number
  /** Up to which event of the shard the journal reaches; null: nothing may be concluded from it. */
  readonly journalReaches: number | null
  /** Messages that the owner names: they come back whatever became of them. */
  readonly named: ReadonlySet<MessageId>
}

export interface ShardPlan {
  readonly base: Base
  /** Stays in, or comes back to, the queue, and is sent. */
  readonly queued: readonly QueuedRow[]
  /** Recipients that stay besides, of which nothing had to be looked at. */
  readonly untouched: number
  /** Was delivered, or failed, since: never sent again. */
  readonly settled: readonly QueuedRow[]
  /** Was deleted since: stays so. */
  readonly deleted: readonly QueuedRow[]
  /** Nobody knows whether it was sent since. */
  readonly uncertain: readonly QueuedRow[]
  readonly lost: readonly LostRecipient[]
  /** Why not all is known, in words; null: it is. */
  readonly doubt: string | null
}

type Fate = 'queued' | 'settled' | 'deleted'

export class ShardPlanner {
  readonly #question: ShardQuestion
  readonly #rows = new Map<MessageId, { readonly row: QueuedRow; fate: Fate }[]>()
  /** Accepted since and not ended yet. */
  readonly #open = new Map<string, LostRecipient>()
  #doubt: string | null
  #untouched = 0
  /** Ends are numbered one by one and in order: what comes again has a number that was seen. */
  #seen: number

  constructor(question: ShardQuestion) {
    this.#question = question
    this.#seen = question.position
    this.#doubt = doubtOf(question)
  }

  add(row: QueuedRow): void {
    const known = this.#rows.get(row.message)
    if (known === undefined) this.#rows.set(row.message, [{ row, fate: 'queued' }])
    else known.push({ row, fate: 'queued' })
  }

  /** Instead of their rows, where the journal has nothing after the position. */
  keep(recipients: number): void {
    this.#untouched += recipients
  }

  /** An entry of this shard, or damage. */
  tell(entry: JournalEntry): void {
    if (entry.kind === 'gap') {
      if (entry.upTo > this.#question.position) this.#doubt ??= 'the delivery journal has a gap'
    } else if (entry.kind === 'damaged') {
      if (!this.#isUpToDate()) this.#doubt ??= `the delivery journal is damaged (${entry.segment}: ${entry.why})`
    } else if (entry.number <= this.#question.position) return
    else if (entry.kind === 'accepted') this.#accepted(entry)
    else if (entry.number > this.#seen) {
      this.#seen = entry.number
      this.#ended(entry)
    }
  }

  conclude(): ShardPlan {
    const all = [...this.#rows.values()].flat()
    const of = (fate: Fate): QueuedRow[] => all.filter((one) => one.fate === fate).map(({ row }) => row)
    const left = of('queued')
    return {
      base: this.#question.base,
      queued: this.#doubt === null ? left : [],
      untouched: this.#untouched,
      uncertain: this.#doubt === null ? [] : left,
      settled: of('settled'),
      deleted: of('deleted'),
      lost: [...this.#open.values()],
      doubt: this.#doubt,
    }
  }

  /** A living shard that the journal is not ahead of. */
  #isUpToDate(): boolean {
    const { base, position, journalReaches } = this.#question
    return base === 'living' && journalReaches !== null && journalReaches <= position
  }

  #accepted(entry: JournalRecord): void {
    if (this.#rows.has(entry.message)) return
    const { message, account, recipient, clientId, at } = entry
    this.#open.set(`${message} ${recipient}`, { message, account, recipient, clientId, at })
  }

  #ended({ kind, message, recipient }: JournalRecord): void {
    if (this.#question.named.has(message)) return
    const rows = this.#rows.get(message)
    if (rows === undefined) {
      this.#open.delete(`${message} ${recipient}`)
      return
    }
    const one = rows.find(({ row, fate }) => fate === 'queued' && row.recipient === recipient)
    if (one !== undefined) one.fate = kind === 'deleted' ? 'deleted' : 'settled'
  }
}

/** The living shard is what it is: nobody else sends from it, unless the journal says so. */
function doubtOf({ base, position, journalReaches }: ShardQuestion): string | null {
  if (base === 'none') return null
  if (journalReaches === null) return 'there is no delivery journal that tells what happened since'
  return base === 'backup' && journalReaches < position ? 'the delivery journal ends before the backup was made' : null
}

/** What all shards come to. */
export interface Outcome {
  readonly kept: number
  readonly restored: number
  readonly alreadyDelivered: number
  readonly deleted: number
  readonly uncertain: number
  readonly lost: readonly LostRecipient[]
  /** Of the backup, not known to have ended, and in no queue: the shard was lost and begun anew without them. */
  readonly missing: readonly LostRecipient[]
}

export type UncertainChoice = 'hold' | 'send' | 'drop'

/** Of living shards, how many recipients of the backup are not queued any more, and how many of these come back as they were named. */
export interface Gone {
  readonly settled: number
  readonly deleted: number
  readonly back: number
  readonly missing: readonly LostRecipient[]
}

export function outcomeOf(plans: readonly ShardPlan[], gone: Gone): Outcome {
  const sum = (of: (plan: ShardPlan) => number): number => plans.reduce((all, plan) => all + of(plan), 0)
  return {
    kept: sum(({ base, queued, untouched }) => untouched + (base === 'living' ? queued.length : 0)),
    restored: sum(({ base, queued }) => (base === 'backup' ? queued.length : 0)) + gone.back,
    alreadyDelivered: sum(({ settled }) => settled.length) + gone.settled,
    deleted: sum(({ deleted }) => deleted.length) + gone.deleted,
    uncertain: sum(({ uncertain }) => uncertain.length),
    lost: plans.flatMap(({ lost }) => lost),
    missing: gone.missing,
  }
}

/** What is to be done to the base of a shard, in places of its rows. */
export function changesOf(plan: ShardPlan, choice: UncertainChoice): { readonly remove: QueuedRow[]; readonly hold: QueuedRow[] } {
  const remove = [...plan.settled, ...plan.deleted]
  if (choice === 'drop') remove.push(...plan.uncertain)
  return { remove, hold: choice === 'hold' ? [...plan.uncertain] : [] }
}
