// The HTTP server at panel.listen: health, readiness, metrics, and a plain page until the Control Panel moves in. It knows
// no secret and no address of a recipient. Requests are bounded by Node's own limits and by short timeouts.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { messageOf } from '../base/fault.ts'
import type { Log } from '../base/log.ts'
import type { SocketAddress } from '../contract/options.ts'

// An import would read all that node:http exports, and with WebSocket load Node's HTTP client: 13 MB and 30 ms of every desk.
const { createServer } = process.getBuiltinModule('node:http')

export interface PanelOptions {
  readonly version: string
  readonly log: Log
  readonly ready: () => boolean
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

const SECURITY_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
}
const MOST_CONNECTIONS = 500
const TEXT = 'text/plain; charset=utf-8'

/** Listens on bound descriptors or addresses; disposing ends connections at once. */
export async function servePanel(places: readonly ({ fd: number } | SocketAddress)[], options: PanelOptions): Promise<AsyncDisposable> {
  const servers: Server[] = []
  for (const place of places) {
    const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 5000 }, (request, response) => {
      void respond(request, response, options)
    })
    server.maxConnections = MOST_CONNECTIONS
    servers.push(server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(place, resolve)
    })
    // Out of descriptors an accept fails: that must not end the desk.
    server.on('error', (error) => options.log.error('a connection to the panel could not be accepted', { error: error.message }))
  }
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(
        servers.map(async (server) => {
          const closed = new Promise((resolve) => server.close(resolve))
          server.closeAllConnections()
          await closed
        }),
      )
    },
  }
}

async function respond(request: IncomingMessage, response: ServerResponse, options: PanelOptions): Promise<void> {
  const { status, type, body } = await answer(request, options).catch((error: unknown): Answer => {
    options.log.error('a request to the panel failed', { error: messageOf(error) })
    return { status: 500, type: TEXT, body: 'The server met an error of its own; its log has the details.\n' }
  })
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), ...SECURITY_HEADERS })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function answer(request: IncomingMessage, options: PanelOptions): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, type: TEXT, body: 'Only GET and HEAD.\n' }
  switch ((request.url ?? '').replace(/\?.*$/s, '')) {
    case '/':
      return { status: 200, type: 'text/html; charset=utf-8', body: page(options) }
    case '/healthz':
      return { status: 200, type: TEXT, body: 'ok\n' }
    case '/readyz':
      return options.ready()
        ? { status: 200, type: TEXT, body: 'ready\n' }
        : { status: 503, type: TEXT, body: 'not ready: no worker can accept mail\n' }
    case '/metrics': {
      const { type, text } = await options.metrics()
      return { status: 200, type, body: text }
    }
    default:
      return { status: 404, type: TEXT, body: 'There is nothing here. Try /, /healthz, /readyz or /metrics.\n' }
  }
}

function page({ version, ready }: PanelOptions): string {
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
<p><a href="/metrics">Metrics</a> for Prometheus, <a href="/healthz">health</a>, <a href="/readyz">readiness</a>.</p>
</html>
`
}
