// A database that comes out of an archive, from whomever: whether it is one at all, and free of what no database of ours has. It is looked
// at before a row of it is believed.
import { messageOf } from '../../../base/fault.ts'
import { hasExtra, openShardReader } from '../spool/schema.ts'

const EPOCH = /^[0-9a-hjkmnp-tv-z]{6}$/

const NO_DATA = "SELECT 1 FROM recipient WHERE typeof(merge) NOT IN ('null', 'text') LIMIT 1"
const NO_FACTS =
  "SELECT 1 FROM message WHERE extra IS NOT NULL AND CASE WHEN json_valid(extra) THEN json_type(extra) <> 'object' ELSE 1 END LIMIT 1"

/** Why it is not to be used, as the middle of a sentence; null: it may be. */
export function foreignTrouble(file: string): string | null {
  try {
    using database = openShardReader(file)
    // SQL that would run by itself when we change a row.
    const own = database.prepare("SELECT name FROM sqlite_schema WHERE type IN ('trigger', 'view') LIMIT 1").get()
    if (own !== undefined) return `it has a trigger or a view (${String(own['name']).slice(0, 80)})`
    if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'epoch'").get() === undefined) return null
    // Ids are made of them, and names of files of ids.
    if (hasExtra(database) && database.prepare(NO_FACTS).get() !== undefined) return 'it has a message whose facts are none'
    if (hasExtra(database) && database.prepare(NO_DATA).get() !== undefined) return 'it has a recipient whose data is none'
    const epochs = database.prepare('SELECT epoch FROM epoch').all()
    return epochs.every(({ epoch }) => EPOCH.test(String(epoch))) ? null : 'it has an epoch that is none'
  } catch (error) {
    return messageOf(error)
  }
}
