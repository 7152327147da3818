// Rows on their way into the table: they wait a moment for others, one statement takes a batch, and whoever added a row hears when it is committed.
// What waits is bounded by the server, which has so many hooks under way at once and no more.
import { Pool, type PoolConfig } from 'pg'

export type Database = Pick<PoolConfig, 'host' | 'port' | 'database' | 'user' | 'password' | 'ssl'>

export interface Result {
  /** The same however often it is told. */
  readonly id: string
  readonly kind: string
  readonly at: number
  readonly account: number
  readonly message: string
  readonly recipient: string
  readonly code: number | null
  readonly text: string
}

export interface ResultsOptions {
  readonly database: Database
  readonly table: string
  readonly batch: number
  readonly wait: number
  readonly warn: (text: string) => void
}

interface Waiting {
  readonly row: Result
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/** A connection, and each statement. Together below the plug-in's budget: what is told again meanwhile would wait beside itself. */
const WITHIN = 1500

export class Results {
  readonly #options: ResultsOptions
  readonly #pool: Pool
  #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | null = null
  #isWriting = false
  #isReady = false

  constructor(options: ResultsOptions) {
    this.#options = options
    this.#pool = new Pool({ ...options.database, max: 1, connectionTimeoutMillis: WITHIN, query_timeout: WITHIN })
    // A connection that breaks while nothing is asked is made again by the next batch.
    this.#pool.on('error', (error) => options.warn(`The connection to PostgreSQL broke: ${error.message}`))
  }

  /** Resolves when the row is committed. */
  add(row: Result): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ row, done: resolve, failed: reject })
    if (this.#waiting.length >= this.#options.batch) void this.#write()
    else this.#timer ??= setTimeout(() => void this.#write(), this.#options.wait)
    return promise
  }

  async #write(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#isWriting) return
    this.#isWriting = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#options.batch)
      try {
        await this.#insert(batch.map(({ row }) => row))
        for (const { done } of batch) done()
      } catch (error) {
        for (const { failed } of batch) failed(error)
      }
    }
    this.#isWriting = false
  }

  async #insert(rows: readonly Result[]): Promise<void> {
    const { table } = this.#options
    if (!this.#isReady) await this.#pool.query(tableText(table))
    this.#isReady = true
    const column = <K extends keyof Result>(name: K): readonly Result[K][] => rows.map((row) => row[name])
    await this.#pool.query(
      `INSERT INTO ${table} (id, kind, at, account, message, recipient, code, text)
       SELECT id, kind, to_timestamp(at / 1000.0), account, message, recipient, code, text
       FROM unnest($1::text[], $2::text[], $3::float8[], $4::bigint[], $5::text[], $6::text[], $7::int[], $8::text[])
         AS row (id, kind, at, account, message, recipient, code, text)
       ON CONFLICT (id) DO NOTHING`,
      [
        column('id'),
        column('kind'),
        column('at'),
        column('account'),
        column('message'),
        column('recipient'),
        column('code'),
        // PostgreSQL has no NUL in text, and a peer may send one.
        column('text').map((text) => text.replaceAll('\0', '')),
      ],
    )
  }
}

function tableText(table: string): string {
  return `CREATE TABLE IF NOT EXISTS ${table} (
    id text PRIMARY KEY,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    account bigint NOT NULL,
    message text NOT NULL,
    recipient text NOT NULL,
    code int,
    text text NOT NULL
  )`
}
