// A link of mail as its recipient opens it, at the server of the test whatever its host is.
import { request } from 'node:https'

interface Visit {
  readonly url: string
  /** Where the host of links is now. */
  readonly port: number
  readonly ca: string
  readonly form?: string
}

/** As a browser: a form goes urlencoded. */
export function visit({ url, port, ca, form }: Visit): Promise<readonly [status: number, location: string | undefined, body: string]> {
  const { pathname, host, hostname } = new URL(url)
  const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', origin: `https://${host}` }
  const headers = { host, 'user-agent': 'Firefox', ...type }
  const options = { host: '127.0.0.1', port, path: pathname, servername: hostname, ca, agent: false, headers }
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, method: form === undefined ? 'GET' : 'POST' }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => resolve([response.statusCode ?? 0, response.headers.location, text]))
    })
    sent.on('error', reject)
    sent.end(form)
  })
}
