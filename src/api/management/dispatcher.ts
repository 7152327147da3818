// The management API: who calls, which route it is, whether he may, what the operation takes, and its answer in the form of the API. It
// knows no operation by name: all of it is in the table (contract/management.ts).
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Actor } from '../../contract/actor.ts'
import { type CallFacts, OPEN_CALLS, type PersonalAnswer, type PersonalName, type Principal } from '../../contract/access.ts'
import { API_BASE, PERSONAL_ROUTES, ROUTES } from '../../contract/management.ts'
import type { OctetPiece } from '../../contract/forms.ts'
import { problemOf, statusOf } from '../../contract/management/errors.ts'
import type { Method, PersonalRoute, Route } from '../../contract/management/route.ts'
import type { Access } from '../../engine/ports/access.ts'
import type { ConsoleRoom } from '../../engine/ports/console.ts'
import { NO_ROOM } from '../../net/web/body-reader.ts'
import type { Answered, WebRequest } from '../../net/web/web-listener.ts'
import type { ServedOperations } from '../operations/operations.ts'
import { denied, etagOf, failed, json, tagged } from './answers.ts'
import { answerConsole, isOfConsole } from './console.ts'
import { BoundChanges, changedMeanwhile } from './bound-changes.ts'
import { type AnyRoute, bodyOf } from './call-body.ts'
import { requireProof } from './fresh-proof.ts'
import { type CallLimits, callerOf, TooMuch } from './limits.ts'
import { absent, pagedAnswer, rowsOf } from './pages.ts'
import { flatValues, type Given, pageAsked, type Values } from './parameters.ts'
import { type Found, Paths } from './paths.ts'
import { formAsked, formed } from './report-forms.ts'
import { checkRights } from './rights.ts'
import { type Call, newest, newestInOne, run, sameFor, turnOf, whileAsked } from './running.ts'
import { changes, SharedAnswers, type StreamParts, tailed, type Told, whole } from './streams.ts'

export interface ApiParts {
  readonly operations: ServedOperations
  readonly access: Access
  /** Left out: there is none here. */
  readonly console?: ConsoleRoom
  /** Of everything that a key or a session may call. */
  readonly limits: CallLimits
  readonly clock: Clock
  readonly log: Log
}

interface From {
  readonly facts: CallFacts
  readonly principal: Principal | null
}

const LONGEST_CALL = 60_000
/** Less than streams rest between two looks. */
const SHARED_FOR = 400

export class ManagementApi {
  readonly #parts: ApiParts
  readonly #paths = new Paths<AnyRoute>([...ROUTES, ...PERSONAL_ROUTES])
  readonly #states: SharedAnswers<string>
  readonly #news: SharedAnswers<Told>
  readonly #changes = new BoundChanges()

  constructor(parts: ApiParts) {
    this.#parts = parts
    this.#states = new SharedAnswers(parts.clock, SHARED_FOR)
    this.#news = new SharedAnswers(parts.clock, SHARED_FOR)
  }

  /** Of paths below `API_BASE`. */
  async handle(request: WebRequest): Promise<Answered> {
    // Nothing else is a name of the same: a proxy may judge by the path.
    const isHere = request.path.startsWith(`${API_BASE}/`)
    const found = isHere ? this.#paths.find(request.path.slice(API_BASE.length)) : undefined
    const { log } = this.#parts
    const names = [...new URLSearchParams(request.query).keys()]
    try {
      if (found === undefined)
        throw new Fault('no-such-path', 'There is nothing at this path.', {
          blame: 'caller',
          mend: 'GET /api/openapi.json lists what there is.',
        })
      const allow = allowed(found)
      if (request.method === 'OPTIONS') return { status: 204, headers: { allow, 'cache-control': 'no-store' }, body: '' }
      const route = found.routes.get((request.method === 'HEAD' ? 'GET' : request.method) as Method)
      if (route === undefined) return withAllow(failed(wrongMethod(allow), { what: '', names, log }), allow)
      names.push(...Object.keys(found.values(route)))
      return await this.#answer(request, route, found.values(route), names)
    } catch (error) {
      if (isGone(error)) throw error
      return failed(error === NO_ROOM ? busy() : error, { what: `${request.method} ${request.path.slice(0, 200)}`, names, log })
    }
  }

