// The console as calls of the management API: a line is run in the room for it, and what it asks comes back here to be judged by the routes.
import type { Actor } from '../../contract/actor.ts'
import type { PersonalAnswer, PersonalName, Principal } from '../../contract/access.ts'
import type { ConsoleCalls } from '../../contract/console.ts'
import type { Route } from '../../contract/management/route.ts'
import type { ConsoleRoom } from '../../engine/ports/console.ts'
import { Params, refused } from '../operations/params.ts'
import type { ServedOperations } from '../operations/operations.ts'
import { operateAs } from './operation-rights.ts'
import { absent } from './pages.ts'
import type { Values } from './parameters.ts'

const MOST_LINE = 4000
const WIDTH = { least: 40, usual: 110, most: 400 }

export interface ConsoleParts {
  readonly console?: ConsoleRoom
  readonly operations: ServedOperations
  readonly principal: Principal | null
  readonly actor: (principal: Principal) => Actor
  readonly require: (route: Route) => Promise<void>
}

export function isOfConsole(name: PersonalName): name is keyof ConsoleCalls {
  return name === 'me.console.run' || name === 'me.console.commands'
}

export async function answerConsole(name: keyof ConsoleCalls, values: Values, parts: ConsoleParts): Promise<PersonalAnswer<unknown>> {
  const { console: room, principal, operations, actor, require } = parts
  if (room === undefined || principal === null) throw absent()
  const params = new Params(values)
  if (name === 'me.console.commands') {
    params.done()
    return { value: await room.commands() }
  }
  const line = params.text('line', MOST_LINE)
  const width = params.has('width') ? params.count('width', WIDTH) : WIDTH.usual
  params.done()
  if (/[\r\n\0]/.test(line)) throw refused('line must be one line.')
  const table = operations.as(actor(principal))
  const call = (operation: Parameters<typeof operateAs>[0]['name'], asked: unknown): Promise<unknown> =>
    operateAs({ name: operation, params: asked as Values, principal, table, require })
  const { name: by, account } = principal
  return { value: await room.run({ line, width, by, account, call }) }
}
