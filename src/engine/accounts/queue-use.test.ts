// Quotas of the queue in a whole engine: messages and octets, of one and of many recipients, over a restart, with what others have.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain } from '../../base/brand.ts'
import type { Quotas } from '../../contract/accounts.ts'
import { ACCOUNT, CLIENT, EngineHome, routeTo, settingsWith } from '../../../testkit/engine-home.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'

const ID = 1000 as AccountId
const LATER = { 'delivery.retry_first': 60_000, 'delivery.retry_longest': 60_000 }

function settings(quotas: Quotas) {
  const account = { ...ACCOUNT, id: ID, quotas }
  return { routes: [routeTo(9)], accounts: new Map([...settingsWith().accounts, [ID, account]]) }
}

test('messages of an account wait up to its quota, one to many as one, over a restart and with what other workers have', async () => {
  using folder = temporaryFolder()
  const options = { folder: folder.path, config: LATER, settings: settings({ queuedMessages: 3 }) }
  {
    await using home = await EngineHome.start(options)
    // What comes while the queue is counted may be counted twice: it is over first.
    assert.equal((await home.engine.queueUse.of(ID))?.messages, 0)
    assert.match(await home.submit({ to: ['a@e.example', 'b@e.example', 'c@f.example'] }), /^250/)
    for (const to of ['d@e.example', 'e@e.example']) assert.match(await home.submit({ to: [to] }), /^250/)
    assert.match(await home.submit(), /^452 4\.3\.1 3 messages of this account wait, as much as its quota allows/)
    await home.waitFor('deferred')
  }
  await using home = await EngineHome.start(options)
  assert.equal((await home.engine.queueUse.of(ID))?.messages, 3)
  assert.match(await home.submit(), /^452/)
  const end = (recipient: string) => home.engine.queue.act('delete', { recipient }, { by: 'ann' })
  for (const recipient of ['a@e.example', 'b@e.example']) await end(recipient)
  assert.match(await home.submit(), /^452/, 'one recipient of the first is left')
  await end('c@f.example')
  assert.deepEqual(
    home.engine.queueUse.report().map(({ messages }) => messages),
    [2],
  )
  home.engine.queueUse.told([{ account: ID, messages: 1, bytes: 9 }])
  assert.match(await home.submit(), /^452/)
  home.engine.queueUse.told([])
  assert.match(await home.submit({ to: ['f@e.example'] }), /^250/)
  home.change(settings({}))
  assert.match(await home.submit({ to: ['g@e.example'] }), /^250/)
  assert.deepEqual(home.engine.queueUse.report(), [])
})

test('octets of an account wait up to its quota', async () => {
  await using home = await EngineHome.start({ config: LATER, settings: settings({ queuedBytes: 5000 }) })
  const text = `From: a@sender.example\r\n\r\n${'x'.repeat(70)}\r\n`.padEnd(4900, `${'y'.repeat(70)}\r\n`)
  assert.match(await home.submit({ text, to: ['a@e.example'] }), /^250/)
  assert.match(await home.submit({ text, to: ['b@e.example'] }), /^452 4\.3\.1 Messages of this account that wait take up 5000 octets/)
  const [used] = home.engine.queueUse.report()
  assert.ok((used?.bytes ?? 0) > 5000, `${used?.bytes} octets`)
})

test('what strangers send to a domain of ours never fills the queue of its account', async () => {
  using folder = temporaryFolder()
  const own = { domain: 'bounce.test' as Domain, account: ID, forwardTo: null, localParts: [] }
  const given = { ...settings({ queuedMessages: 2 }), ownDomains: new Map([[own.domain, own]]) }
  const options = { folder: folder.path, config: LATER, settings: given }
  const strange = { sender: 'x@people.test', to: ['abuse@bounce.test'], client: { ...CLIENT, address: '192.0.2.7' } }
  {
    await using home = await EngineHome.start(options)
    assert.equal((await home.engine.queueUse.of(ID))?.messages, 0)
    for (let n = 0; n < 3; n++) assert.match(await home.submit(strange), /^250/)
    assert.match(await home.submit({ to: ['a@e.example'] }), /^250/)
    assert.equal((await home.engine.queueUse.of(ID))?.messages, 1)
  }
  await using home = await EngineHome.start(options)
  assert.equal((await home.engine.queueUse.of(ID))?.messages, 1)
  await home.engine.queue.act('delete', { domain: own.domain }, { by: 'ann' })
  assert.equal((await home.engine.queueUse.of(ID))?.messages, 1, 'nor does its end make room')
  assert.match(await home.submit({ to: ['b@e.example'] }), /^250/)
  assert.match(await home.submit({ to: ['c@e.example'] }), /^452/)
})
