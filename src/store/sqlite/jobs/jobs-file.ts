// jobs.db: jobs, their recipients until they are handed in, and rows that could not be used. The desk writes what an owner says, one worker how
// far a job came: both over connections of their own, each call one synced transaction.
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import type { AccountId, EpochMs, Ms } from '../../../base/brand.ts'
import { Fault } from '../../../base/fault.ts'
import { FORMATS } from '../../../contract/formats.ts'
import { type BadRow, type Job, JOB_BOUNDS, type JobRecipient, type JobRow, type JobState } from '../../../contract/jobs.ts'
import type { ChunkOutcome, ChunkPlace, JobChunk, JobsAsked, NewJob, RowPlace } from '../../../engine/ports/jobs.ts'
import { refuseFormat } from '../faults.ts'
import { formatOf } from '../format-of.ts'
import { type ErasedRows, eraseJobRows } from './jobs-erase.ts'
import { JobNumbers, TRIALS } from './job-numbers.ts'
import { inTransaction } from '../transaction.ts'

/**
 * `seen`: rows that came, good and bad. `cursor`: recipients up to this number were handed in. `epoch`: of the home when it was made, which a
 * restore changes: what a copy from before knows of its cursor is too old. `touched`: when rows came last.
 */
const TABLES = `
CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL, name TEXT NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL,
  start INTEGER NOT NULL, document TEXT NOT NULL, epoch TEXT NOT NULL, state TEXT NOT NULL, paused TEXT, trouble TEXT, ended INTEGER,
  seen INTEGER NOT NULL, recipients INTEGER NOT NULL, bad INTEGER NOT NULL, cursor INTEGER NOT NULL, queued INTEGER NOT NULL, refused INTEGER NOT NULL,
  touched INTEGER
) STRICT;
CREATE INDEX job_open ON job (state) WHERE state IN ('reading', 'sending');
CREATE TABLE recipient (job INTEGER NOT NULL, n INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (job, n)) STRICT, WITHOUT ROWID;
CREATE TABLE bad (job INTEGER NOT NULL, line INTEGER NOT NULL, problem TEXT NOT NULL, PRIMARY KEY (job, line)) STRICT, WITHOUT ROWID;
`
const COLUMNS = 'id, account, name, by, at, start, state, paused, trouble, ended, recipients, bad, queued, refused'
/** What one chunk has at most, and the characters after which it is full. */
const CHUNK = 1000
const CHUNK_SIZE = 2 * 1024 * 1024
/** Jobs that take turns. */
const AT_ONCE = 4
const SWEPT_AT_ONCE = 20_000
const OVER = "state IN ('done', 'cancelled', 'failed')"
const BROKE_OFF = 'Its recipients broke off: nothing came for an hour. Nothing was sent; make it again.'

type Row = Record<string, SQLOutputValue>

export class JobsFile {
  readonly #database: DatabaseSync
  readonly #epoch: string
  readonly #numbers: JobNumbers

  constructor(file: string, epoch: string) {
    this.#epoch = epoch
    this.#numbers = new JobNumbers(file)
    this.#database = new DatabaseSync(file, { timeout: 5000 })
    try {
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864')
      inTransaction(this.#database, () => this.#make(file))
    } catch (error) {
      this.#database.close()
      throw error
    }
  }

  #make(file: string): void {
    const format = formatOf(this.#database)
    if (format === 0) this.#database.exec(`${TABLES} PRAGMA user_version = ${FORMATS.jobs.writes}`)
    else if (!FORMATS.jobs.reads.includes(format)) throw refuseFormat('jobs', file, format)
    const columns = this.#database.prepare("SELECT count(*) AS n FROM pragma_table_info('job') WHERE name = 'touched'").get()?.['n']
    if (columns === 0) this.#database.exec('ALTER TABLE job ADD COLUMN touched INTEGER')
  }

  close(): void {
    this.#database.close()
  }

  add({ account, name, by, at, start, document, trial }: NewJob): Job {
    return inTransaction(this.#database, () => {
      const open = this.#database.prepare("SELECT count(*) AS n FROM job WHERE state IN ('reading', 'sending')").get()?.['n']
      if (Number(open) >= JOB_BOUNDS.jobs)
        throw refused(`There are ${JOB_BOUNDS.jobs} jobs that are not over.`, "'hms assemble ls' lists them.")
      const sql = `INSERT INTO job (id, account, name, by, at, start, document, epoch, state, seen, recipients, bad, cursor, queued, refused)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'reading', 0, 0, 0, 0, 0, 0)`
      const id = trial === true ? this.#highest(TRIALS, Infinity) + 1 : this.#number()
      this.#database.prepare(sql).run(id, account, name, by, at, start, document, this.#epoch)
      return this.job(id)
    })
  }

