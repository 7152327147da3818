// Clients of vendors as npm has them, pointed at a server.
import sendgridOfAll from '@sendgrid/mail'
import { ServerClient } from 'postmark'
import { Resend } from 'resend'
import type { VendorServer } from './vendor-server.ts'

type Target = Pick<VendorServer, 'url' | 'key'>

export function postmarkAt({ url, key: own }: Target, key = own): ServerClient {
  return new ServerClient(key, { useHttps: false, requestHost: `${url.slice(7)}/postmark` })
}

export function resendAt({ url, key: own }: Target, key = own): Resend {
  return new Resend(key, { baseUrl: `${url}/resend` })
}

/** Its one service, with a key. Its client is there, and not in its types. */
export function sendgridAt({ url, key: own }: Target, key = own): typeof sendgridOfAll {
  const { client } = sendgridOfAll as unknown as { client: { auth: string; setDefaultRequest(name: string, value: string): void } }
  // `setApiKey` does the same, and warns of a key that does not begin as theirs do.
  client.auth = `Bearer ${key}`
  client.setDefaultRequest('baseUrl', `${url}/sendgrid/`)
  return sendgridOfAll
}
