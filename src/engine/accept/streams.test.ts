// The stream of a message: what it says, its login, its account; and what is told of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import { ACCOUNT, CLIENT, EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'

const LOGIN = { user: 'shop', account: ACCOUNT.id, salt: '', iterations: 1, storedKey: '', serverKey: '', networks: [] }

test('a message is of the stream that it names, of that of its login, or of that of its account; an unknown one is refused', async () => {
  await using peer = await SmtpPeer.start()
  const account = { ...ACCOUNT, streams: [{ name: 'news', kind: 'bulk' }] } as const
  const accounts = new Map([[account.id, account]])
  const credentials = new Map([['shop', LOGIN]])
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], accounts, credentials } })
  const streams: (string | undefined)[] = []
  const send = async (fields: string): Promise<string> => {
    const client = { ...CLIENT, user: 'shop' }
    const reply = await home.submit({
      client,
      sender: 'bob@shop.example',
      text: `From: bob@shop.example\r\nSubject: hi\r\n${fields}\r\nhello\r\n`,
    })
    if (!reply.startsWith('250')) return reply
    await peer.waitForMessages(streams.length + 1)
    const [delivered, accepted] = [await home.waitFor('delivered', streams.length + 1), await home.waitFor('accepted')]
    assert.equal(delivered.at(-1)?.stream, accepted.at(-1)?.stream)
    streams.push(accepted.at(-1)?.stream)
    assert.doesNotMatch(peer.messages.at(-1)?.data.toString() ?? '', /X-xsStream/i)
    return streams.at(-1) ?? 'transactional'
  }
  assert.equal(await send(''), 'transactional')
  assert.equal(await send('X-xsStream: BULK\r\n'), 'bulk')
  assert.equal(await send('x-XsStream:  News \r\n'), 'news')
  assert.equal(await send('X-xsStream: sales\r\n'), '554 5.6.0 X-xsStream: "sales" is no stream of account 1001.')
  assert.match(await send('X-xsStream: \r\n'), /^554 5\.6\.0 X-xsStream: "" is no stream/)
  assert.match(await send('X-xsStream: b\u00fclk\r\n'), /^554 5\.6\.0 X-xsStream: "b\?+lk" is no stream/)
  home.change({ accounts: new Map([[account.id, { ...account, stream: 'news' }]]) })
  assert.equal(await send(''), 'news')
  home.change({ credentials: new Map([['shop', { ...LOGIN, stream: 'bulk' }]]) })
  assert.equal(await send(''), 'bulk')
  assert.equal(await send('X-xsStream: transactional\r\n'), 'transactional')
})

test('the stream of a message that waits is shown, also after it was read from the disk', async () => {
  const anonymous = { ...ACCOUNT, id: 1000 as AccountId, stream: 'bulk' }
  await using home = await EngineHome.start({ settings: { accounts: new Map([[anonymous.id, anonymous]]), routes: [routeTo(1)] } })
  await home.submit()
  await home.submit({ text: 'From: bob@sender.example\r\nX-xsStream: transactional\r\n\r\nhello\r\n' })
  assert.deepEqual((await home.queued()).map(({ stream }) => stream).toSorted(), ['bulk', 'transactional'])
})

test('Feedback-ID has mailing, stream, account and the sender; what a message brings stays', async () => {
  await using peer = await SmtpPeer.start()
  const account = { ...ACCOUNT, id: 1000 as AccountId, feedbackId: 'shop-mail' }
  await using home = await EngineHome.start({ settings: { accounts: new Map([[account.id, account]]), routes: [routeTo(peer.port)] } })
  let sent = 0
  const feedbackId = async (fields: string): Promise<readonly string[]> => {
    assert.match(await home.submit({ text: `From: bob@sender.example\r\n${fields}\r\nhello\r\n` }), /^250/)
    const [message] = (await peer.waitForMessages(++sent)).slice(-1)
    return (message?.data.toString() ?? '').split('\r\n').filter((line) => /^Feedback-ID:/i.test(line))
  }
  assert.deepEqual(await feedbackId(''), ['Feedback-ID: transactional:1000:shop-mail'])
  assert.deepEqual(await feedbackId('X-xsMailingId: spring-1\r\nX-xsStream: bulk\r\n'), ['Feedback-ID: spring-1:bulk:1000:shop-mail'])
  assert.deepEqual(await feedbackId('feedback-id: a:b:c:own\r\n'), ['feedback-id: a:b:c:own'])
  home.change({ accounts: new Map([[account.id, { ...account, feedbackId: null }]]) })
  assert.deepEqual(await feedbackId(''), [])
})
