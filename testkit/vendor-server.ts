// A server that vendors' clients are pointed at, and the receiver of what they send.
import type { MessageId } from '../src/base/brand.ts'
import type { AcceptedEvent } from '../src/contract/events.ts'
import { until } from './patience.ts'
import { inject, type Called } from './injecting.ts'
import { readMail, type ReceivedMail } from './received.ts'
import { startServer, type TestServer } from './server.ts'
import { SmtpPeer } from './smtp-peer.ts'

export interface VendorServer extends AsyncDisposable {
  readonly server: TestServer
  readonly peer: SmtpPeer
  /** Of the injection listener, without a path. */
  readonly url: string
  readonly key: string
  /** What came for a recipient, taken apart. */
  mailFor(recipient: string): Promise<ReceivedMail>
  /** Whether anything came for a recipient. */
  has(recipient: string): boolean
  /** Events of a message's acceptance, once they are told: mail may come before. */
  acceptedOf(message: string | undefined): Promise<readonly AcceptedEvent[]>
  /** A call with a body as it is. */
  post(path: string, body: string | Uint8Array, headers?: Record<string, string>): Promise<Called>
}

export async function startVendorServer(): Promise<VendorServer> {
  await using opened = new AsyncDisposableStack()
  const server = opened.use(await startServer({ config: { 'inject.request_size': '1MiB' } }))
  const peer = opened.use(await SmtpPeer.start())
  await server.call('route.set', { pattern: '*.test', url: `smtp://127.0.0.1:${peer.port}` })
  const held = opened.move()
  const messageFor = (recipient: string) => peer.messages.find(({ recipients }) => recipients.includes(recipient))
  return {
    server,
    peer,
    url: `http://127.0.0.1:${server.portOf('inject.listen')}`,
    key: server.account.apiKey,
    mailFor: async (recipient) => {
      await peer.until(() => messageFor(recipient) !== undefined, 30_000)
      return readMail(messageFor(recipient)?.data ?? Buffer.alloc(0))
    },
    has: (recipient) => messageFor(recipient) !== undefined,
    acceptedOf: (message) =>
      until(async () => {
        const { events } = await server.call('events.find', { message: message as MessageId, kinds: ['accepted'], limit: 9 })
        const found = events.filter((event) => event.kind === 'accepted')
        return found.length > 0 && found
      }, 'the event of acceptance'),
    post: (path, body, headers) => inject(server, path, body, headers),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
