// A call whose caller is known and may make it, run: its values laid out for its operation, within the account of the caller, and what came of it
// as a page, a row or the rows behind a place.
import type { Actor } from '../../contract/actor.ts'
import type { Principal } from '../../contract/access.ts'
import type { NewestEvents } from '../../contract/events.ts'
import type { Route } from '../../contract/management/route.ts'
import type { OperationTable } from '../operations/context.ts'
import { absent, pagedAnswer, pagingValues, picked, rowsOf } from './pages.ts'
import { flatValues, type Given, pageAsked, placedValues, type Values } from './parameters.ts'
import { type Told, toldInOne, toldOf } from './streams.ts'
import { boundValues, inGeneral, ownRows } from './tenancy.ts'

export interface Call {
  readonly route: Route
  readonly given: Given
  readonly principal: Principal
  readonly actor: Actor
  readonly table: OperationTable
  /** The caller waits no more. */
  readonly gone?: AbortSignal | undefined
}

/** Rows that a stream takes at once. */
const STREAMED = 1000

/** Readers for whom the answers of a stream are the same. */
export function sameFor({ route, given, principal }: Call, query: URLSearchParams): string {
  const asked = new URLSearchParams(query)
  asked.delete('after')
  return JSON.stringify([route.path, given.path, asked.toString(), principal.account])
}

/** However the path is written, it is one turn for one thing: names are the same in capitals, and domains with a dot at their end. */
export function turnOf({ route: { path }, given }: Call): string {
  return JSON.stringify([path, ...Object.values(given.path).map((value) => value.toLowerCase().replace(/\.$/, ''))])
}

/** Runs the operation, as the route has it. */
export async function run(call: Call): Promise<unknown> {
  const { route, given, principal, table } = call
  const flat = await valuesFor(route, given, principal, table)
  const asked = pageAsked(route.page === undefined ? new URLSearchParams() : given.query)
  const paging = route.page === undefined ? {} : pagingValues(route.page, asked)
  const isKept = (name: string): boolean => route.isTold !== true && route.pick?.includes(name) === true
  const asks = Object.fromEntries(Object.entries(flat).filter(([name]) => !isKept(name)))
  const result = await operate(call, { ...placedValues(route, asks), ...paging })
  if (route.pick !== undefined) return picked(result as readonly Values[], route.pick, flat)
  if (route.page !== undefined) return pagedAnswer(route.page, result, ownRows(route, rowsOf(route.page, result), principal.account), asked)
  if (isNothing(route, result)) throw absent()
  return result
}

/** Who has his answer is not gone: only who leaves before it. */
export async function whileAsked(call: Call): Promise<unknown> {
  if (call.gone === undefined) return run(call)
  const { gone } = call
  const leaving = new AbortController()
  const leave = (): void => leaving.abort()
  if (gone.aborted) leave()
  gone.addEventListener('abort', leave)
  try {
    return await run({ ...call, gone: leaving.signal })
  } finally {
    gone.removeEventListener('abort', leave)
  }
}

/** For a stream: rows after a place, and the next place. */
export async function newest(call: Call, after: unknown): Promise<Told> {
  const { route, given, principal, table } = call
  const { page } = route
  if (page === undefined || !('next' in page)) throw new Error(`${route.path} cannot be followed`)
  const flat = await valuesFor(route, given, principal, table)
  const result = await operate(call, { ...placedValues(route, flat), ...pagingValues(page, { limit: STREAMED, after }) })
  const rows = rowsOf(page, result)
  return toldOf(ownRows(route, rows, principal.account), (result as Values)[page.next], rows.length >= STREAMED)
}

/** For a stream: the newest after a place, in one, and the next place. */
export async function newestInOne(call: Call, after: unknown): Promise<Told> {
  const query = new URLSearchParams(call.given.query)
  if (typeof after === 'string') query.set('after', after)
  const result = (await run({ ...call, given: { ...call.given, query } })) as NewestEvents
  return toldInOne(result, result.last, result.events.length === 0)
}

async function valuesFor(route: Route, given: Given, { account }: Principal, table: OperationTable): Promise<Values> {
  const flat = flatValues(route, given)
  return account === null ? flat : boundValues(route, flat, account, table)
}

async function operate({ table, route, principal, gone }: Call, params: Values): Promise<unknown> {
  try {
    return await (table[route.operation] as (params: Values, gone?: AbortSignal) => Promise<unknown>)(params, gone)
  } catch (error) {
    throw principal.account === null ? error : inGeneral(error)
  }
}

/** What was to be removed, found or shown was not there. */
function isNothing({ nothing = [] }: Route, result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false
  const { removed, found, ...others } = result as Values
  const isEmpty = (name: string): boolean => others[name] === null || (Array.isArray(others[name]) && others[name].length === 0)
  return removed === false || found === false || (nothing.length > 0 && nothing.every(isEmpty))
}
