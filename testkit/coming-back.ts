// What comes back of mail, as receivers send it: bounces at the return path and complaints of a feedback loop about messages that went out.
import assert from 'node:assert/strict'
import type { AccountId, Domain } from '../src/base/brand.ts'
import { inject } from './injecting.ts'
import { until } from './patience.ts'
import { bounceMessage, type BounceParts, complaintMessage } from './report-samples.ts'
import type { TestServer } from './server.ts'
import { SmtpClient } from './smtp-client.ts'
import type { ReceivedMessage, SmtpPeer } from './smtp-peer.ts'

const DOMAIN = 'bounce.shop.example'

export interface ComingBack {
  /** Sends a message to somebody, and resolves when it arrived. */
  mail(to: string, body?: Readonly<Record<string, unknown>>): Promise<ReceivedMessage>
  bounce(of: ReceivedMessage, parts?: BounceParts): Promise<void>
  complain(of: ReceivedMessage): Promise<void>
}

/** Of the first account of the server, whose mail goes to the peer. */
export async function comingBack(server: TestServer, peer: SmtpPeer): Promise<ComingBack> {
  const account = server.account.id as AccountId
  await server.call('inbound.add', { domain: DOMAIN, account })
  await server.call('account.set', { id: account, change: { returnPathDomain: DOMAIN as Domain } })
  await server.settled()
  const send = async (from: string, to: string, data: string): Promise<void> => {
    using client = await SmtpClient.open(server.smtpPort)
    const reply = await client.send({ from, to: [to], data })
    assert.equal(reply.code, 250, reply.text)
  }
  return {
    mail: async (to, body = {}) => {
      const letter = { from: 'orders@shop.example', to: [to], subject: 'Your order', text: 'Hello', ...body }
      const { status, text } = await inject(server, '/v1/messages', letter)
      assert.equal(status, 202, text)
      const find = (): ReceivedMessage | false => peer.messages.findLast(({ recipients }) => recipients.includes(to)) ?? false
      const got = await until(find, `nothing came for ${to}`)
      await server.outcome(to)
      return got
    },
    bounce: (of, parts) => send('', of.sender, bounceMessage(of.recipients[0] ?? '', parts)),
    complain: (of) => send('feedback@fbl.test', `fbl@${DOMAIN}`, complaintMessage('', of.data.toString('latin1').split('\r\n\r\n')[0])),
  }
}