  /** That no job ever had. */
  #number(): number {
    const counted = Number(this.#database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'job'").get()?.['seq'] ?? 0)
    const number = Math.max(this.#numbers.last, this.#highest(0, TRIALS), counted < TRIALS ? counted : 0) + 1
    this.#numbers.note(number)
    return number
  }

  #highest(from: number, below: number): number {
    const found = this.#database.prepare('SELECT max(id) AS n FROM job WHERE id >= ? AND id < ?').get(from, Math.min(below, 2 * TRIALS))
    return Number(found?.['n'] ?? from)
  }

  rows(id: number, after: number, rows: readonly JobRow[], at: EpochMs): Job {
    return inTransaction(this.#database, () => {
      const job = this.#inState(id, ['reading'])
      const { seen } = this.#database.prepare('SELECT seen FROM job WHERE id = ?').get(id) ?? {}
      if (after > Number(seen)) throw refused(`Rows of job ${id} are missing: ${String(seen)} came before, not ${after}.`)
      const fresh = rows.slice(Number(seen) - after)
      let { recipients, bad } = job
      const put = this.#database.prepare('INSERT INTO recipient (job, n, row) VALUES (?, ?, ?)')
      for (const row of fresh) {
        if ('problem' in row) this.#putBad(id, row, bad++)
        else put.run(id, ++recipients, JSON.stringify([row.line, row.to, row.name ?? null, row.id ?? null, row.data]))
      }
      if (recipients > JOB_BOUNDS.recipients) throw refused(`A job has at most ${JOB_BOUNDS.recipients} recipients.`, 'Make several.')
      const sql = 'UPDATE job SET seen = seen + ?, recipients = ?, bad = ?, touched = ? WHERE id = ?'
      this.#database.prepare(sql).run(fresh.length, recipients, bad, at, id)
      return this.job(id)
    })
  }

  /** `before`: how many there are. */
  #putBad(id: number, { line, problem }: BadRow, before: number): void {
    if (before >= JOB_BOUNDS.bad) return
    this.#database.prepare('INSERT OR REPLACE INTO bad (job, line, problem) VALUES (?, ?, ?)').run(id, line, problem)
  }

  begin(id: number): Job {
    if (id > TRIALS) throw refused(`Job ${id} is only looked at.`)
    return this.#change(id, ['reading'], "state = 'sending'")
  }

  list({ account, after = TRIALS, limit }: JobsAsked): readonly Job[] {
    const sql = `SELECT ${COLUMNS} FROM job WHERE id < ? ${account === undefined ? '' : 'AND account = ?'} ORDER BY id DESC LIMIT ?`
    return this.#database
      .prepare(sql)
      .all(...(account === undefined ? [after, limit] : [after, account, limit]))
      .map(jobOf)
  }

  job(id: number): Job {
    const row = this.#database.prepare(`SELECT ${COLUMNS} FROM job WHERE id = ?`).get(id)
    if (row === undefined) throw refused(`There is no job ${id}.`, "'hms assemble ls' lists them.")
    return jobOf(row)
  }

  show(id: number): { readonly job: Job; readonly document: string } {
    return { job: this.job(id), document: String(this.#database.prepare('SELECT document FROM job WHERE id = ?').get(id)?.['document']) }
  }

  bad(id: number, after: number, limit: number): readonly BadRow[] {
    this.job(id)
    const rows = this.#database
      .prepare('SELECT line, problem FROM bad WHERE job = ? AND line > ? ORDER BY line LIMIT ?')
      .all(id, after, limit)
    return rows as unknown as readonly BadRow[]
  }

  first(id: number, limit: number): readonly JobRecipient[] {
    return this.#recipients(id, 0, limit).recipients
  }

  pause(id: number, by: string): Job {
    return this.#change(id, ['reading', 'sending'], 'paused = ?', by)
  }

  /** Also one of before a restore: whoever says so has looked. */
  resume(id: number): Job {
    return this.#change(id, ['reading', 'sending'], 'paused = NULL, trouble = NULL, epoch = ?', this.#epoch)
  }

  cancel(id: number, at: EpochMs): Job {
    return this.#change(id, ['reading', 'sending'], "state = 'cancelled', ended = ?", at)
  }

  forget(id: number): void {
    this.#inState(id, ['reading', 'done', 'cancelled', 'failed'])
    inTransaction(this.#database, () => {
      for (const table of ['recipient WHERE job', 'bad WHERE job', 'job WHERE id'])
        this.#database.prepare(`DELETE FROM ${table} = ?`).run(id)
    })
  }

  due(now: EpochMs, except: readonly number[], kept: Ms): readonly JobChunk[] {
    this.#sweep(now, kept)
    const sql = `SELECT ${COLUMNS}, document, epoch, cursor FROM job WHERE state = 'sending' AND paused IS NULL AND start <= ?
      AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT ${AT_ONCE}`
    return this.#database
      .prepare(sql)
      .all(now, JSON.stringify(except))
      .flatMap((row) => {
        const job = jobOf(row)
        if (row['epoch'] !== this.#epoch) return this.#restored(job.id)
        const from = Number(row['cursor']) + 1
        const { recipients, to } = this.#recipients(job.id, from - 1, CHUNK)
        return [{ job, document: String(row['document']), from, to, recipients }]
      })
  }

  /** What it knows may be of long ago. */
  #restored(id: number): [] {
    const why =
      "made before a restore: part of it may have been sent since; 'hms assemble resume' sends all that this copy does not know of"
    this.#change(id, ['sending'], 'paused = ?', why)
    return []
  }

  #recipients(id: number, after: number, limit: number): { readonly recipients: readonly JobRecipient[]; readonly to: number } {
    const recipients: JobRecipient[] = []
    let [to, size] = [after, 0]
    const rows = this.#database.prepare('SELECT n, row FROM recipient WHERE job = ? AND n > ? ORDER BY n LIMIT ?').iterate(id, after, limit)
    for (const { n, row } of rows) {
      size += String(row).length
      if (recipients.length > 0 && size > CHUNK_SIZE) break
      recipients.push(recipientOf(String(row)))
      to = Number(n)
    }
    return { recipients, to }
  }

  settle({ id, from, to }: ChunkPlace, { queued, refused: bad }: ChunkOutcome, at: EpochMs): boolean {
    return inTransaction(this.#database, () => {
      const job = this.job(id)
      bad.forEach((row, n) => this.#putBad(id, row, job.bad + job.refused + n))
      const sql = 'UPDATE job SET cursor = ?, queued = queued + ?, refused = refused + ?, trouble = NULL WHERE id = ? AND cursor = ?'
      this.#database.prepare(sql).run(to, queued, bad.length, id, from - 1)
      const over = "UPDATE job SET state = 'done', ended = ? WHERE id = ? AND state = 'sending' AND cursor >= recipients"
      return Number(this.#database.prepare(over).run(at, id).changes) > 0
    })
  }

  trouble(id: number, trouble: string): void {
    this.#database.prepare('UPDATE job SET trouble = ? WHERE id = ?').run(trouble, id)
  }

  /** Takes a person out of some rows behind one. */
  erase(address: string, after: RowPlace, dryRun: boolean): ErasedRows {
    return eraseJobRows(this.#database, address, after, dryRun)
  }

  /** Jobs whose recipients broke off; recipients of jobs that are over, a part at a time; jobs that were over long ago. */
  #sweep(now: EpochMs, kept: Ms): void {
    const silent = "SELECT id FROM job WHERE state = 'reading' AND ifnull(touched, at) < ?"
    for (const { id } of this.#database.prepare(silent).all(now - JOB_BOUNDS.silence))
      if (Number(id) > TRIALS) this.forget(Number(id))
      else this.#fail(Number(id), now)
    const full = this.#database
      .prepare(`SELECT id FROM job WHERE ${OVER} AND EXISTS (SELECT 1 FROM recipient WHERE job = id) LIMIT 1`)
      .get()
    if (full !== undefined) {
      const id = Number(full['id'])
      const first = this.#database.prepare('SELECT n FROM recipient WHERE job = ? ORDER BY n LIMIT 1').get(id)?.['n']
      this.#database.prepare('DELETE FROM recipient WHERE job = ? AND n < ?').run(id, Number(first) + SWEPT_AT_ONCE)
    }
    const old = this.#database.prepare(`SELECT id FROM job WHERE ${OVER} AND ended < ? LIMIT 1`).get(now - kept)
    if (old !== undefined) this.forget(Number(old['id']))
  }

  #fail(id: number, at: EpochMs): void {
    // The rows may have come in the meantime, over the connection of the desk.
    const sql = "UPDATE job SET state = 'failed', ended = ?, trouble = ? WHERE id = ? AND state = 'reading' AND ifnull(touched, at) < ?"
    this.#database.prepare(sql).run(at, BROKE_OFF, id, at - JOB_BOUNDS.silence)
  }

  #change(id: number, states: readonly JobState[], set: string, value?: string | number): Job {
    return inTransaction(this.#database, () => {
      this.#inState(id, states)
      this.#database.prepare(`UPDATE job SET ${set} WHERE id = ?`).run(...(value === undefined ? [id] : [value, id]))
      return this.job(id)
    })
  }

  #inState(id: number, states: readonly JobState[]): Job {
    const job = this.job(id)
    if (!states.includes(job.state)) throw refused(`Job ${id} is ${STATE_WORDS[job.state]}.`, "'hms assemble show' tells more.")
    return job
  }
}

