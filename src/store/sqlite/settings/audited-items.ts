// Changes of the settings: in one transaction the change, the version, and the record of the audit with how it was before and is since.
import type { DatabaseSync } from 'node:sqlite'
import type { AccountId } from '../../../base/brand.ts'
import { systemClock } from '../../../base/clock.ts'
import type { AuditCall, AuditStates } from '../../../engine/ports/stores.ts'
import { shownChange } from '../../../policy/audit/shown.ts'
import { accountFrom, type StoredAccount } from './account-items.ts'
import type { AuditBook } from '../access/audit-book.ts'
import { type ChangedRow, raiseVersion } from './change-log.ts'
import type { Seal } from './sealing.ts'
import type { Item, Kind } from './settings-items.ts'
import { inTransaction } from '../transaction.ts'

export const PUT = 'INSERT INTO item VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, sealed = excluded.sealed'

/** What a change was about, with its states as they are: what of them is not to be shown is left out here. Null: nothing was changed. */
export type Changed = (AuditStates & { readonly subject: string }) | null

/** What is no row of the snapshot. */
export const NONE: ChangedRow = { kind: '', key: '' }

/** Under which name the audit tells of what is sealed beside a row. */
const SEALED_AS: Partial<Record<Kind, string>> = { route: 'password', 'exit-login': 'password', dkim: 'privateKey' }

export class AuditedItems {
  readonly #database: DatabaseSync
  readonly #seal: Seal
  readonly #book: AuditBook
  readonly #call: AuditCall | null

  constructor(database: DatabaseSync, seal: Seal, book: AuditBook, call: AuditCall | null = null) {
    this.#database = database
    this.#seal = seal
    this.#book = book
    this.#call = call
  }

  /** The same, on behalf of one call. */
  as(call: AuditCall): AuditedItems {
    return new AuditedItems(this.#database, this.#seal, this.#book, call)
  }

  put({ kind, key, value, secret }: Item, by: string): void {
    const sealed = secret === undefined || secret === null ? null : this.#seal.seal(secret, `${kind}/${key}`)
    const work = (): Changed => {
      const before = this.#state(kind, key)
      this.#database.prepare(PUT).run(kind, key, JSON.stringify(value), sealed)
      return { subject: key, before, after: this.#state(kind, key), ...ownerOf(kind, key) }
    }
    this.change(by, `${kind} set`, work, { kind, key })
  }

  remove(kind: Kind, key: string, by: string): boolean {
    const work = (): Changed => {
      const before = this.#state(kind, key)
      const { changes } = this.#database.prepare('DELETE FROM item WHERE kind = ? AND key = ?').run(kind, key)
      return Number(changes) > 0 ? { subject: key, before, after: null, ...ownerOf(kind, key) } : null
    }
    return this.change(by, `${kind} removed`, work, { kind, key })
  }

  /** Nothing is written where `work` changed nothing. `row`: the one of the snapshot that it changes. */
  change(by: string, action: string, work: () => Changed, row: ChangedRow = NONE): boolean {
    return inTransaction(this.#database, () => {
      this.#call?.begins?.(Number(this.#database.prepare('SELECT version FROM meta').get()?.['version']))
      const changed = work()
      if (changed === null) return false
      raiseVersion(this.#database, row)
      this.write(by, action, changed)
      return true
    })
  }

  /** Within a transaction. */
  write(by: string, action: string, { subject, before, after, account }: NonNullable<Changed>): void {
    const states = before === undefined && after === undefined ? {} : shownChange(before ?? null, after ?? null)
    const whose = account ?? accountOf(after) ?? accountOf(before)
    this.#book.write({ at: systemClock.now(), by, action, subject }, { ...states, ...(whose !== null && { account: whose }) }, this.#call)
  }

  /** A row with what is sealed beside it, to be compared; never to be kept as it is. */
  #state(kind: Kind, key: string): object | null {
    const row = this.#database.prepare('SELECT value, sealed FROM item WHERE kind = ? AND key = ?').get(kind, key)
    if (row === undefined) return null
    const value = JSON.parse(String(row['value'])) as object
    const shown = kind === 'account' ? accountFrom(value as StoredAccount) : value
    return row['sealed'] instanceof Uint8Array ? { ...shown, [SEALED_AS[kind] ?? 'secret']: this.#opened(kind, key, row['sealed']) } : shown
  }

  #opened(kind: Kind, key: string, sealed: Uint8Array): string {
    try {
      return this.#seal.open(sealed, `${kind}/${key}`)
    } catch {
      // Sealed with another key: that it is another than before is all that is told of it.
      return Buffer.from(sealed).toString('base64')
    }
  }
}

function ownerOf(kind: Kind, key: string): Pick<AuditStates, 'account'> {
  return kind === 'account' ? { account: Number(key) as AccountId } : {}
}

/** Whose it is, where the state says so. */
function accountOf(state: unknown): AccountId | null {
  const named = typeof state === 'object' && state !== null && 'account' in state ? state.account : null
  return typeof named === 'number' ? (named as AccountId) : null
}
