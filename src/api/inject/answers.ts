// Answers of our own calls: results and errors as JSON.
import { INJECTION_ERRORS, type InjectionResult, type Problem } from '../../contract/injection.ts'
import type { InjectAnswer } from './route.ts'

export function refusal({ code, message, field, retryAfter }: Problem): InjectAnswer {
  const { status } = INJECTION_ERRORS[code]
  const headers = {
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
  }
  return { status, headers, body: { error: { code, message, ...(field !== undefined && { field }) } } }
}

/** Of one message among others. */
export function failedResult({ code, message, field }: Problem): InjectionResult {
  return { error: { code, message, ...(field !== undefined && { field }) } }
}
