// The original's Reporting API at `/v1/` of the panel's listeners: lists of what became of mail, and an account's data, as JSON, XML and CSV.
// Who calls shows a key of the management API, as the password of Basic or as a Bearer; a session of a browser is no way in.
import type { AccountId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { CallFacts, Denial, Principal } from '../../contract/access.ts'
import { statusOf } from '../../contract/management/errors.ts'
import type { Access } from '../../engine/ports/access.ts'
import type { Answered, WebRequest } from '../../net/web/web-listener.ts'
import { faultOf } from '../management/answers.ts'
import { checkRights } from '../management/rights.ts'
import { type CallLimits, callerOf, TooMuch } from '../management/limits.ts'
import { boundValues } from '../management/tenancy.ts'
import type { OperationTable } from '../operations/context.ts'
import { refused } from '../operations/params.ts'
import type { ServedOperations } from '../operations/operations.ts'
import { accountData } from './account-data.ts'
import { errorAnswer, listAnswer, objectAnswer } from './answers.ts'
import { type Asked, askedBy, type CallName, CALLS, formOf } from './asked.ts'
import { type Events, ListReader } from './reading.ts'
import { LISTS } from './records.ts'

export const REPORTING_BASE = '/v1/'

export interface ReportingParts {
  readonly operations: ServedOperations
  readonly access: Access
  readonly events: Events
  readonly limits: CallLimits
  readonly clock: Clock
  readonly log: Log
}

/** Until a call is given up; the listeners wait for a minute. */
const LONGEST_CALL = 50_000
const RIGHTS = {
  lists: { room: 'events', does: 'read', least: 'viewer' },
  data: { room: 'accounts', does: 'read', least: 'viewer' },
} as const

export class ReportingApi {
  readonly #parts: ReportingParts
  /** Lists are read one after the other for each account: they are the heaviest that anybody may ask for. */
  readonly #turns = new Map<string, Promise<unknown>>()
  readonly #lists: ListReader

  constructor(parts: ReportingParts) {
    this.#parts = parts
    this.#lists = new ListReader(parts.events)
  }

  /** Of paths below `REPORTING_BASE`. */
  async handle(request: WebRequest): Promise<Answered> {
    const { clock, log } = this.#parts
    const told = { form: formOf(request.query), timestamp: new Date(clock.now()).toISOString() }
    try {
      const call = callOf(request)
      const facts = factsOf(request)
      const principal = await this.#parts.access.authenticate(facts)
      if (principal.kind === 'denied') return deniedAnswer(told, principal)
      using _place = this.#parts.limits.enter(callerOf(principal, facts.address))
      checkRights(call === 'accountData' ? RIGHTS.data : RIGHTS.lists, principal)
      const asked = askedBy(request.query, clock.now())
      const { name: by, account: bound } = principal
      const table = this.#parts.operations.as({ by, via: 'api', address: facts.address, ...(bound !== null && { account: bound }) })
      const account = await accountOf(asked, principal, table)
      if (call === 'accountData') return objectAnswer(told, await accountData(table, account, clock.now(), asked.offset))
      const list = LISTS[call]
      const own = new Set<string>((await table['inbound.list']({})).map(({ domain }) => domain))
      const wanted = { ...asked, account, own, name: call, list, now: clock.now() }
      const page = await this.#inTurn(account, (gone) => this.#lists.page(wanted, gone))
      return listAnswer(told, list, page, asked.count)
    } catch (error) {
      const fault = faultOf(error, { what: `GET ${request.path.slice(0, 200)}`, log })
      return failedAnswer(told, statusOf(fault), fault)
    }
  }

  async #inTurn<T>(account: AccountId, work: (gone: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController()
    using _timer = this.#parts.clock.after(LONGEST_CALL, () => late.abort())
    const whose = String(account)
    const mine = (this.#turns.get(whose) ?? Promise.resolve()).then(() => work(late.signal))
    const settled = mine.catch(() => {})
    this.#turns.set(whose, settled)
    try {
      return await mine
    } finally {
      if (this.#turns.get(whose) === settled) this.#turns.delete(whose)
    }
  }
}

function callOf({ method, path }: WebRequest): CallName {
  const call = CALLS.find((name) => path === REPORTING_BASE + name)
  if (call === undefined)
    throw new Fault('no-such-path', 'There is nothing at this path.', {
      blame: 'caller',
      mend: `The Reporting API has ${CALLS.join(', ')} below ${REPORTING_BASE}; the management API is at /api/v1/.`,
    })
  if (method !== 'GET' && method !== 'HEAD')
    throw new Fault('method-not-allowed', 'This path takes GET and HEAD only.', { blame: 'caller' })
  return call
}

/** What came as the password of Basic (rfc:7617) is the key; whose name stands before it says nothing. */
function factsOf({ method, client, isSecure, headers }: WebRequest): CallFacts {
  const { authorization = '', origin, host, 'user-agent': agent } = headers
  const [, basic] = /^Basic +([\w+/=-]{1,1000}) *$/i.exec(authorization) ?? []
  const key = basic === undefined ? null : /:(.*)$/s.exec(Buffer.from(basic, 'base64').toString('utf8'))?.[1]
  const shown = key === null ? authorization : `Bearer ${key ?? ''}`
  return { method, address: client, secure: isSecure, authorization: shown === '' ? undefined : shown, origin, host, agent }
}

/** That of the key, or the one that is named. */
async function accountOf({ account: named }: Asked, principal: Principal, table: OperationTable): Promise<AccountId> {
  const given = { ...(named !== null && { serverId: named }) }
  const { serverId } =
    principal.account === null ? given : await boundValues({ tenant: { param: 'serverId' } }, given, principal.account, table)
  if (typeof serverId !== 'number') throw refused('serverId is missing.', 'A key of the whole server names the account: serverId=1001.')
  const accounts = await table['account.list']({})
  const account = accounts.find(({ id }) => id === serverId)
  if (account === undefined) throw refused(`There is no account ${serverId}.`, "'hms account ls' lists them.", 'no-account')
  return account.id
}

type Told = Parameters<typeof errorAnswer>[0]

function deniedAnswer(told: Told, { status, code, message, retryAfter }: Denial): Answered {
  const result = status === 401 ? `${message} Send a key of the management API as the password of Basic authentication.` : message
  const headers = {
    ...(status === 401 && { 'www-authenticate': 'Basic realm="hms reporting", charset="UTF-8"' }),
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  }
  return withHeaders(errorAnswer(told, { result, code }), status, headers)
}

function failedAnswer(told: Told, status: number, fault: Fault): Answered {
  const { code, message, mend } = fault
  const headers = {
    ...(status === 405 && { allow: 'GET, HEAD' }),
    ...(fault instanceof TooMuch && { 'retry-after': String(fault.retryAfter) }),
  }
  return withHeaders(errorAnswer(told, { result: mend === undefined ? message : `${message} ${mend}`, code }), status, headers)
}

function withHeaders(told: Omit<Answered, 'status'>, status: number, headers: Readonly<Record<string, string>>): Answered {
  return { ...told, status, headers: { ...told.headers, ...headers } }
}
