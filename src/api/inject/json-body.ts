// The body of a call as JSON: in UTF-8, whatever the client calls it.
import { isUtf8 } from 'node:buffer'
import type { Problem } from '../../contract/injection.ts'
import type { Call } from './route.ts'

export type JsonBody = { readonly value: unknown } | { readonly problem: Problem }

export function jsonOf({ body, headers }: Pick<Call, 'body' | 'headers'>): JsonBody {
  const type = headers['content-type'] ?? 'application/json'
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(type))
    return { problem: { code: 'unsupported-type', message: 'The body is to be application/json.' } }
  if (!isUtf8(body)) return { problem: { code: 'invalid-json', message: 'The body is not UTF-8.' } }
  try {
    return { value: JSON.parse(body.toString('utf8')) as unknown }
  } catch {
    // What the parser says quotes the body, which may hold what is nobody's business.
    return { problem: { code: 'invalid-json', message: 'The body is no JSON.' } }
  }
}
