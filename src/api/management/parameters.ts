// What comes in with a call, laid together to the parameters of its operation: parts of the path, the query, the body, and what the route
// itself says. What nobody reads is refused, here or by the operation. Sentences about values are the operation's.
import { refused } from '../operations/params.ts'
import type { Reading, Route } from '../../contract/management/route.ts'
import { PAGES } from '../../contract/management.ts'

export type Values = Readonly<Record<string, unknown>>

export interface Given {
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Null: none came. */
  readonly body: Values | null
}

/** What a caller says of pages. */
export interface PageAsked {
  readonly limit: number
  readonly after: unknown
}

type Read = Pick<Route, 'reads' | 'page' | 'method'>

/** By name, not yet put where the operation wants them. */
export function flatValues(route: Read, { path, query, body }: Given): Values {
  const values: Record<string, unknown> = { ...body }
  for (const name of [...query.keys(), ...Object.keys(body ?? {})])
    if (Object.hasOwn(path, name)) throw refused(`${name} is in the path already.`, 'Leave it out.')
  for (const [name, text] of Object.entries(path)) values[name] = valueOf(name, text, route.reads?.[name] ?? 'text')
  for (const [name, text] of query) {
    if (route.page !== undefined && route.method === 'GET' && (name === 'limit' || name === 'after')) continue
    const reading = Object.hasOwn(route.reads ?? {}, name) ? route.reads?.[name] : undefined
    if (reading === undefined) throw refused(`There is no parameter ${JSON.stringify(name.slice(0, 100))} in the query of this path.`)
    if (Object.hasOwn(body ?? {}, name)) throw refused(`${name} is in the query and in the body.`, 'Say it once.')
    const value = valueOf(name, text, reading)
    const before = values[name]
    if (Array.isArray(before) && Array.isArray(value)) values[name] = [...(before as unknown[]), ...(value as unknown[])]
    else if (before !== undefined) throw refused(`${name} is there twice.`, 'Say it once.')
    else values[name] = value
  }
  return values
}

/** As the operation takes them. */
export function placedValues({ into, within = [], fixed, path }: Pick<Route, 'into' | 'within' | 'fixed' | 'path'>, flat: Values): Values {
  if (into === undefined) return overlaid(flat, fixed)
  const isOutside = ([name]: [string, unknown]): boolean => path.includes(`{${name}}`) && !within.includes(name)
  const entries = Object.entries(flat)
  return overlaid(
    { ...Object.fromEntries(entries.filter(isOutside)), [into]: Object.fromEntries(entries.filter((one) => !isOutside(one))) },
    fixed,
  )
}

function overlaid(values: Values, fixed: Values = {}): Values {
  for (const name of Object.keys(fixed))
    if (Object.hasOwn(values, name)) throw refused(`There is no parameter ${JSON.stringify(name)} here.`)
  return { ...values, ...fixed }
}

export function pageAsked(query: URLSearchParams): PageAsked {
  for (const name of ['limit', 'after']) if (query.getAll(name).length > 1) throw refused(`${name} is there twice.`, 'Say it once.')
  const limit = query.get('limit')
  const count = limit === null ? PAGES.usual : /^\d{1,6}$/.test(limit) ? Number(limit) : 0
  if (count < 1 || count > PAGES.most) throw refused(`limit must be a whole number from 1 to ${PAGES.most}.`)
  const after = query.get('after')
  return { limit: count, after: after === null ? null : cursorValue(after) }
}

export function cursorOf(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function cursorValue(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown
  } catch {
    throw refused('after must be the next of an answer before.')
  }
}

function valueOf(name: string, text: string, reading: Reading): unknown {
  switch (reading) {
    case 'text':
      return text
    case 'number':
      if (!/^-?\d{1,16}$/.test(text)) throw refused(`${name} must be a whole number.`)
      return Number(text)
    case 'flag':
      if (text !== 'true' && text !== 'false') throw refused(`${name} must be true or false.`)
      return text === 'true'
    case 'texts':
      return text.split(',')
  }
}
