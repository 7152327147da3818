// Whether somebody may call an operation by its name and parameters, as the console does: exactly where a route of it would let him say the same.
import { isDeepStrictEqual } from 'node:util'
import { Fault } from '../../base/fault.ts'
import type { Principal } from '../../contract/access.ts'
import { ROUTES } from '../../contract/management.ts'
import type { Route } from '../../contract/management/route.ts'
import type { OperationName } from '../../contract/operations.ts'
import type { OperationTable } from '../operations/context.ts'
import { absent, rowsOf } from './pages.ts'
import type { Values } from './parameters.ts'
import { boundValues, inGeneral, ownRows } from './tenancy.ts'

export interface OperationAsked {
  readonly name: OperationName
  readonly params: Values
  readonly principal: Principal
  readonly table: OperationTable
  /** Throws where role, scope or a fresh second factor is wanting. */
  readonly require: (route: Route) => Promise<void>
}

/** Runs it for him. Rejects with the Fault of the nearest route where none lets him. */
export async function operateAs(asked: OperationAsked): Promise<unknown> {
  const { name, params, principal, table } = asked
  let refusal: unknown = new Fault('not-allowed', `Nobody outside may call ${name} so.`, { blame: 'caller' })
  for (const route of ROUTES.filter(({ operation }) => operation === name)) {
    const flat = sayable(route, params)
    if (flat === null) continue
    try {
      await asked.require(route)
      const bound = principal.account === null ? flat : await boundValues(route, flat, principal.account, table)
      return shown(route, await run(asked, { ...placed(route, params, bound), ...set(route, params) }), principal)
    } catch (error) {
      if (error instanceof Ran) throw error.cause
      refusal = error
    }
  }
  throw refusal
}

/** What the operation itself said: no other route is tried after that. */
class Ran extends Error {}

async function run({ name, table, principal }: OperationAsked, params: Values): Promise<unknown> {
  try {
    return await (table[name] as (params: Values) => Promise<unknown>)(params)
  } catch (error) {
    throw new Ran('', { cause: principal.account === null ? error : inGeneral(error) })
  }
}

/** The parameters by name, as the route would have them; null: they cannot be said there. */
function sayable(route: Route, params: Values): Values | null {
  // How many rows come is the operation's to bound, and no right.
  const isSet = ([name, value]: [string, unknown]): boolean =>
    name === 'limit' || params[name] === undefined || isDeepStrictEqual(params[name], value)
  if (!Object.entries(route.fixed ?? {}).every(isSet)) return null
  const outer = Object.entries(params).filter(([name, value]) => name !== route.into && value !== undefined && !isFixed(route, name))
  const flat = { ...Object.fromEntries(outer), ...(route.into !== undefined && (params[route.into] as Values | undefined)) }
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  // A row of a list is picked out of the answer: such a call is the list's.
  if (!inPath.every((name) => flat[name] !== undefined)) return null
  return route.method !== 'GET' || Object.keys(flat).every((name) => inPath.includes(name) || isRead(route, name)) ? flat : null
}

const isFixed = ({ fixed }: Route, name: string): boolean => fixed !== undefined && Object.hasOwn(fixed, name)

function isRead({ reads, page }: Route, name: string): boolean {
  return Object.hasOwn(reads ?? {}, name) || name === 'limit' || (page !== undefined && 'after' in page && page.after === name)
}

/** As the operation takes them: what was outside stays there. */
function placed({ into }: Route, params: Values, flat: Values): Values {
  if (into === undefined) return flat
  const entries = Object.entries(flat)
  const isOutside = ([name]: [string, unknown]): boolean => Object.hasOwn(params, name)
  return {
    ...Object.fromEntries(entries.filter(isOutside)),
    [into]: Object.fromEntries(entries.filter((one) => !isOutside(one))),
  }
}

/** What the route says itself; of a limit, what the caller said. */
function set({ fixed = {} }: Route, params: Values): Values {
  return Object.fromEntries(Object.entries(fixed).map(([name, value]) => [name, name === 'limit' ? (params[name] ?? value) : value]))
}

/** What he may see of it. */
function shown(route: Route, result: unknown, { account }: Principal): unknown {
  if (account === null || typeof route.tenant !== 'object' || !('rows' in route.tenant)) return result
  if (route.page === undefined) throw absent()
  const rows = ownRows(route, rowsOf(route.page, result), account)
  return route.page.rows === undefined ? rows : { ...(result as Values), [route.page.rows]: rows }
}