  async #answer(request: WebRequest, route: AnyRoute, path: Given['path'], names: string[]): Promise<Answered> {
    const facts = factsOf(request)
    const isOpen = 'personal' in route && OPEN_CALLS.has(route.personal)
    const principal = isOpen ? null : await this.#parts.access.authenticate(facts)
    if (principal !== null && principal.kind === 'denied') return denied(principal)
    // Who dribbles and is nobody yet takes no place.
    const early = principal === null ? await bodyOf(request, route, null) : null
    const place = this.#parts.limits.enter(callerOf(principal, facts.address), mayChange(route))
    let work: Promise<unknown> = Promise.resolve()
    try {
      if (principal !== null && !('personal' in route)) {
        checkRights(route, principal)
        if (route.fresh === true) await requireProof(this.#parts.access, principal, facts, this.#parts.clock.now())
      }
      const query = new URLSearchParams(request.query)
      const body = principal === null ? early : await this.#bodyInForce(request, route, principal, facts)
      names.push(...Object.keys(body ?? {}))
      const doing = this.#done(request, route, { path, query, body }, principal, facts)
      work = doing
      return await inTime(this.#parts.clock, doing)
    } finally {
      // What takes too long goes on when its caller was told so, and keeps its place: searches must not pile up.
      const leave = (): void => place[Symbol.dispose]()
      work.then(leave, leave)
    }
  }

  /** Who dribbles it for a minute must be who he was when it is done with. */
  async #bodyInForce(request: WebRequest, route: AnyRoute, principal: Principal, facts: CallFacts): Promise<Values | null> {
    const body = await bodyOf(request, route, principal)
    if (body !== null) await this.#requireStill(route, principal, facts)
    return body
  }

