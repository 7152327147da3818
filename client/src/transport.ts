// How calls travel: by fetch, with a time for each, again where that cannot do anything twice, and page after page.
import { eventsOf, type StreamEvent } from './events.ts'
import { NoAnswer, Problem } from './problem.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface ClientOptions {
  /** Of the server: `https://mta.example.com:8443`. */
  readonly url: string
  /** A key of `hms key add`; left out, the browser's session counts. */
  readonly key?: string
  /** Milliseconds that an answer may take; 60,000 unless said. */
  readonly timeout?: number
  /** How often a call is tried again; 3 unless said. */
  readonly retries?: number
  readonly fetch?: typeof globalThis.fetch
}

export interface CallOptions {
  readonly signal?: AbortSignal
  readonly timeout?: number
  readonly retries?: number
  /** `client.etagOf` of what was got before: a change fails with `changed-meanwhile` where it is another by now. */
  readonly ifMatch?: string | undefined
}

export interface StreamOptions {
  readonly signal?: AbortSignal
  /** `id` of the last event that was seen: it goes on after that. */
  readonly after?: string
}

/** A part of a list. */
export interface Page<Row> {
  readonly data: readonly Row[]
  /** For `after` of the next call; null: there is no more. */
  readonly next: string | null
}

export interface Given {
  readonly query?: object | undefined
  readonly body?: unknown
}

const BASE = '/api/v1'
const LONGEST_WAIT = 60_000
/** Those that may be done twice. What is refused with 429 was not done at all. */
const REPEATABLE: ReadonlySet<Method> = new Set<Method>(['GET', 'PUT', 'DELETE'])

export class Transport {
  readonly #options: ClientOptions
  readonly #fetch: typeof globalThis.fetch
  readonly #etags = new WeakMap<object, string>()

  constructor(options: ClientOptions) {
    this.#options = options
    const { fetch } = options
    this.#fetch = fetch ?? ((...args) => globalThis.fetch(...args))
  }

  etagOf(value: object): string | undefined {
    return this.#etags.get(value)
  }

  async call<Answer>(method: Method, path: string, given: Given = {}, options: CallOptions = {}): Promise<Answer> {
    const retries = options.retries ?? this.#options.retries ?? 3
    for (let tried = 0; ; tried++) {
      const outcome = await this.#once(method, path, given, options)
      if (!('error' in outcome)) return this.#taken<Answer>(outcome)
      const { error } = outcome
      if (tried >= retries || options.signal?.aborted === true || !isWorthAnother(method, error)) throw error
      const wait = (error instanceof Problem ? error.retryAfter : undefined) ?? 250 * 2 ** tried
      await pause(Math.min(wait, LONGEST_WAIT), options.signal)
    }
  }

  /** Row by row, page after page. */
  async *each<Row>(path: string, query: object, options: CallOptions = {}): AsyncGenerator<Row, void, undefined> {
    for (let after = (query as { after?: string }).after; ;) {
      const page: Page<Row> = await this.call('GET', path, { query: { ...query, after } }, options)
      yield* page.data
      if (page.next === null) return
      after = page.next
    }
  }

  /** What comes as long as nobody stops; a connection that is lost is made again, and goes on where it was. */
  async *stream<Row>(
    path: string,
    query: object,
    { signal, after }: StreamOptions = {},
  ): AsyncGenerator<StreamEvent<Row>, void, undefined> {
    let last = after ?? null
    let wait = 2000
    for (;;) {
      if (signal?.aborted === true) return
      const headers = { ...this.#headers(), accept: 'text/event-stream', ...(last !== null && { 'last-event-id': last }) }
      const response = await this.#fetch(this.#url(path, query), { headers, ...(signal !== undefined && { signal }) }).catch(asNoAnswer)
      if (response instanceof NoAnswer || !response.ok || response.body === null) {
        const error = response instanceof NoAnswer ? response : await problemOf(response)
        if (!isWorthAnother('GET', error)) throw error
      } else {
        for await (const one of eventsOf(response.body)) {
          last = one.id ?? last
          wait = one.retry ?? wait
          if (one.event === 'end')
            throw new Problem(Number((JSON.parse(one.data) as { status?: number }).status ?? 500), JSON.parse(one.data))
          if (one.data !== '') yield { event: one.event, id: last, data: JSON.parse(one.data) as Row }
        }
      }
      await pause(wait, signal)
    }
  }

  async #once(
    method: Method,
    path: string,
    { query = {}, body }: Given,
    options: CallOptions,
  ): Promise<Response | { readonly error: Error }> {
    const time = AbortSignal.timeout(options.timeout ?? this.#options.timeout ?? 60_000)
    const headers = {
      ...this.#headers(),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(options.ifMatch !== undefined && { 'if-match': options.ifMatch }),
    }
    const signal = options.signal === undefined ? time : AbortSignal.any([time, options.signal])
    try {
      const init = { method, headers, signal, ...(body !== undefined && { body: JSON.stringify(body) }) }
      const response = await this.#fetch(this.#url(path, query), init)
      if (!response.ok) return { error: await problemOf(response) }
      // What is cut off or late while it is read was no answer either.
      return new Response(await response.text(), { status: response.status, headers: response.headers })
    } catch (error) {
      return { error: asNoAnswer(error) }
    }
  }

  async #taken<Answer>(response: Response): Promise<Answer> {
    const value = JSON.parse(await response.text()) as Answer
    const etag = response.headers.get('etag')
    if (etag !== null && typeof value === 'object' && value !== null) this.#etags.set(value, etag)
    return value
  }

  #headers(): Record<string, string> {
    const { key } = this.#options
    return { accept: 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) }
  }

  #url(path: string, query: object): string {
    const values = new URLSearchParams()
    for (const [name, value] of Object.entries(query as Readonly<Record<string, unknown>>))
      if (value !== undefined) values.set(name, String(value))
    const text = values.toString()
    return `${this.#options.url.replace(/\/$/, '')}${BASE}${path}${text === '' ? '' : `?${text}`}`
  }
}

/** A part of a path; several with commas between them. */
export function part(value: string | number | readonly string[]): string {
  return encodeURIComponent(String(value))
}

function isWorthAnother(method: Method, error: Error): boolean {
  if (error instanceof Problem) return error.status === 429 || (REPEATABLE.has(method) && [502, 503, 504].includes(error.status))
  return REPEATABLE.has(method)
}

async function problemOf(response: Response): Promise<Problem> {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const document: unknown = await response.json().catch(() => null)
  return new Problem(response.status, document, Number.isFinite(seconds) ? seconds * 1000 : undefined)
}

function asNoAnswer(error: unknown): NoAnswer {
  return new NoAnswer(`No answer came: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
}

function pause(time: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, time)
    signal?.addEventListener('abort', over)
  })
}
