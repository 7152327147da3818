// The management API: who calls, which route it is, whether he may, what the operation takes, and its answer in the form of the API. It
// knows no operation by name: all of it is in the table (contract/management.ts).
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Actor } from '../../contract/actor.ts'
import {
  type CallFacts,
  isAtLeast,
  mayUseScope,
  OPEN_CALLS,
  type PersonalAnswer,
  type PersonalName,
  type Principal,
} from '../../contract/access.ts'
import { API_BASE, PERSONAL_ROUTES, ROUTES } from '../../contract/management.ts'
import type { OctetPiece } from '../../contract/forms.ts'
import { problemOf, statusOf } from '../../contract/management/errors.ts'
import type { Method, PersonalRoute, Route } from '../../contract/management/route.ts'
import type { Access } from '../../engine/ports/access.ts'
import type { ConsoleRoom } from '../../engine/ports/console.ts'
import { NO_ROOM } from '../../net/web/body-reader.ts'
import type { Answered, WebRequest } from '../../net/web/web-listener.ts'
import { parseJson } from '../inject/json-body.ts'
import type { OperationTable } from '../operations/context.ts'
import type { ServedOperations } from '../operations/operations.ts'
import { csv, denied, etagOf, failed, json, tagged } from './answers.ts'
import { answerConsole, isOfConsole } from './console.ts'
import { BoundChanges, changedMeanwhile } from './bound-changes.ts'
import { requireProof } from './fresh-proof.ts'
import { type CallLimits, callerOf, TooMuch } from './limits.ts'
import { absent, pagedAnswer, pagingValues, picked, rowsOf } from './pages.ts'
import { flatValues, type Given, pageAsked, placedValues, type Values } from './parameters.ts'
import { type Found, Paths } from './paths.ts'
import { changes, SharedAnswers, type StreamParts, tailed, type Told, toldOf, whole } from './streams.ts'
import { boundValues, inGeneral, ownRows } from './tenancy.ts'

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

type AnyRoute = Route | PersonalRoute

interface From {
  readonly facts: CallFacts
  readonly principal: Principal | null
}

interface Call {
  readonly route: Route
  readonly given: Given
  readonly principal: Principal
  readonly actor: Actor
  readonly table: OperationTable
  /** The caller waits no more. */
  readonly gone?: AbortSignal | undefined
}

const MOST_BODY = 1024 * 1024
const MOST_STRANGE = 64 * 1024
const LONGEST_CALL = 60_000
/** Rows that a stream takes at once. */
const STREAMED = 1000
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
    const isWhole = route.octets !== undefined && request.method === 'GET' && (request.headers.accept ?? '').includes(route.octets)
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
    if (call.route.csv === true) return this.#report(call, headers)
    const value = await whileAsked(call)
    const { etag, status } = call.route
    return etag === undefined ? json(value, status) : tagged(value, etagOf(value, etag), headers['if-none-match'])
  }

  /** As text with commas where that is asked for, by the header or in the query. */
  async #report(call: Call, { accept }: IncomingHttpHeaders): Promise<Answered> {
    const query = new URLSearchParams(call.given.query)
    const format = query.get('format') ?? (/\btext\/csv\b/.test(accept ?? '') ? 'csv' : 'json')
    query.delete('format')
    if (format !== 'csv' && format !== 'json') throw new Fault('invalid-parameter', 'format must be json or csv.', { blame: 'caller' })
    const value = await run({ ...call, given: { ...call.given, query } })
    return format === 'csv' ? csv(value as Values) : json(value, call.route.status)
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
    const { after } = pageAsked(query)
    const entered = this.#parts.limits.enterStream(callerOf(call.principal, facts.address))
    const body = (gone: AbortSignal): AsyncIterable<string> => {
      if (gone.aborted) entered[Symbol.dispose]()
      gone.addEventListener('abort', () => entered[Symbol.dispose](), { once: true })
      const same = sameFor(call, query)
      const state = async (): Promise<string> => JSON.stringify(await run({ ...call, given }))
      if (streaming === 'changes') return changes(call.route.operation, () => this.#states.of(same, state), parts, gone)
      const next = (behind: unknown): Promise<Told> => newest({ ...call, given }, behind)
      // What each reader follows for himself is nobody else's.
      if (streaming === 'own-tail') return tailed(next, after, parts, gone)
      return tailed((behind) => this.#news.of(`${same} ${JSON.stringify(behind)}`, () => next(behind)), after, parts, gone)
    }
    return { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' }, body }
  }
}

/** As the audit has it. */
export function actorOf({ name, kind, account }: Principal, { address }: CallFacts): Actor {
  return { by: name, via: kind === 'user' ? 'panel' : 'api', address, ...(account !== null && { account }) }
}

/** Readers for whom the answers of a stream are the same. */
function sameFor({ route, given, principal }: Call, query: URLSearchParams): string {
  const asked = new URLSearchParams(query)
  asked.delete('after')
  return JSON.stringify([route.path, given.path, asked.toString(), principal.account])
}

/** However the path is written, it is one turn for one thing: names are the same in capitals, and domains with a dot at their end. */
function turnOf({ route: { path }, given }: Call): string {
  return JSON.stringify([path, ...Object.values(given.path).map((value) => value.toLowerCase().replace(/\.$/, ''))])
}

/** Runs the operation, as the route has it. */
async function run(call: Call): Promise<unknown> {
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
async function whileAsked(call: Call): Promise<unknown> {
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
async function newest(call: Call, after: unknown): Promise<Told> {
  const { route, given, principal, table } = call
  const { page } = route
  if (page === undefined || !('next' in page)) throw new Error(`${route.path} cannot be followed`)
  const flat = await valuesFor(route, given, principal, table)
  const result = await operate(call, { ...placedValues(route, flat), ...pagingValues(page, { limit: STREAMED, after }) })
  const rows = rowsOf(page, result)
  return toldOf(ownRows(route, rows, principal.account), (result as Values)[page.next], rows.length >= STREAMED)
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

function mayChange(route: AnyRoute): boolean {
  return 'personal' in route ? route.method !== 'GET' : route.does === 'write'
}

export function checkRights({ least, room, does }: Pick<Route, 'least' | 'room' | 'does'>, principal: Principal): void {
  if (!isAtLeast(principal.role, least))
    throw new Fault('not-allowed', `This takes the role of ${least}, and ${principal.name} is ${principal.role}.`, { blame: 'caller' })
  if (!mayUseScope(principal, room, does))
    throw new Fault('not-in-scope', `The key has not the scope ${room}:${does}.`, { blame: 'caller', mend: 'Use a key that has it.' })
}

async function bodyOf(request: WebRequest, route: AnyRoute, principal: Principal | null): Promise<Values | null> {
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
