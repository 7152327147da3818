// How calls travel: by fetch, with a time for each, again where that cannot do anything twice, and page after page.
import { type Download, downloadOf } from './download.ts'
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
  /** Gives up. */
  readonly signal?: AbortSignal
  readonly timeout?: number
  readonly retries?: number
  /** `client.etagOf` of what was got before: a change fails with `changed-meanwhile` where it is another by now. */
  readonly ifMatch?: string | undefined
}

export interface DownloadOptions {
  /** Gives up, also in the middle. */
  readonly signal?: AbortSignal
  /** Milliseconds that nothing may come; those of the client unless said. */
  readonly timeout?: number
  /** Connections that may be lost one after the other without an octet in between; those of the client unless said. */
  readonly retries?: number
}

export interface StreamOptions {
  /** Ends it. */
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

/** A part of a list, in a text. */
export interface TextPage {
  readonly text: string
  /** For `after` of the next call; null: there is no more. */
  readonly next: string | null
}

export interface Given {
  readonly query?: object | undefined
  readonly body?: unknown
  /** JSON unless said. */
  readonly accept?: string
}

interface Begun {
  readonly signal: AbortSignal
  readonly timeout: number
  readonly headers?: Readonly<Record<string, string>>
}

const BASE = '/api/v1'
const USUAL_TIME = 60_000
const USUAL_RETRIES = 3
/** The server says something every ten seconds, so that a connection that died without a word is found. */
const LONGEST_SILENCE = 45_000
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
    return this.#taken<Answer>(await this.#tried(method, options, () => this.#once(method, path, given, options)))
  }

  /** A page in another form than JSON, such as `text/csv`. */
  async text(path: string, query: object, accept: string, options: CallOptions = {}): Promise<TextPage> {
    const response = await this.#tried('GET', options, () => this.#once('GET', path, { query, accept }, options))
    return { text: await response.text(), next: response.headers.get('hms-next') }
  }

  /** All octets of something. `query.from`: the first that is wanted. */
  download(path: string, query: object, type: string, options: DownloadOptions = {}): Promise<Download> {
    const { signal } = options
    const timeout = options.timeout ?? this.#options.timeout ?? USUAL_TIME
    const retries = options.retries ?? this.#options.retries ?? USUAL_RETRIES
    const open = (from: number, ends: AbortSignal): Promise<Response> =>
      this.#tried('GET', { signal: ends, retries }, () => this.#begun(path, { ...query, from }, type, { signal: ends, timeout }))
    return downloadOf({ open, from: (query as { from?: number }).from ?? 0, timeout, retries, signal })
  }

  async #tried(
    method: Method,
    { signal, retries = this.#options.retries ?? USUAL_RETRIES }: CallOptions,
    once: () => Promise<Response | { readonly error: Error }>,
  ): Promise<Response> {
    for (let tried = 0; ; tried++) {
      const outcome = await once()
      if (!('error' in outcome)) return outcome
      const { error } = outcome
      if (tried >= retries || signal?.aborted === true || !isWorthAnother(method, error)) throw error
      const wait = (error instanceof Problem ? error.retryAfter : undefined) ?? 250 * 2 ** tried
      await pause(Math.min(wait, LONGEST_WAIT), signal)
    }
  }

  /** An answer whose header came in time; how long the rest takes is for whoever reads it. */
  async #begun(
    path: string,
    query: object,
    accept: string,
    { signal, timeout, headers }: Begun,
  ): Promise<Response | { readonly error: Error }> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new Error(`nothing came for ${timeout} ms`)), timeout)
    try {
      const init = { headers: { ...this.#headers(), accept, ...headers }, signal: AbortSignal.any([late.signal, signal]) }
      const response = await this.#fetch(this.#url(path, query), init)
      return response.ok ? response : { error: await problemOf(response) }
    } catch (error) {
      return { error: asNoAnswer(error) }
    } finally {
      clearTimeout(timer)
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
    const ends = signal ?? new AbortController().signal
    let last = after ?? null
    let wait = 2000
    for (;;) {
      if (signal?.aborted === true) return
      let again: number | null = null
      const timeout = this.#options.timeout ?? USUAL_TIME
      const headers = last === null ? {} : { 'last-event-id': last }
      const response = await this.#begun(path, query, 'text/event-stream', { signal: ends, timeout, headers })
      if ('error' in response) {
        if (!isWorthAnother('GET', response.error)) throw response.error
        if (response.error instanceof Problem) again = response.error.retryAfter ?? null
      } else if (response.body !== null) {
        for await (const one of eventsOf(response.body, LONGEST_SILENCE)) {
          last = one.id ?? last
          wait = one.retry ?? wait
          if (one.event === 'end')
            throw new Problem(Number((JSON.parse(one.data) as { status?: number }).status ?? 500), JSON.parse(one.data))
          if (one.data !== '') yield { event: one.event, id: last, data: JSON.parse(one.data) as Row }
        }
      }
      await pause(Math.min(again ?? wait, LONGEST_WAIT), signal)
    }
  }

  async #once(
    method: Method,
    path: string,
    { query = {}, body, accept }: Given,
    options: CallOptions,
  ): Promise<Response | { readonly error: Error }> {
    const time = AbortSignal.timeout(options.timeout ?? this.#options.timeout ?? USUAL_TIME)
    const headers = {
      ...this.#headers(),
      ...(accept !== undefined && { accept }),
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
    if (signal?.aborted === true) return resolve()
    const over = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, time)
    signal?.addEventListener('abort', over)
  })
}
