// The management API of an installation (testkit/installation.ts) at a real socket, for callers who are named by their keys.
import type { Principal } from '../src/contract/access.ts'
import { API_BASE } from '../src/contract/management.ts'
import type { Access } from '../src/engine/ports/access.ts'
import type { ConsoleRoom } from '../src/engine/ports/console.ts'
import { type Clock, systemClock } from '../src/base/clock.ts'
import { jsonLog } from '../src/base/log.ts'
import { ManagementApi } from '../src/api/management/dispatcher.ts'
import { type CallBounds, CallLimits } from '../src/api/management/limits.ts'
import { answerPanel } from '../src/api/management/panel.ts'
import type { ServedOperations } from '../src/api/operations/operations.ts'
import { openWebListener } from '../src/net/web/web-listener.ts'

export function principal(given: Partial<Principal> = {}): Principal {
  return { kind: 'user', name: 'ann', role: 'owner', account: null, scopes: null, fresh: null, session: null, ...given }
}

export interface Told {
  readonly status: number
  readonly headers: Headers
  /** JSON where it is some. */
  readonly body: never
  readonly text: string
}

export interface ServedApi extends AsyncDisposable {
  readonly base: string
  call(what: string, given?: GivenCall): Promise<Told>
}

/** `callers`: by the key that they show; who is taken out of it is nobody from then on. `clock`: of calls and streams. */
export async function serveApi(
  operations: ServedOperations,
  callers: Map<string, Principal>,
  bounds: Partial<CallBounds> = {},
  console?: ConsoleRoom,
  clock: Clock = systemClock,
): Promise<ServedApi> {
  const access: Access = {
    authenticate: async ({ authorization = '' }) =>
      callers.get(authorization.replace('Bearer ', '')) ?? {
        kind: 'denied',
        status: 401,
        code: 'not-authenticated',
        message: 'No key or session that holds came along.',
        mend: 'Log in.',
      },
    // A second factor has who showed one once.
    personal: async (name, _params, { principal: by }) => {
      if (name !== 'me.show' || by === null) throw new Error('nobody logs in here')
      return { value: { user: { hasTotp: by.fresh !== null, passkeys: 0, hasPassword: true } } as never }
    },
  }
  const log = jsonLog('test', 'error', (line) => process.stderr.write(line))
  const limits = new CallLimits({ callsPerMinute: 100_000, changesPerMinute: 100_000, ...bounds }, systemClock)
  const api = new ManagementApi({ operations, access, limits, clock, log, ...(console !== undefined && { console }) })
  const panel = { ready: () => true, metrics: async () => ({ type: 'text/plain', text: '' }), api: api.handle.bind(api) }
  const listener = await openWebListener({
    purpose: 'tests',
    on: { host: '127.0.0.1', port: 0 },
    context: null,
    proxyFrom: [],
    connections: 100,
    connectionsPerAddress: 100,
    room: 2 ** 26,
    handle: (request) => answerPanel(request, panel),
    clock: systemClock,
    log,
  })
  const base = `http://127.0.0.1:${listener.address.port}`
  return {
    base,
    call: (what, { key = 'owner', ...given } = {}) => callApi(base, what, { key, ...given }),
    [Symbol.asyncDispose]: () => listener.close(0),
  }
}

export interface GivenCall {
  readonly key?: string
  /** A text is sent as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** `what`: method and path below the base of the API, such as `GET /accounts`. */
export async function callApi(base: string, what: string, { key, body, headers = {} }: GivenCall): Promise<Told> {
  const [method = '', path = ''] = what.split(' ')
  const response = await fetch(`${base}${API_BASE}${path}`, {
    method,
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== ''
  return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : null) as never, text }
}
