// The calls of the injection listener: which path is which route's, who calls, and the answer as octets. What a route throws is a bug: it is
// logged and answered in the route's form.
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Problem } from '../../contract/injection.ts'
import { NO_ROOM } from '../../net/web/body-reader.ts'
import type { Answered, WebRequest } from '../../net/web/web-listener.ts'
import { refusal } from './answers.ts'
import type { Caller, InjectAnswer, InjectRoute } from './route.ts'

/** Paths that look like another service's: what is not there is told in its form, too. */
export interface InjectFamily {
  /** `/postmark` */
  readonly prefix: string
  /** What there is of it. */
  readonly has: string
  readonly refuse: InjectRoute['refuse']
}

export interface InjectionApiOptions {
  readonly routes: readonly InjectRoute[]
  readonly families: readonly InjectFamily[]
  /** Octets of a body where the route does not say. */
  readonly most: number
  /** Why nobody of a network may show a key now; null: he may. */
  readonly mayTry: (client: string) => Problem | null
  readonly log: Log
}

const NOT_THERE: Problem = {
  code: 'not-found',
  message: 'There is nothing at this path. GET /openapi.json lists what there is; messages go to /v1/messages.',
}
const BUSY: Problem = { code: 'busy', message: 'Too much is being received at once. Try again later.', retryAfter: 2 }

export class InjectionApi {
  readonly #routes: readonly InjectRoute[]
  readonly #families: readonly InjectFamily[]
  readonly #most: number
  readonly #log: Log
  readonly #mayTry: InjectionApiOptions['mayTry']

  constructor({ routes, families, most, mayTry, log }: InjectionApiOptions) {
    this.#mayTry = mayTry
    this.#families = families
    this.#routes = routes
    this.#most = most
    this.#log = log
  }

  async handle(request: WebRequest): Promise<Answered> {
    const found = this.#find(request)
    if ('status' in found) return octets(found)
    try {
      return octets(await this.#answer(request, found))
    } catch (error) {
      if (error === NO_ROOM) return octets(found.refuse(BUSY))
      // A client that went away while it sent: nobody reads the answer.
      if (!isOurs(error)) throw error
      this.#log.error('a call could not be answered', { path: found.path, error: messageOf(error) })
      return octets(found.refuse({ code: 'internal', message: 'The call failed here. It is in the log of the server.' }))
    }
  }

  async #answer(request: WebRequest, route: InjectRoute): Promise<InjectAnswer> {
    const { authenticate } = route
    const who = typeof authenticate === 'string' ? null : authenticate(request)
    if (who !== null && 'code' in who) return route.refuse(who)
    const locked = authenticate === 'in the body' ? this.#mayTry(request.client) : null
    if (locked !== null) return route.refuse(locked)
    const most = route.most ?? this.#most
    const body = await request.body(most, who === null ? 'stranger' : who.account)
    if (body === null)
      return route.refuse({ code: 'too-large', message: `The call has more than ${most} octets, or comes in very many tiny pieces.` })
    const { method, path, query, headers, client, tls } = request
    return route.answer({ method, path, query, headers, client, tls, body, caller: who satisfies Caller | null })
  }

  #find({ method, path }: WebRequest): InjectRoute | InjectAnswer {
    const there = this.#routes.filter((route) => route.path === path)
    const found = there.find((route) => route.method === method)
    if (found !== undefined) return found
    const family = this.#families.find(({ prefix }) => path.startsWith(`${prefix}/`))
    const refuse = family?.refuse ?? refusal
    if (there.length === 0) return refuse(family === undefined ? NOT_THERE : missing(family, path))
    const allow = there.map((route) => route.method).join(', ')
    const answer = refuse({ code: 'method-not-allowed', message: `This path takes ${allow} only.` })
    return { ...answer, headers: { ...answer.headers, allow } }
  }
}

function missing({ prefix, has }: InjectFamily, path: string): Problem {
  const asked = path
    .slice(prefix.length)
    .replaceAll(/[^!-~]/g, '?')
    .slice(0, 100)
  return { code: 'not-found', message: `hms does not have ${asked}, but ${has}.` }
}

/** Errors of the connection have codes of the system. */
function isOurs(error: unknown): boolean {
  return !(error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE'))
}

function octets({ status, headers, body }: InjectAnswer): Answered {
  if (typeof body === 'string' || body instanceof Uint8Array) return { status, headers: headers ?? {}, body }
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: body === null ? '' : JSON.stringify(body) }
}
