// Posts to endpoints: the name is looked up, the address that was judged is connected to, and connections are kept for a while. The work of it
// is that of posts as deliveries (net/outbound/http-connection.ts): bounded in what is read and how long, and no redirect is followed.
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { HttpPost, Outbound, OutboundConnection, OutboundTransaction, RecipientResult } from '../../engine/ports/outbound.ts'
import type { MailResolver } from '../../engine/ports/resolver.ts'
import type { PostPlace } from '../../smtp/post-address.ts'

/** What came of a post. */
export interface Answer {
  /** Null: there was none. */
  readonly status: number | null
  readonly ok: boolean
  /** One line: what it said first, or why there was no answer. No addresses are in it. */
  readonly text: string
  readonly retryAfter: Ms | null
  readonly took: Ms
}

export interface PosterParts {
  readonly outbound: Outbound
  readonly resolver: Pick<MailResolver, 'addresses'>
  readonly allowPrivate: boolean
  readonly clock: Clock
}

/** Connections to one endpoint that nothing goes over now. */
export interface IdleConnections {
  readonly idle: OutboundConnection[]
}

const KEPT_FOR: Ms = 15_000
/** Of all endpoints. */
const MOST_IDLE = 256
const MOST_ADDRESSES = 2
const LONGEST_TEXT = 300
const ADDRESS = /[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g
const NOTHING = new Uint8Array(0)
const NOBODY = { address: '', notify: { given: false, success: false, failure: false, delay: false }, originalRecipient: null } as const

export class Poster {
  readonly #parts: PosterParts
  readonly #closing = new AbortController()
  readonly #idle = new Map<OutboundConnection, Disposable>()

  constructor(parts: PosterParts) {
    this.#parts = parts
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await Promise.all([...this.#idle.keys()].map((one) => this.#close(one)))
  }

  /** Never rejects. */
  async post(place: PostPlace, post: HttpPost, pool: IdleConnections): Promise<Answer> {
    const { clock } = this.#parts
    const began = clock.mono()
    const kept = this.#take(pool)
    let result = kept === null ? null : await this.#over(kept, post, pool)
    // The server may have closed a kept connection at this very moment, which says nothing of how it is.
    if (result === null || result.kind === 'lost' || (result.kind === 'perhaps' && clock.mono() - began < 1000)) {
      const opened = await this.#open(place)
      result = typeof opened === 'string' ? { kind: 'lost', phase: 'connect', reason: opened } : await this.#over(opened, post, pool)
    }
    return answerOf(result, Math.round(clock.mono() - began))
  }

  async #over(connection: OutboundConnection, post: HttpPost, { idle }: IdleConnections): Promise<RecipientResult> {
    const [result] = await connection.send(transactionOf(post))
    if (connection.usable && this.#idle.size < MOST_IDLE && !this.#closing.signal.aborted) {
      idle.push(connection)
      const gone = (): void => {
        this.#idle.get(connection)?.[Symbol.dispose]()
        this.#idle.delete(connection)
        const at = idle.indexOf(connection)
        if (at >= 0) idle.splice(at, 1)
      }
      this.#idle.set(
        connection,
        this.#parts.clock.after(KEPT_FOR, () => {
          gone()
          void connection.close('quit')
        }),
      )
      connection.onEnd(gone)
    } else void connection.close('quit')
    return result ?? { kind: 'lost', phase: 'idle', reason: 'nothing was posted' }
  }

  #take({ idle }: IdleConnections): OutboundConnection | null {
    for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
      this.#idle.get(connection)?.[Symbol.dispose]()
      this.#idle.delete(connection)
      if (connection.usable) return connection
      void connection.close('quit')
    }
    return null
  }

  #close(connection: OutboundConnection): Promise<void> {
    this.#idle.get(connection)?.[Symbol.dispose]()
    return connection.close('abort')
  }

  /** Or why not. */
  async #open({ host, port, isSecure }: PostPlace): Promise<OutboundConnection | string> {
    const { outbound, resolver, allowPrivate } = this.#parts
    const { addresses, trouble } = await resolver.addresses(host, allowPrivate)
    let reason = trouble ?? `${host} has no address that may be connected to`
    for (const address of addresses.slice(0, MOST_ADDRESSES)) {
      const target = {
        host,
        address,
        port,
        tls: 'verify',
        implicitTls: isSecure,
        http: true,
        auth: null,
        localAddress: null,
        helo: '',
      } as const
      const opened = await outbound.open(target, this.#closing.signal)
      if (opened.ok) return opened.connection
      reason = opened.failure.reason
    }
    return reason
  }
}

function transactionOf(post: HttpPost): OutboundTransaction {
  const none = { envelopeId: null, returnContent: null, utf8: false, eightBit: true, binary: false, wireReady: true, mayFinish: null }
  return {
    ...none,
    post,
    sender: '',
    recipients: [NOBODY],
    size: post.body.length,
    prefix: NOTHING,
    body: { kind: 'bytes', bytes: NOTHING },
  }
}

function answerOf(result: RecipientResult, took: Ms): Answer {
  switch (result.kind) {
    case 'accepted':
      return { status: result.reply.code, ok: true, text: textOf(result.reply.text), retryAfter: null, took }
    case 'declined': {
      const { code, text } = result.reply
      const words = code >= 300 && code < 400 ? `redirects are not followed: ${text}` : text
      return { status: code, ok: false, text: textOf(words), retryAfter: result.retryAfter ?? null, took }
    }
    case 'rejected':
      return { status: null, ok: false, text: textOf(result.reply.text), retryAfter: null, took }
    default:
      return { status: null, ok: false, text: textOf(result.reason), retryAfter: null, took }
  }
}

/** A receiver may say whom an event was about. */
function textOf(text: string): string {
  return text.replace(ADDRESS, '…@…').slice(0, LONGEST_TEXT)
}
