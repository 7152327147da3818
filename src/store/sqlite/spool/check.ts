// The proof behind `hms doctor --spool`: each accepted recipient is in exactly one state with a due time, its message
// exists, its body exists, and the indexes agree with the rows. Read in slices, each one short read transaction.
import type { DatabaseSync } from 'node:sqlite'
import type { CheckSlice, CheckStep } from './protocol.ts'
import { endOfBody } from './body-slots.ts'
import { FLAG_FILE, hasSlots, STATE_HELD, STATE_WAITING } from './schema.ts'

const SLICE = 5_000

type Row = (number | string | null)[]

function rows(database: DatabaseSync, sql: string, ...values: number[]): Row[] {
  const statement = database.prepare(sql)
  statement.setReturnArrays(true)
  return statement.all(...values) as unknown as Row[]
}

function end(slice: readonly Row[]): number | null {
  return slice.length < SLICE ? null : ((slice.at(-1)?.[0] ?? null) as number | null)
}

function checkMessages(database: DatabaseSync, after: number, sizeOfBodies: () => number): CheckSlice {
  const slice = rows(
    database,
    `SELECT m.id, m.flags, m.expires, m.accepted, m.body IS NULL, (SELECT count(*) FROM (SELECT 1 FROM recipient r WHERE r.message = m.id LIMIT 1)),
       (SELECT count(*) FROM message x INDEXED BY message_expires WHERE x.expires = m.expires AND x.id = m.id), ${hasSlots(database) ? 'm.slot' : 'NULL'}, m.size
     FROM message m NOT INDEXED WHERE m.id > ? ORDER BY m.id LIMIT ${SLICE}`,
    after,
  )
  const bodies = sizeOfBodies()
  const problems: string[] = []
  const files: number[] = []
  for (const [id, flags, expires, accepted, bodiless, recipients, indexed, slot, size] of slice) {
    const inFile = (Number(flags) & FLAG_FILE) !== 0
    if (inFile) files.push(Number(id))
    const places = [inFile, slot !== null, bodiless !== 1].filter(Boolean).length
    if (places !== 1) problems.push(`message ${id} has ${places === 0 ? 'no body' : 'two bodies'}`)
    if (slot !== null && endOfBody(Number(slot), Number(size)) > bodies) problems.push(`the body of message ${id} is missing`)
    if (recipients === 0) problems.push(`message ${id} has no recipient left`)
    if (indexed !== 1) problems.push(`message ${id} is missing from the index of expiry`)
    if (!(Number(expires) >= Number(accepted))) problems.push(`message ${id} expires before it was accepted`)
  }
  return { recipients: 0, problems, files, next: end(slice) }
}

/** Slices end between messages, except for one message of more recipients than a slice, which is read whole. */
function checkRecipients(database: DatabaseSync, after: number): CheckSlice {
  const [bound] = rows(
    database,
    `SELECT max(message), count(*) FROM (SELECT message FROM recipient WHERE message > ? ORDER BY message LIMIT ${SLICE})`,
    after,
  )
  const last = bound?.[0] ?? null
  if (last === null) return { recipients: 0, problems: [], files: [], next: null }
  const [counts] = rows(database, 'SELECT count(*) FROM recipient WHERE message > ? AND message <= ?', after, Number(last))
  const bad = rows(
    database,
    `SELECT r.message, r.n, r.state, r.due, (SELECT count(*) FROM message m WHERE m.id = r.message) FROM recipient r
     WHERE r.message > ? AND r.message <= ? AND (r.state NOT IN (${STATE_WAITING}, ${STATE_HELD}) OR typeof(r.due) <> 'integer' OR r.due <= 0
       OR NOT EXISTS (SELECT 1 FROM message m WHERE m.id = r.message)
       OR (r.state = ${STATE_WAITING} AND NOT EXISTS (SELECT 1 FROM recipient w INDEXED BY recipient_waiting
         WHERE w.state = ${STATE_WAITING} AND w.domain = r.domain AND w.priority = r.priority AND w.due = r.due AND w.message = r.message AND w.n = r.n)))`,
    after,
    Number(last),
  )
  const problems = bad.map(([message, n, state, due, exists]) => {
    if (exists === 0) return `recipient ${n} of message ${message} has no message`
    if (Number(due) > 0 && (state === STATE_WAITING || state === STATE_HELD))
      return `recipient ${n} of message ${message} waits but is missing from the index of what is due`
    return `recipient ${n} of message ${message} is in state ${state} with due time ${due}`
  })
  return { recipients: Number(counts?.[0] ?? 0), problems, files: [], next: Number(last) }
}

/** `next` of both is where the following slice begins: a sequence. `sizeOfBodies`: octets of the file of bodies, asked after the rows. */
export function checkSlice(database: DatabaseSync, step: CheckStep, after: number, sizeOfBodies: () => number): CheckSlice {
  return step === 'messages' ? checkMessages(database, after, sizeOfBodies) : checkRecipients(database, after)
}