  /** Throws where the session, the key or the right is gone by now. */
  async #requireStill(route: AnyRoute, { name, account }: Principal, facts: CallFacts): Promise<void> {
    const now = await this.#parts.access.authenticate({ ...facts, watches: true })
    if (now.kind === 'denied') throw new Fault(now.code, now.message, { blame: 'caller', mend: now.mend })
    if (now.account !== account || now.name !== name) throw absent()
    if (!('personal' in route)) checkRights(route, now)
  }

  async #done(request: WebRequest, route: AnyRoute, given: Given, principal: Principal | null, facts: CallFacts): Promise<Answered> {
    if ('personal' in route) return this.#personal(route, given, facts, principal)
    if (principal === null) throw new Fault('internal', 'A call was made for nobody.', { blame: 'owner' })
    const actor = actorOf(principal, facts)
    const gone = route.does === 'read' ? request.gone?.() : undefined
    const call = { route, given, principal, actor, table: this.#parts.operations.as(actor), gone }
    if (route.streaming !== undefined && /\btext\/event-stream\b/.test(request.headers.accept ?? '') && request.method === 'GET')
      return this.#stream(call, route.streaming, facts, request.headers)
    const isWhole = route.octets !== undefined && request.method === 'GET' && wantsWhole(request.headers, route.octets)
    return isWhole ? this.#octets(call, facts) : this.#plain(call, request)
  }

  async #personal(route: PersonalRoute, given: Given, facts: CallFacts, principal: Principal | null): Promise<Answered> {
    const params = flatValues(route, given)
    const { value, cookie } = await this.#ownAnswer(route.personal, params, { facts, principal })
    const { page } = route
    const told = page === undefined ? value : pagedAnswer(page, value, rowsOf(page, value), pageAsked(given.query))
    return json(told, route.status, cookie === undefined ? {} : { 'set-cookie': cookie })
  }

  #ownAnswer(name: PersonalName, params: Values, from: From): Promise<PersonalAnswer<unknown>> {
    if (!isOfConsole(name)) return this.#parts.access.personal(name, params, from)
    const require = async (route: Route): Promise<void> => {
      if (from.principal === null) throw absent()
      // Who is logged out, or is less than he was, does no more by a line that began before.
      await this.#requireStill(route, from.principal, from.facts)
      if (route.fresh === true) await requireProof(this.#parts.access, from.principal, from.facts, this.#parts.clock.now())
    }
    return answerConsole(name, params, { ...this.#parts, ...from, actor: (one) => actorOf(one, from.facts), require })
  }

  async #plain(call: Call, { headers, path }: WebRequest): Promise<Answered> {
    const wanted = headers['if-match']
    if (call.route.method !== 'GET' && wanted !== undefined) return this.#bound(call, wanted, path)
    const { form, query } = formAsked(call.route, call.given.query, headers.accept)
    const value = await whileAsked({ ...call, given: { ...call.given, query } })
    if (form !== 'json') return formed(form, value as Values)
    const { etag, status } = call.route
    return etag === undefined ? json(value, status) : tagged(value, etagOf(value, etag), headers['if-none-match'])
  }

  /** A change that holds only if nothing changed meanwhile. */
  #bound(call: Call, wanted: string, path: string): Promise<Answered> {
    const shown = this.#paths.find(path.slice(API_BASE.length))?.routes.get('GET')
    if (shown === undefined || 'personal' in shown || shown.etag === undefined)
      throw changedMeanwhile('What is at this path has no ETag.', 'Leave If-Match out.')
    const { etag: part } = shown
    const given = { path: call.given.path, query: new URLSearchParams(), body: null }
    const etag = async (): Promise<string> => etagOf(await run({ ...call, route: shown, given }), part)
    return this.#changes.run(turnOf(call), { wanted, etag }, async (still) => {
      const table = this.#parts.operations.bound(call.actor, still)
      return json(await run({ ...call, table }), call.route.status)
    })
  }

  /** All of what is read piece by piece. */
  async #octets(call: Call, facts: CallFacts): Promise<Answered> {
    const { route, given, principal } = call
    const piece = async (from: number): Promise<OctetPiece> => {
      const query = new URLSearchParams(given.query)
      query.set('from', String(from))
      await this.#requireStill(route, principal, facts)
      return (await run({ ...call, given: { ...given, query } })) as OctetPiece
    }
    const first = (await run(call)) as OctetPiece
    const entered = this.#parts.limits.enterStream(callerOf(principal, facts.address))
    // Where it was told meanwhile that it takes too long, nobody reads it.
    whenAborted(call.gone, () => entered[Symbol.dispose]())
    const headers = {
      'content-type': route.octets ?? '',
      'content-length': String(first.size - first.from),
      // A browser keeps it as a file, whatever is in it.
      'content-disposition': 'attachment',
      'cache-control': 'no-store',
    }
    return { status: 200, headers, body: (gone) => whole(first, piece, gone, entered) }
  }

  #stream(call: Call, streaming: NonNullable<Route['streaming']>, facts: CallFacts, headers: IncomingHttpHeaders): Answered {
    const parts: StreamParts = {
      clock: this.#parts.clock,
      allowed: () => this.#requireStill(call.route, call.principal, facts),
      farewell: (error) => farewell(error),
    }
    const last = headers['last-event-id']
    const query = new URLSearchParams(call.given.query)
    query.delete('limit')
    if (typeof last === 'string' && last !== '') query.set('after', last)
    const given = { ...call.given, query }
    // Before the answer begins: behind its header nothing can be refused.
    const after = streaming === 'newest' ? query.get('after') : pageAsked(query).after
    const entered = this.#parts.limits.enterStream(callerOf(call.principal, facts.address))
    const body = (gone: AbortSignal): AsyncIterable<string> => {
      whenAborted(gone, () => entered[Symbol.dispose]())
      const same = sameFor(call, query)
      const state = async (): Promise<string> => JSON.stringify(await run({ ...call, given }))
      if (streaming === 'changes') return changes(call.route.operation, () => this.#states.of(same, state), parts, gone)
      const next = (behind: unknown): Promise<Told> => (streaming === 'newest' ? newestInOne : newest)({ ...call, given }, behind)
      // What each reader follows for himself is nobody else's.
      if (streaming === 'own-tail') return tailed(next, after, parts, gone)
      return tailed((behind) => this.#news.of(`${same} ${JSON.stringify(behind)}`, () => next(behind)), after, parts, gone)
    }
    return { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' }, body }
  }
}

/** In its form, or by a link that somebody follows in a browser, which says no form or asks for pages before all else. */
function wantsWhole({ accept = '', 'sec-fetch-mode': mode }: IncomingHttpHeaders, form: string): boolean {
  return mode === 'navigate' || accept.includes(form) || accept.includes('text/html')
}

/** As the audit has it. */
export function actorOf({ name, kind, account }: Principal, { address }: CallFacts): Actor {
  return { by: name, via: kind === 'user' ? 'panel' : 'api', address, ...(account !== null && { account }) }
}

function mayChange(route: AnyRoute): boolean {
  return 'personal' in route ? route.method !== 'GET' : route.does === 'write'
}

function whenAborted(signal: AbortSignal | undefined, then: () => void): void {
  if (signal?.aborted === true) then()
  signal?.addEventListener('abort', then, { once: true })
}

function factsOf({ method, client, isSecure, headers }: WebRequest): CallFacts {
  const { authorization, cookie, origin, host, 'user-agent': agent } = headers
  return { method, address: client, secure: isSecure, authorization, cookie, origin, host, agent }
}

async function inTime<T>(clock: Clock, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  using _timer = clock.after(LONGEST_CALL, () =>
    reject(
      new Fault('call-too-long', 'The answer took too long; what was to be done may still be done.', { blame: 'owner', temporary: true }),
    ),
  )
  return await Promise.race([work, promise])
}

function allowed({ routes }: Found<AnyRoute>): string {
  return [...routes.keys(), ...(routes.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
}

function wrongMethod(allow: string): Fault {
  return new Fault('method-not-allowed', `This path takes ${allow} only.`, { blame: 'caller' })
}

function withAllow(answer: Answered, allow: string): Answered {
  return { ...answer, headers: { ...answer.headers, allow } }
}

function busy(): Fault {
  return new TooMuch('api-busy', 'Too much is being received at once.', 2)
}

function farewell(error: unknown): string {
  const fault = error instanceof Fault ? error : new Fault('internal', 'The stream failed here.', { blame: 'owner' })
  return JSON.stringify(problemOf(fault, statusOf(fault)))
}

/** A client that went away while it sent. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE')
}
