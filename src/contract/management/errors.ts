// Errors of the management API in the form of rfc:9457, and the status of each code (contract/errors.ts). What is not named here goes by whose
// hands the mend is in.
import type { Fault } from '../../base/fault.ts'
import { ERRORS } from '../errors.ts'

export interface ProblemDocument {
  /** Where the code is explained. */
  readonly type: string
  /** When the code is met. */
  readonly title: string
  readonly status: number
  /** What happened, in a sentence. */
  readonly detail: string
  readonly code: string
  /** What to do about it. */
  readonly mend?: string
  /** The parameter that it is about. */
  readonly parameter?: string
}

export type ErrorCode = keyof typeof ERRORS

const STATUSES: Partial<Record<ErrorCode, number>> = {
  'not-authenticated': 401,
  'login-failed': 401,
  'not-allowed': 403,
  'not-in-scope': 403,
  'fresh-login-needed': 403,
  'not-yours': 403,
  'not-for-keys': 403,
  'network-not-allowed': 403,
  'tls-needed': 403,
  'wrong-origin': 403,
  'wrong-password': 403,
  'passkeys-elsewhere': 403,
  'passkey-copied': 403,
  'wrong-passkey': 403,
  'no-such-path': 404,
  'message-gone': 404,
  'not-found': 404,
  'template-not-found': 404,
  'method-not-allowed': 405,
  'domain-taken': 409,
  'name-taken': 409,
  'run-under-way': 409,
  'selector-taken': 409,
  'too-many-patterns': 409,
  'too-many-templates': 409,
  'too-many-replays': 409,
  'too-many-tests': 429,
  'too-many-webhooks': 409,
  'user-taken': 409,
  'key-taken': 409,
  'provider-taken': 409,
  'provider-only': 403,
  'user-locked': 403,
  'subject-taken': 409,
  'last-owner': 409,
  'root-unusable': 409,
  'too-many-uploads': 409,
  'upgrade-under-way': 409,
  'upload-elsewhere': 409,
  'upload-incomplete': 409,
  'config-conflicts': 409,
  'totp-there': 409,
  'last-way-in': 409,
  'passkey-taken': 409,
  'too-many-passkeys': 409,
  'changed-meanwhile': 412,
  'too-large': 413,
  'not-json': 415,
  'release-damaged': 422,
  'release-foreign': 422,
  'release-unsigned': 422,
  'upload-damaged': 422,
  'rules-invalid': 422,
  'rules-unsigned': 422,
  'template-invalid': 422,
  'template-failed': 422,
  'too-many-calls': 429,
  'too-many-failures': 429,
  'worker-missing': 503,
  'control-missing': 503,
  'dns-trouble': 503,
  'not-running': 503,
  'api-busy': 503,
  'disk-full': 507,
  'call-too-long': 504,
}

/** Named `no-…`: what was asked for is not there. */
export function statusOfCode(code: string): number | undefined {
  return STATUSES[code as ErrorCode] ?? (/^no-(?!room)/.test(code) ? 404 : undefined)
}

export function statusOf({ code, blame, temporary }: Pick<Fault, 'code' | 'blame' | 'temporary'>): number {
  const named = statusOfCode(code)
  if (named !== undefined) return named
  if (temporary) return 503
  return { caller: 400, peer: 502, owner: 500 }[blame]
}

export function problemOf(
  { code, message, mend }: { code: string; message: string; mend?: string | undefined },
  status: number,
  parameter?: string,
): ProblemDocument {
  return {
    type: `/api/reference/errors#${code}`,
    title: (ERRORS as Readonly<Record<string, string>>)[code] ?? code,
    status,
    detail: message,
    code,
    ...(mend !== undefined && { mend }),
    ...(parameter !== undefined && { parameter }),
  }
}
