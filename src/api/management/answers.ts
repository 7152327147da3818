// Answers of the management API as HTTP has them: JSON with an ETag where the route has one, and problems.
import { createHash } from 'node:crypto'
import { messageOf } from '../../base/fault.ts'
import { Fault } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Denial } from '../../contract/access.ts'
import { problemOf, statusOf } from '../../contract/management/errors.ts'
import type { Answered } from '../../net/web/web-listener.ts'
import { TooMuch } from './limits.ts'
import type { Values } from './parameters.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const PROBLEM_TYPE = 'application/problem+json'

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answered {
  return { status, headers: { 'content-type': JSON_TYPE, 'cache-control': 'no-store', ...headers }, body: JSON.stringify(value ?? null) }
}

/** Of an object as it is answered. */
export function etagOf(value: unknown, part: true | string): string {
  const said = part === true ? value : (value as Values)[part]
  return `"${createHash('sha256').update(JSON.stringify(said)).digest('base64url').slice(0, 27)}"`
}

/** Whether a header such as If-Match names it. */
export function namesEtag(header: string, etag: string): boolean {
  return header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
}

/** With an ETag; nothing but that where the caller has it already. */
export function tagged(value: unknown, etag: string, known: string | undefined): Answered {
  const headers = { etag, 'cache-control': 'private, no-cache' }
  return known !== undefined && namesEtag(known, etag) ? { status: 304, headers, body: '' } : json(value, 200, headers)
}

export function denied({ status, code, message, mend, retryAfter }: Denial): Answered {
  const headers = {
    'content-type': PROBLEM_TYPE,
    'cache-control': 'no-store',
    ...(status === 401 && { 'www-authenticate': 'Bearer realm="hms"' }),
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  }
  return { status, headers, body: JSON.stringify(problemOf({ code, message, mend }, status)) }
}

/** What was thrown. A bug is logged, and told as one. `names`: parameters, one of which the sentence may begin with. */
export function failed(error: unknown, around: { readonly what: string; readonly names: readonly string[]; readonly log: Log }): Answered {
  const fault = faultOf(error, around)
  const status = statusOf(fault)
  const [first = ''] = fault.message.split(' ', 1)
  const parameter = fault.code === 'invalid-parameter' && around.names.includes(first) ? first : undefined
  const headers = {
    'content-type': PROBLEM_TYPE,
    'cache-control': 'no-store',
    ...(fault instanceof TooMuch && { 'retry-after': String(fault.retryAfter) }),
  }
  return { status, headers, body: JSON.stringify(problemOf(fault, status, parameter)) }
}

/** The same as a Fault: a bug is logged, and nothing of it told. */
export function faultOf(error: unknown, { what, log }: { readonly what: string; readonly log: Log }): Fault {
  if (error instanceof Fault) return error
  log.error('a call of the management API failed', {
    call: what,
    error: error instanceof Error ? (error.stack ?? error.message) : messageOf(error),
  })
  return new Fault('internal', 'The call failed here. It is in the log of the server.', { blame: 'owner' })
}
