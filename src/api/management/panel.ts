// What answers at panel.listen: health, readiness, metrics, a plain page until the Control Panel moves in, and the management API, which is
// loaded with its first call. Every answer has the headers that keep a browser from doing anything with it that was not meant.
import type { Answered, WebRequest } from '../../net/web/web-listener.ts'

export interface PanelOptions {
  readonly version: string
  readonly ready: () => boolean
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>
  /** Below `/api/`; null: nobody may call it here. */
  readonly api: ((request: WebRequest) => Promise<Answered>) | null
  /** Below `/v1/`: the Reporting API of the original. */
  readonly reporting?: (request: WebRequest) => Promise<Answered>
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
    case '/':
      return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page(options) }
    case '/healthz':
      return text(200, 'ok\n')
    case '/readyz':
      return options.ready() ? text(200, 'ready\n') : text(503, 'not ready: no worker can accept mail\n')
    case '/metrics': {
      const { type, text: body } = await options.metrics()
      return { status: 200, headers: { 'content-type': type }, body }
    }
    default:
      return text(404, 'There is nothing here. Try /, /healthz, /readyz or /metrics.\n')
  }
}

function text(status: number, body: string, headers: Answered['headers'] = {}): Answered {
  return { status, headers: { 'content-type': TEXT, ...headers }, body }
}

const REFERENCE = '<p>Programs use the <a href="/api/reference">management API</a>: the same, for those who have a key.</p>\n'

function page({ version, ready, api }: PanelOptions): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Hurricane MTA Server</title>
<h1>Hurricane MTA Server ${version}</h1>
<p>${ready() ? 'It accepts mail.' : 'It does not accept mail at the moment: <code>hms status</code> says why.'}</p>
<p>The Control Panel will live here. Until then the <code>hms</code> command steers this server:</p>
<ul>
<li><code>hms status</code> shows the totals, the workers and what needs attention.</li>
<li><code>hms send</code> sends a test message and follows it to its end.</li>
<li><code>hms queue ls</code> lists what waits, <code>hms events --follow</code> what happens.</li>
<li><code>hms doctor</code> checks the installation.</li>
</ul>
${api === null ? '' : REFERENCE}<p><a href="/metrics">Metrics</a> for Prometheus, <a href="/healthz">health</a>, <a href="/readyz">readiness</a>.</p>
</html>
`
}
