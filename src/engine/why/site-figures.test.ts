import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain, MessageId } from '../../base/brand.ts'
import type { MailEvent } from '../../contract/events.ts'
import { RecentCount } from './recent-count.ts'
import { SiteFigureBook } from './site-figures.ts'

function deliveredAt(site: string): MailEvent {
  const target = { site, remoteHost: null, remoteAddress: null, localAddress: null, tls: null }
  const message = {
    account: 1001 as AccountId,
    message: '0000000000000001' as MessageId,
    clientId: null,
    mailing: null,
    sender: '',
    size: 1,
  }
  const recipient = { recipient: 'b@y.example', domain: 'y.example' as Domain, attempt: 1 }
  return { kind: 'delivered', at: 0, ...message, ...recipient, ...target, reply: { code: 250, enhanced: null, text: 'ok' }, queuedFor: 0 }
}

test('a site with much mail keeps its figures, however many sites with one message each come after it', () => {
  const book = new SiteFigureBook()
  const settle = (key: string): void => book.settled(key, [{ event: deliveredAt(key) }], 1000)
  settle('large')
  for (let n = 0; n < 25_000; n++) {
    settle(`small ${n}`)
    if (n % 1000 === 0) settle('large')
  }
  assert.equal(book.find('large')?.messages.sum(1000), 26)
  assert.ok([...book.all()].length <= 10_000)
})

test('a count of the last seconds forgets what is older, and is as right for very many as for few', () => {
  const count = new RecentCount(60, 1000)
  count.add(1000, 200)
  count.add(1500, 100_000)
  count.add(2000, 7)
  assert.equal(count.sum(2000), 100_207)
  assert.equal(count.sum(60_999), 100_207)
  assert.equal(count.sum(61_000), 7)
  assert.equal(count.sum(200_000), 0)
})
