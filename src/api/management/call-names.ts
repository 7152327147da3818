// What a route is called by programs: `queue.list` in the document, `client.queue.list()` in the client. Made of the room and of the name of
// the operation, so that a new route has a name of its own without anybody giving it one.
import type { PersonalName, Room } from '../../contract/access.ts'
import type { PersonalRoute, Route } from '../../contract/management/route.ts'
import type { OperationName } from '../../contract/operations.ts'

/** A route, or what a person does about the own access: all that can be called. */
export type Served = Omit<Route, 'operation' | 'room'> & { readonly operation: OperationName | PersonalName; readonly room: Room | 'me' }

export function servedRoutes(routes: readonly Route[], personal: readonly PersonalRoute[]): readonly Served[] {
  const own = personal.map(({ personal: operation, ...route }): Served => ({
    ...route,
    operation,
    room: 'me',
    does: route.method === 'GET' ? 'read' : 'write',
    least: 'viewer',
    tenant: 'all',
  }))
  return [...routes, ...own]
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const singular = (text: string): string => text.replace(/s$/, '')

/** `account.streams.add` in the room accounts: `streamsAdd`. */
function plainName({ operation, room, pick, fixed }: Served): string {
  const action = fixed?.['action']
  if (typeof action === 'string') return action
  const parts = operation.split('.').filter((part) => singular(part) !== singular(room))
  if (pick !== undefined) parts.push(singular(parts.pop() ?? 'list').replace(/^list$/, 'get'))
  const [first = 'get', ...others] = parts
  return first + others.map(capital).join('')
}

/** Where several routes call one operation: who changes what another shows sets it, and who names the things in the path does it by id. */
function otherName(route: Served, plain: string): string {
  return route.path.includes('{') && (route.fixed !== undefined || route.room === 'me')
    ? `${plain}ById`
    : `${route.does === 'write' ? 'set' : 'get'}${capital(plain)}`
}

/** `room.name` of each route; throws where two would be called the same. */
export function callNames(routes: readonly Served[]): ReadonlyMap<string, Served> {
  const names = new Map<string, Served>()
  for (const route of routes) {
    const plain = plainName(route)
    const name = [plain, otherName(route, plain)].map((one) => `${route.room}.${one}`).find((one) => !names.has(one))
    if (name === undefined) throw new Error(`${route.method} ${route.path} needs a name of its own`)
    names.set(name, route)
  }
  return names
}
