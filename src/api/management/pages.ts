// Lists in pages, whether the operation pages or gives all there is; and the one row of a list that a path names.
import { Fault } from '../../base/fault.ts'
import type { Page } from '../../contract/management/route.ts'
import { cursorOf, type PageAsked, type Values } from './parameters.ts'
import { refused } from '../operations/params.ts'

type Row = Readonly<Record<string, unknown>>
type Key = readonly unknown[]

/** Parameters of an operation that pages itself. */
export function pagingValues(page: Page, { limit, after }: PageAsked): Values {
  if ('by' in page) return {}
  return { limit, ...(after !== null && { [page.after]: after }) }
}

/** `{ data, next }`, and what the operation told beside its list. */
export function pagedAnswer(page: Page, result: unknown, rows: readonly Row[], { limit, after }: PageAsked): Values {
  const others = page.rows === undefined ? {} : without(result as Row, [page.rows, ...('next' in page ? [page.next] : [])])
  if ('by' in page) return { ...others, ...cut(rows, page, limit, after) }
  const next = 'next' in page ? (result as Row)[page.next] : rows.length < limit ? null : rows.at(-1)?.[page.last]
  return { ...others, data: rows, next: next === null || next === undefined ? null : cursorOf(next) }
}

/** Where the list is in a result. */
export function rowsOf(page: Page | undefined, result: unknown): readonly Row[] {
  return (page?.rows === undefined ? result : (result as Row)[page.rows]) as readonly Row[]
}

/** The row that has these values. */
export function picked(rows: readonly Row[], names: readonly string[], values: Values): Row {
  const row = rows.find((one) => names.every((name) => String(one[name]) === String(values[name])))
  if (row === undefined) throw absent()
  return row
}

/** For what is not there and for what is somebody else's alike. */
export function absent(): Fault {
  return new Fault('not-found', 'There is no such thing, or it is not yours to see.', { blame: 'caller' })
}

interface Order {
  readonly by: readonly string[]
  readonly down?: true
  readonly asGiven?: true
}

/** The cursor is the key of the last row, and how many rows with that key were given. */
function cut(rows: readonly Row[], { by, down, asGiven }: Order, limit: number, after: unknown): Values {
  if (asGiven === true) return cutAsGiven(rows, by, limit, after)
  const place = placeOf(after, by.length)
  const turn = down === true ? -1 : 1
  const keyed = rows.map((row) => ({ row, key: by.map((name) => row[name] ?? null) })).toSorted((a, b) => turn * compared(a.key, b.key))
  const behind = place === null ? 0 : keyed.findIndex(({ key }) => turn * compared(key, place.key) >= 0)
  const start = behind < 0 ? keyed.length : behind + (place === null ? 0 : sameAs(keyed, place.key, behind, place.given))
  const data = keyed.slice(start, start + limit)
  const last = data.at(-1)
  const isOver = last === undefined || start + limit >= keyed.length
  return { data: data.map(({ row }) => row), next: isOver ? null : cursorOf([...last.key, given(keyed, start + limit)]) }
}

/** The cursor is the key of the last row and where it was: behind the row where it is still there, otherwise from that place on. */
function cutAsGiven(rows: readonly Row[], by: readonly string[], limit: number, after: unknown): Values {
  const keyOf = (row: Row): Key => by.map((name) => row[name] ?? null)
  const place = placeOf(after, by.length)
  const known = place === null ? -1 : rows.findIndex((row) => compared(keyOf(row), place.key) === 0)
  const start = place === null ? 0 : known >= 0 ? known + 1 : Math.max(0, place.given)
  const data = rows.slice(start, start + limit)
  const last = data.at(-1)
  const isOver = last === undefined || start + limit >= rows.length
  return { data, next: isOver ? null : cursorOf([...keyOf(last), start + limit]) }
}

function placeOf(after: unknown, length: number): { readonly key: Key; readonly given: number } | null {
  if (after === null) return null
  // Only what is compared at once: each row is held against it.
  const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null
  const isKey = (value: unknown): boolean => isPlain(value) || (Array.isArray(value) && value.every(isPlain))
  const given: unknown = Array.isArray(after) ? after.at(-1) : undefined
  if (!Array.isArray(after) || after.length !== length + 1 || !after.every(isKey) || !Number.isSafeInteger(given))
    throw refused('after must be the next of an answer before.')
  return { key: after.slice(0, -1) as Key, given: Number(given) }
}

/** How many rows from there on have the key, at most so many. */
function sameAs(keyed: readonly Keyed[], key: Key, from: number, most: number): number {
  let n = 0
  while (n < most && compared(keyed[from + n]?.key ?? [], key) === 0 && from + n < keyed.length) n++
  return n
}

/** How many rows before `end` have the key of the last of them. */
function given(keyed: readonly Keyed[], end: number): number {
  const key = keyed[end - 1]?.key ?? []
  let n = 0
  while (n < end && compared(keyed[end - 1 - n]?.key ?? [], key) === 0) n++
  return n
}

interface Keyed {
  readonly row: Row
  readonly key: Key
}

/** Null before numbers before all else, which is compared as text. */
function compared(a: Key, b: Key): number {
  for (const [i, left] of a.entries()) {
    const right = b[i]
    const [l, r] = [rank(left), rank(right)]
    if (l !== r) return l - r
    if (l === 1 && left !== right) return Number(left) < Number(right) ? -1 : 1
    const [x, y] = [textOf(left), textOf(right)]
    if (l === 2 && x !== y) return x < y ? -1 : 1
  }
  return 0
}

const rank = (value: unknown): number => (value === null || value === undefined ? 0 : typeof value === 'number' ? 1 : 2)
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null))

function without(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)))
}