const STATE_WORDS: Readonly<Record<JobState, string>> = {
  reading: 'still being read',
  sending: 'sent already',
  done: 'done',
  cancelled: 'cancelled',
  failed: 'given up, as its recipients broke off',
}

function refused(what: string, mend?: string): Fault {
  return new Fault('invalid-parameter', what, { blame: 'caller', ...(mend !== undefined && { mend }) })
}

function recipientOf(text: string): JobRecipient {
  const [line, to, name, id, data] = JSON.parse(text) as [number, string, string | null, string | null, JobRecipient['data']]
  return { line, to, ...(name !== null && { name }), ...(id !== null && { id }), data }
}

function jobOf(row: Row): Job {
  const text = (name: string): string | null => (row[name] === null ? null : String(row[name]))
  return {
    id: Number(row['id']),
    account: Number(row['account']) as AccountId,
    name: String(row['name']),
    by: String(row['by']),
    at: Number(row['at']),
    start: Number(row['start']),
    state: String(row['state']) as JobState,
    paused: text('paused'),
    trouble: text('trouble'),
    ended: row['ended'] === null ? null : Number(row['ended']),
    recipients: Number(row['recipients']),
    bad: Number(row['bad']),
    queued: Number(row['queued']),
    refused: Number(row['refused']),
  }
}
