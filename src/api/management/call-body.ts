// The body of a call: one object of JSON, within the room that whoever calls has. What is too large, or in another form, is refused before it
// is read.
import { Fault } from '../../base/fault.ts'
import type { Principal } from '../../contract/access.ts'
import type { PersonalRoute, Route } from '../../contract/management/route.ts'
import type { WebRequest } from '../../net/web/web-listener.ts'
import { parseJson } from '../inject/json-body.ts'
import type { Values } from './parameters.ts'

export type AnyRoute = Route | PersonalRoute

const MOST_BODY = 1024 * 1024
const MOST_STRANGE = 64 * 1024
/** Null: it has none. `principal`: null before anybody is known. */
export async function bodyOf(request: WebRequest, route: AnyRoute, principal: Principal | null): Promise<Values | null> {
  const isEmpty = (request.headers['content-length'] ?? '0') === '0' && request.headers['transfer-encoding'] === undefined
  if (isEmpty) return null
  if (route.method === 'GET' || route.method === 'DELETE')
    throw new Fault('invalid-parameter', `A call of ${route.method} has no body.`, { blame: 'caller', mend: 'Say it in the query.' })
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(type) || (request.headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new Fault('not-json', 'The body must be JSON, and not compressed.', {
      blame: 'caller',
      mend: "Send it with 'Content-Type: application/json'.",
    })
  const most = ('most' in route ? route.most : undefined) ?? MOST_BODY
  // Whoever is of no account runs the server: all of those share one part of the room.
  const octets = await (principal === null ? request.body(MOST_STRANGE, 'stranger') : request.body(most, principal.account ?? 0))
  if (octets === null)
    throw new Fault('too-large', `The body has more octets than this path takes (${most}).`, {
      blame: 'caller',
      mend: 'Send less at once.',
    })
  const parsed = parseJson(octets)
  if ('problem' in parsed) throw badJson(parsed.problem.message)
  if (typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value))
    throw badJson('The body must be an object of JSON.')
  return parsed.value as Values
}

function badJson(message: string): Fault {
  return new Fault('bad-json', message, { blame: 'caller', mend: 'Send one object, in UTF-8.' })
}
