// One small HTTPS exchange with a stranger's server: a policy is fetched, a report is handed in. Bounded in time and size; redirects are
// not followed (rfc:8461#3.3); the name is looked up once and the address that was judged is the one connected to (server-side request
// forgery); the certificate must prove the name.
import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request } from 'node:https'
import { rootCertificates } from 'node:tls'
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { MailResolver } from '../../engine/ports/resolver.ts'

export interface HttpsOptions {
  readonly resolver: Pick<MailResolver, 'addresses'>
  /** Loopback and private addresses may be connected to. */
  readonly allowPrivate: boolean
  readonly clock: Clock
  /** For the whole exchange with one address; default 10 s. */
  readonly timeout?: Ms
  /** Roots in PEM that are trusted besides those of the runtime. */
  readonly trust?: readonly string[]
}

export interface HttpsRequest {
  readonly host: string
  readonly port: number
  /** With the query. */
  readonly path: string
  /** Octets of the answer's body that are read; more is a failure. */
  readonly most: number
  /** Without TLS: for what is on this machine. */
  readonly plain?: boolean
  readonly headers?: Readonly<Record<string, string>>
  /** What is posted; without it, GET. */
  readonly post?: { readonly type: string; readonly body: Uint8Array; readonly headers?: Readonly<Record<string, string>> }
}

export type HttpsAnswer =
  /** `date`: the server's clock, where it says what that is. */
  | { readonly ok: true; readonly status: number; readonly type: string; readonly body: string; readonly date?: EpochMs }
  /** The end of a sentence; `certificate`: it does not prove the name. */
  | { readonly ok: false; readonly kind: 'network' | 'certificate' | 'too large'; readonly reason: string }

export type Https = (asked: HttpsRequest) => Promise<HttpsAnswer>

const PATIENCE: Ms = 10_000
/** Of a host with many addresses: one of each family, as they come by turns. */
const MOST_ADDRESSES = 2
const CERTIFICATE = /^(?:ERR_TLS_CERT|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_)/

/** Never rejects. */
export function createHttps(options: HttpsOptions): Https {
  return async (asked) => {
    const { addresses, trouble } = await options.resolver.addresses(asked.host, options.allowPrivate)
    let answer: HttpsAnswer = { ok: false, kind: 'network', reason: trouble ?? `${asked.host} has no address that may be connected to` }
    for (const address of addresses.slice(0, MOST_ADDRESSES)) {
      answer = await exchange(asked, address, options)
      if (answer.ok) return answer
    }
    return answer
  }
}

function exchange(asked: HttpsRequest, address: string, options: HttpsOptions): Promise<HttpsAnswer> {
  const { host, port, path, post } = asked
  const { trust = [], timeout = PATIENCE, clock } = options
  return new Promise((resolve) => {
    const settle = (answer: HttpsAnswer): void => {
      timer[Symbol.dispose]()
      resolve(answer)
      sent.destroy()
    }
    const sent = (asked.plain === true ? requestPlain : request)({
      host: address,
      servername: host,
      port,
      path,
      method: post === undefined ? 'GET' : 'POST',
      headers: {
        host: port === 443 ? host : `${host}:${port}`,
        'user-agent': 'hms',
        ...asked.headers,
        ...(post === undefined ? {} : { ...post.headers, 'content-type': post.type, 'content-length': post.body.length }),
      },
      agent: false,
      ...(trust.length === 0 ? {} : { ca: [...rootCertificates, ...trust] }),
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
    })
    const timer = clock.after(timeout, () => settle({ ok: false, kind: 'network', reason: `${host} did not answer within ${timeout} ms` }))
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const kind = CERTIFICATE.test(error.code ?? '') ? 'certificate' : 'network'
      settle({ ok: false, kind, reason: messageOf(error).slice(0, 300) })
    })
    sent.on('response', (response) => read(response, asked.most, settle))
    sent.end(post?.body)
  })
}

function read(response: IncomingMessage, most: number, settle: (answer: HttpsAnswer) => void): void {
  const pieces: Buffer[] = []
  let octets = 0
  response.on('data', (piece: Buffer) => {
    octets += piece.length
    if (octets > most) settle({ ok: false, kind: 'too large', reason: `the answer is larger than ${most} octets` })
    else pieces.push(piece)
  })
  response.on('error', (error) => settle({ ok: false, kind: 'network', reason: messageOf(error) }))
  response.on('end', () => {
    const type = (response.headers['content-type'] ?? '').split(';', 1)[0] ?? ''
    const date = Date.parse(response.headers.date ?? '')
    const said = { status: response.statusCode ?? 0, type: type.trim().toLowerCase(), body: Buffer.concat(pieces).toString('utf8') }
    settle({ ok: true, ...said, ...(Number.isFinite(date) && { date }) })
  })
}
