// Calls of the injection listener, as an application makes them.
import type { TestServer } from './server.ts'

export interface Called {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- what a test expects of it, it says itself
  readonly json: any
}

/** POST of JSON (or of octets as they are) with the key of the first account, unless `headers` say otherwise. */
export async function inject(
  server: Pick<TestServer, 'portOf' | 'account'>,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Called> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array
  const response = await fetch(`http://127.0.0.1:${server.portOf('inject.listen')}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.account.apiKey}`, 'content-type': 'application/json', ...headers },
    body: isRaw ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type') === 'application/json' && text !== ''
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null }
}
