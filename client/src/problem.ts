// What goes wrong with a call: the server says why (rfc:9457), or no answer came at all.

/** The server refused a call, or failed at it. `code` never changes its meaning: it is what programs go by. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly code: string
  /** What happened, in a sentence; `message` is the same. */
  readonly detail: string
  /** When the code is met, and where it is explained. */
  readonly title: string
  readonly type: string
  /** What to do about it. */
  readonly mend: string | undefined
  /** The parameter that it is about. */
  readonly parameter: string | undefined
  /** In milliseconds, where the server says when to come again. */
  readonly retryAfter: number | undefined

  /** `document`: the body of the answer, whatever came. */
  constructor(status: number, document: unknown, retryAfter?: number) {
    const said = (typeof document === 'object' && document !== null ? document : {}) as Readonly<Record<string, unknown>>
    const text = (name: string): string | undefined => (typeof said[name] === 'string' ? said[name] : undefined)
    super(text('detail') ?? `The server answered ${status}.`)
    this.status = status
    this.detail = this.message
    this.code = text('code') ?? 'unknown'
    this.title = text('title') ?? ''
    this.type = text('type') ?? 'about:blank'
    this.mend = text('mend')
    this.parameter = text('parameter')
    this.retryAfter = retryAfter
  }
}

/** No answer came, or none in time: `cause` says why. Whether the call was done is not known. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}
