// Up to which event of each shard plug-ins were told what became of mail: a table in the desk's database, so that a backup has it beside the
// cursors that it goes with.
import { DatabaseSync } from 'node:sqlite'
import type { EventPosition } from '../../../engine/ports/event-follower.ts'
import { inTransaction } from '../transaction.ts'

const TABLE = `CREATE TABLE IF NOT EXISTS plugin_position (
  plugin TEXT NOT NULL, shard INTEGER NOT NULL, after INTEGER NOT NULL, PRIMARY KEY (plugin, shard)
) STRICT, WITHOUT ROWID`
/** Stands for having a place at all: where nothing has ever happened there is no shard to have one in. */
const NO_SHARD = -1
const PUT = 'INSERT INTO plugin_position VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET after = excluded.after'

export class PluginPositions implements Disposable {
  readonly #database: DatabaseSync

  /** `file`: the desk's database, which is there already. A crash of the machine may lose the last second: that is told again. */
  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 5000 })
    this.#database.exec(`PRAGMA synchronous = OFF; ${TABLE}`)
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close()
  }

  /** Null: it was never told anything. */
  of(plugin: string): EventPosition | null {
    const rows = this.#database.prepare('SELECT shard, after FROM plugin_position WHERE plugin = ?').all(plugin)
    if (rows.length === 0) return null
    const position = new Map(rows.map((row) => [Number(row['shard']), Number(row['after'])]))
    position.delete(NO_SHARD)
    return position
  }

  put(positions: ReadonlyMap<string, EventPosition>): void {
    const put = this.#database.prepare(PUT)
    inTransaction(this.#database, () => {
      for (const [plugin, position] of positions)
        for (const [shard, after] of [[NO_SHARD, 0] as const, ...position]) put.run(plugin, shard, after)
    })
  }
}
