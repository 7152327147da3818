// A home's databases as they are at one moment, read while others write. Each is pinned by a read transaction of a connection of its
// own, so that a copy is of that moment however long it takes; a copy from a connection that is not pinned begins anew at each commit
// of others, for ever. Copies are made by SQLite: no descriptor of a database, its -wal or -shm is opened in another way.
import { basename } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { FLAG_FILE, hasSlots } from './schema.ts'
import { type Gone, takeInBodies } from './slot-copy.ts'

/** Pages copied between two looks at the pace: 1 MiB. */
const STEP_PAGES = 256

/** What a shard told of itself at the moment of its pin. */
export interface ShardFacts {
  /** End of the block of sequences. */
  readonly sequence: number
  /** The last event that its outbox holds; 0: it is empty. */
  readonly event: number
  readonly messages: number
  readonly recipients: number
}

export interface SettingsFacts {
  readonly epoch: string
  /** Null in a format that does not know it. */
  readonly installation: string | null
}

export class Snapshot implements Disposable {
  readonly name: string
  private readonly file: string
  private readonly database: DatabaseSync

  /** Opens without pinning yet: that is slow, and the pin is to be quick. */
  constructor(file: string) {
    this.name = basename(file)
    this.file = file
    this.database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  }

  [Symbol.dispose](): void {
    if (this.database.isOpen) this.database.close()
  }

  /** From here on it reads what is committed now. */
  pin(): void {
    this.database.exec('BEGIN')
    this.database.prepare('SELECT count(*) FROM sqlite_schema').get()
  }

  unpin(): void {
    if (this.database.isTransaction) this.database.exec('ROLLBACK')
  }

  /** Of a copy of it, about. */
  get octets(): number {
    return this.number('PRAGMA page_count') * this.number('PRAGMA page_size') + this.inSlots
  }

  /** Octets of bodies that are outside the database, and inside a copy of it. */
  private get inSlots(): number {
    return this.isShard && hasSlots(this.database) ? this.number('SELECT coalesce(sum(size), 0) FROM message WHERE slot IS NOT NULL') : 0
  }

  private get isShard(): boolean {
    return this.number("SELECT count(*) FROM sqlite_schema WHERE name = 'recipient'") > 0
  }

  /** `PRAGMA user_version`. */
  get format(): number {
    return this.number('PRAGMA user_version')
  }

  /**
   * Copies to a file that does not exist, bodies included; `step` is called after each MiB with the octets done so far. Returns what of a
   * shard ended since its moment and left no body: it is not in the copy.
   */
  async copyTo(file: string, step: (done: number) => void): Promise<Gone> {
    const page = this.number('PRAGMA page_size')
    let done = 0
    const progress = ({ totalPages, remainingPages }: { totalPages: number; remainingPages: number }): void =>
      step((done = (totalPages - remainingPages) * page))
    await backup(this.database, file, { rate: STEP_PAGES, progress })
    if (this.inSlots === 0) return { messages: 0, recipients: 0 }
    return takeInBodies(file, this.file, (octets) => step((done += octets)))
  }

  shard(): ShardFacts {
    return {
      sequence: this.number('SELECT next_sequence FROM meta'),
      event: this.number('SELECT coalesce(max(last), 0) FROM outbox'),
      messages: this.number('SELECT count(*) FROM message'),
      recipients: this.number('SELECT count(*) FROM recipient'),
    }
  }

  settings(): SettingsFacts {
    const row = this.database.prepare('SELECT * FROM meta').get() ?? {}
    return { epoch: String(row['epoch']), installation: typeof row['installation'] === 'string' ? row['installation'] : null }
  }

  /** Whether the shard has a message whose body is a file. */
  namesFile(sequence: number): boolean {
    const row = this.database.prepare('SELECT flags FROM message WHERE id = ?').get(sequence)
    return (Number(row?.['flags'] ?? 0) & FLAG_FILE) !== 0
  }

  /** Of desk.db: up to which event of each shard all is told. */
  cursors(): ReadonlyMap<number, number> {
    const rows = this.database.prepare('SELECT shard, after FROM cursor').all()
    return new Map(rows.map((row) => [Number(row['shard']), Number(row['after'])]))
  }

  private number(sql: string): number {
    return Number(Object.values(this.database.prepare(sql).get() ?? {})[0] ?? 0)
  }
}
