// Two states of the settings side by side, for a restore: how they differ, and one made of both. Whatever is chosen, a restore gives
// nobody back what was taken from him: who may log in is as it is now, what was suspended or removed stays so, and the audit is whole.
import { DatabaseSync } from 'node:sqlite'
import { AUDIT_DETAIL } from '../access/audit-book.ts'
import { openSeal } from './sealing.ts'
import { inTransaction } from '../transaction.ts'

export interface SettingsDifference {
  readonly kind: string
  readonly key: string
  /** Seen from the present: what the backup has besides, lacks, or has otherwise. */
  readonly backup: 'has it' | 'lacks it' | 'differs'
}

interface Item {
  readonly kind: string
  readonly key: string
  readonly value: string
  readonly sealed: Uint8Array | null
}

/** Who may log in, where events are posted to, what is kept back, how far warm-up came, and what is in the audit already: of the present only. */
const LOGINS = [
  'taken',
  'credential',
  'key',
  'ses-key',
  'user',
  'suspension',
  'narrow-suspension',
  'source',
  'exit-login',
  'rebinding',
  'warmup',
  'tracking-host',
  'webhook',
]
/** What is worth nothing without its secret. */
const KEYS = "'dkim', 'token-key', 'ses-key'"
/** What gives a right: of the backup only what is there now too. */
const RIGHTS = ['dkim', 'relay', 'sender', 'own-domain', 'reporter']

function connect(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5000 })
  database.exec('PRAGMA synchronous = FULL')
  return database
}

function itemsOf(database: DatabaseSync): Map<string, Item> {
  const rows = database.prepare('SELECT kind, key, value, sealed FROM item ORDER BY kind, key').all() as unknown as Item[]
  return new Map(rows.map((row) => [`${row.kind}/${row.key}`, row]))
}

export function settingsDifferences(present: string, backup: string): SettingsDifference[] {
  using now = connect(present)
  using then = connect(backup)
  const [here, there] = [itemsOf(now), itemsOf(then)]
  const found: SettingsDifference[] = []
  for (const [name, { kind, key, value }] of here) {
    // How far something was taken is no setting.
    if (kind === 'taken') continue
    const other = there.get(name)
    // A secret is sealed anew at every change: how it is sealed says nothing, the value beside it does not hold it.
    if (other === undefined) found.push({ kind, key, backup: 'lacks it' })
    else if (other.value !== value) found.push({ kind, key, backup: 'differs' })
  }
  for (const [name, { kind, key }] of there) if (!here.has(name) && kind !== 'taken') found.push({ kind, key, backup: 'has it' })
  return found
}

/**
 * Makes of a copy of the backup's settings those that go into the home: whose home it is and its epoch are those of the present. With
 * `forget` the rest is as in the backup; otherwise what must not be undone is of the present. May be repeated.
 */
export function uniteSettings(copy: string, present: string, forget: boolean): void {
  for (const file of [copy, present]) {
    using database = connect(file)
    database.exec(AUDIT_DETAIL)
  }
  using database = connect(copy)
  database.prepare('ATTACH ? AS now').run(present)
  const kinds = (list: readonly string[]): string => list.map((kind) => `'${kind}'`).join(', ')
  inTransaction(database, () => {
    database.exec(`UPDATE meta SET epoch = (SELECT epoch FROM now.meta), installation = (SELECT installation FROM now.meta),
      version = max(version, (SELECT version FROM now.meta)) + 1`)
    if (forget) return
    database.exec(`DELETE FROM audit; INSERT INTO audit SELECT * FROM now.audit;
      DELETE FROM audit_detail; INSERT INTO audit_detail SELECT * FROM now.audit_detail`)
    database.exec(`DELETE FROM item WHERE kind IN (${kinds(LOGINS)});
      INSERT INTO item SELECT * FROM now.item WHERE kind IN (${kinds(LOGINS)})`)
    database.exec(`DELETE FROM item WHERE kind IN (${kinds(RIGHTS)}) AND (kind, key) NOT IN (SELECT kind, key FROM now.item)`)
    // Accounts that were made since: their mail waits, and their numbers are never given out again. Keys of tokens: what they signed comes back.
    database.exec("INSERT OR IGNORE INTO item SELECT * FROM now.item WHERE kind IN ('account', 'token-key')")
    database.exec(`UPDATE item SET value = json_set(value, '$.state', 'suspended') WHERE kind = 'account'
      AND key IN (SELECT key FROM now.item WHERE kind = 'account' AND json_extract(value, '$.state') = 'suspended')`)
    // With who did it and why; what is watched stays so.
    database.exec(`UPDATE item SET value = json_set(item.value, '$.state', json_extract(n.value, '$.state'), '$.standing', json_extract(n.value, '$.standing'))
      FROM now.item n WHERE n.kind = 'account' AND item.kind = 'account' AND n.key = item.key AND json_extract(n.value, '$.standing.state') <> 'active'`)
  })
}

/** What is sealed and cannot be opened with a key, as `route *` or `dkim example.com s1`. */
export function sealedBeyond(file: string, keyFile: string): string[] {
  using database = connect(file)
  const seal = openSeal(keyFile)
  return [...itemsOf(database).values()].flatMap(({ kind, key, sealed }) => {
    if (sealed === null) return []
    try {
      seal.open(sealed, `${kind}/${key}`)
      return []
    } catch {
      return [`${kind} ${key}`]
    }
  })
}

/** Everything that is sealed: without its key nobody reads it. */
export function sealedIn(file: string): string[] {
  using database = connect(file)
  return [...itemsOf(database).values()].flatMap(({ kind, key, sealed }) => (sealed === null ? [] : [`${kind} ${key}`]))
}

/** Leaves out what is named: routes stay without their password, keys of DKIM, of tokens and of signed calls go. */
export function dropSealed(file: string, names: readonly string[]): void {
  using database = connect(file)
  inTransaction(database, () => {
    for (const name of names) {
      database.prepare(`DELETE FROM item WHERE kind IN (${KEYS}) AND kind || ' ' || key = ?`).run(name)
      database.prepare(`UPDATE item SET sealed = NULL WHERE kind NOT IN (${KEYS}) AND kind || ' ' || key = ?`).run(name)
    }
  })
}
