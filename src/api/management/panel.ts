// What answers at panel.listen: health, readiness, metrics, the files of the Control Panel, and the management API, which is loaded with its
// first call. Every answer has the headers that keep a browser from doing anything with it that was not meant.
import type { Answered, WebRequest } from '../../net/web/web-listener.ts'

export interface PanelOptions {
  readonly ready: () => boolean
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>
  /** Below `/api/`; null: nobody may call it here. */
  readonly api: ((request: WebRequest) => Promise<Answered>) | null
  /** Below `/v1/`: the Reporting API of the original. */
  readonly reporting?: (request: WebRequest) => Promise<Answered>
  /** The Control Panel: null where the path is none of its pages and files. */
  readonly files?: (request: WebRequest) => Promise<Answered | null>
  /** Below `/login/oidc/`: people who log in by a provider. */
  readonly login?: (request: WebRequest) => Promise<Answered>
}

const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}
/** A browser that was here over TLS comes over TLS again. */
const OVER_TLS = { 'strict-transport-security': 'max-age=31536000' }
const TEXT = 'text/plain; charset=utf-8'
const NOTHING = 'There is nothing here. Try /, /healthz, /readyz or /metrics.\n'
const NO_PANEL = "The Control Panel was not built here, which 'npm ci' and a start mend. The management API is at /api/reference.\n"

export async function answerPanel(request: WebRequest, options: PanelOptions): Promise<Answered> {
  const { status, headers, body } = await answerOf(request, options)
  return { status, headers: { ...SECURITY_HEADERS, ...(request.isSecure && OVER_TLS), ...headers }, body }
}

async function answerOf(request: WebRequest, options: PanelOptions): Promise<Answered> {
  const { method, path } = request
  if (path.startsWith('/api/') && options.api !== null) return options.api(request)
  if (path.startsWith('/v1/') && options.reporting !== undefined) return options.reporting(request)
  if (path.startsWith('/login/oidc/') && options.login !== undefined) return options.login(request)
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'Only GET and HEAD.\n', { allow: 'GET, HEAD' })
  switch (path) {
    case '/healthz':
      return text(200, 'ok\n')
    case '/readyz':
      return options.ready() ? text(200, 'ready\n') : text(503, 'not ready: no worker can accept mail\n')
    case '/metrics': {
      const { type, text: body } = await options.metrics()
      return { status: 200, headers: { 'content-type': type }, body }
    }
    default:
      return (await options.files?.(request)) ?? text(404, path === '/' ? NO_PANEL : NOTHING)
  }
}

function text(status: number, body: string, headers: Answered['headers'] = {}): Answered {
  return { status, headers: { 'content-type': TEXT, ...headers }, body }
}
