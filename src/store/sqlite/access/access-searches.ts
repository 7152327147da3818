// Searches of the Control Panel that users keep: a name and what the page wrote down. They go with their user.
import type { DatabaseSync } from 'node:sqlite'
import type { SavedSearch } from '../../../contract/access.ts'
import type { SearchBook } from '../../../engine/ports/access.ts'

/** Made at each opening where it is not there: what does not know it leaves it alone. */
export const SEARCH_TABLE = `
CREATE TABLE IF NOT EXISTS search (
  user TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL, search TEXT NOT NULL, PRIMARY KEY (user, name)
) STRICT, WITHOUT ROWID;
`
const MOST_OF_ONE = 100

export class SearchRows implements SearchBook {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  of(user: string): readonly SavedSearch[] {
    const rows = this.#database.prepare('SELECT name, search FROM search WHERE user = ? ORDER BY name').all(user)
    return rows.map(({ name, search }) => ({ name: String(name), search: String(search) }))
  }

  put(user: string, { name, search }: SavedSearch): boolean {
    const others = this.#database.prepare('SELECT count(*) AS n FROM search WHERE user = ? AND name <> ?').get(user, name)
    if (Number(others?.['n']) >= MOST_OF_ONE) return false
    this.#database
      .prepare('INSERT INTO search VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET search = excluded.search')
      .run(user, name, search)
    return true
  }

  remove(user: string, name: string): boolean {
    return this.#database.prepare('DELETE FROM search WHERE user = ? AND name = ?').run(user, name).changes > 0
  }
}
