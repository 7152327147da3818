// Whose records of the audit go where there are too many: the oldest of those who have the most, down to what leaves room for all. One who changes
// something all day pushes out what he did himself, and not what others did (docs/decisions/0053).
import type { DatabaseSync } from 'node:sqlite'

/** What a record takes beside its values. */
export const RECORD_OCTETS = 200
/** The desk answers others meanwhile. */
const REMOVED_AT_ONCE = 20_000
/** Of what may be kept: below that nothing is looked through again for a while. */
const CLEARED_TO = 0.9

const SIZE = `${RECORD_OCTETS} + octet_length(a.subject) + ifnull(octet_length(d.before), 0) + ifnull(octet_length(d.after), 0)`
const RECORDS = 'FROM audit a LEFT JOIN audit_detail d ON d.id = a.id'

/** Within a transaction. Returns the octets that are left. */
export function pruneShares(database: DatabaseSync, most: number): number {
  const rows = database.prepare(`SELECT a.by, sum(${SIZE}) AS octets ${RECORDS} GROUP BY a.by`).all()
  const sizes = new Map(rows.map(({ by, octets }) => [String(by), Number(octets)]))
  let left = [...sizes.values()].reduce((sum, octets) => sum + octets, 0)
  if (left <= most) return left
  const share = shareOf([...sizes.values()], most * CLEARED_TO)
  const excess = new Map([...sizes].filter(([, octets]) => octets > share).map(([by, octets]) => [by, octets - share]))
  const gone: number[] = []
  for (const { id, by, octets } of database.prepare(`SELECT a.id, a.by, ${SIZE} AS octets ${RECORDS} ORDER BY a.id`).iterate()) {
    const over = excess.get(String(by))
    if (over === undefined) continue
    gone.push(Number(id))
    left -= Number(octets)
    if (over > Number(octets)) excess.set(String(by), over - Number(octets))
    else excess.delete(String(by))
    if (excess.size === 0 || gone.length >= REMOVED_AT_ONCE) break
  }
  for (const table of ['audit', 'audit_detail']) {
    const remove = database.prepare(`DELETE FROM ${table} WHERE id = ?`)
    for (const id of gone) remove.run(id)
  }
  return left
}

/** What each may have at most, so that all together have no more than `room`: who has less leaves the rest of it to others. */
function shareOf(sizes: readonly number[], room: number): number {
  let rest = room
  const ascending = sizes.toSorted((a, b) => a - b)
  for (const [i, size] of ascending.entries()) {
    const share = rest / (ascending.length - i)
    if (size > share) return share
    rest -= size
  }
  return Number.POSITIVE_INFINITY
}
