// What becomes of mail for own domains that cannot be read, and of that which is being read when the server stops.
import assert from 'node:assert/strict'
import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import type { AccountId, Domain, ShardId } from '../../base/brand.ts'
import { formatEpoch, formatMessageId } from '../../base/message-id.ts'
import { CLIENT, EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { tokenOf } from '../../message/token.ts'
import type { Inbox, SentTo } from '../ports/feedback.ts'
import { misbehavingInbox } from '../../../testkit/misbehaving-inbox.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'

const OWN = { domain: 'bounce.test' as Domain, account: null, forwardTo: null, localParts: [] }
const SETTINGS = { ownDomains: new Map([[OWN.domain, OWN]]) }
const KEY = { n: 1, since: 0, secret: Buffer.alloc(32, 7) }
const STRANGER = { ...CLIENT, address: '192.0.2.7' }

function letter(word: string) {
  return { sender: 'ann@people.test', to: ['postmaster@bounce.test'], client: STRANGER, text: `Subject: x\r\n\r\n${word}\r\n` }
}

test('what cannot be read is held with a reason, tried again when it is released, and holds nothing else', async () => {
  using inbox = misbehavingInbox()
  await using home = await EngineHome.start({ settings: SETTINGS, inbox })
  for (const word of ['fine', 'die', 'fine', 'hang', 'fine']) assert.match(await home.submit(letter(word)), /^250 /)
  const held = await home.waitFor('held', 5)
  const reasons = held.map(({ reason }) => reason.replace(/, and no mailbox.*/, '')).toSorted()
  assert.deepEqual(reasons, [
    'It is for people',
    'It is for people',
    'It is for people',
    'Unreadable: it takes too long',
    'Unreadable: the thread that read it ended',
  ])
  await home.engine.queue.act('release', { reason: 'Unreadable: the thread that read it ended' }, { by: 'test' })
  const again = await home.waitFor('held', 6)
  assert.equal(again.at(-1)?.reason, 'Unreadable: the thread that read it ended')
  await home.untilQueued(5)
})

test('what is being read when the server stops waits for the next start', async () => {
  using folder = temporaryFolder()
  {
    const inbox = misbehavingInbox()
    await using home = await EngineHome.start({ settings: SETTINGS, inbox, folder: folder.path })
    assert.match(await home.submit(letter('hang')), /^250 /)
    const stopped = home.engine.stop(200)
    inbox[Symbol.dispose]()
    await stopped
    assert.deepEqual(
      (await home.events()).filter(({ kind }) => kind === 'held'),
      [],
    )
  }
  using inbox = misbehavingInbox()
  await using home = await EngineHome.start({ settings: SETTINGS, inbox, folder: folder.path })
  assert.equal((await home.spool.count({ state: 'waiting' })).recipients, 1)
})

test('while room is scarce, strangers that write to people wait, and bounces and customers do not', async () => {
  using inbox = misbehavingInbox()
  const { bavail, bsize } = statfsSync(tmpdir())
  const settings = { ...SETTINGS, tokenKeys: [KEY] }
  await using home = await EngineHome.start({ settings, inbox, spool: { lowWater: { bytes: bavail * bsize * 0.7, percent: 0 } } })
  const message = formatMessageId(formatEpoch(1), 0 as ShardId, 1)
  const token = tokenOf([KEY], { account: 1001 as AccountId, message, n: 0, acceptedAt: 1 })
  assert.match(await home.submit(letter('fine')), /^452 4\.3\.1/)
  assert.match(await home.submit({ ...letter('fine'), to: [`${token}@bounce.test`] }), /^250 /)
  assert.match(await home.submit(), /^250 /)
  await using roomy = await EngineHome.start({ settings, inbox, spool: { lowWater: { bytes: bavail * bsize * 0.3, percent: 0 } } })
  assert.match(await roomy.submit(letter('fine')), /^250 /)
})

test('so much is held for an own domain, over restarts too; then strangers that write to people wait', async () => {
  using folder = temporaryFolder()
  using inbox = misbehavingInbox()
  const config = { 'inbound.held_size': 100_000 }
  const settings = { ...SETTINGS, tokenKeys: [KEY] }
  const large = (to: string) => ({ ...letter('fine '.repeat(14_000).replace(/.{70}/g, '$&\r\n')), to: [to] })
  {
    await using home = await EngineHome.start({ settings, inbox, config, folder: folder.path })
    assert.match(await home.submit(large('abuse@bounce.test')), /^250 /)
    await home.waitFor('held', 1)
    assert.match(await home.submit(large('postmaster@bounce.test')), /^250 /)
    await home.waitFor('held', 2)
    assert.match(await home.submit(letter('fine')), /^452 4\.2\.2/)
    assert.match(await home.submit(), /^250 /)
  }
  await using home = await EngineHome.start({ settings, inbox, config, folder: folder.path })
  // Whoever asks for mail by its site has what is held counted, as else happens some seconds after a start.
  await home.engine.queue.act('hold', { site: 'nowhere.test' }, { by: 'test' })
  assert.match(await home.submit(letter('fine')), /^452 4\.2\.2/)
  // Those with a token are taken and read; what nothing can read is held, up to twice as much.
  const message = formatMessageId(formatEpoch(1), 0 as ShardId, 1)
  const token = tokenOf([KEY], { account: 1001 as AccountId, message, n: 0, acceptedAt: 1 })
  assert.match(await home.submit(large(`${token}@bounce.test`)), /^250 /)
  await home.waitFor('held', 3)
  assert.match(await home.submit(large(`${token}@bounce.test`)), /^250 /)
  assert.match((await home.waitFor('deleted', 1))[0]?.reason ?? '', /^More is held .* It is for people/)
  await home.engine.queue.act('delete', { domain: OWN.domain }, { by: 'test' })
  assert.match(await home.submit(letter('fine')), /^250 /)
})

test('a letter that the mailbox of the owner refuses is held and not lost; it is tried again when it is released', async () => {
  using inbox = misbehavingInbox()
  await using peer = await SmtpPeer.start({ on: { rcpt: () => '550 5.1.1 no such user' } })
  const ownDomains = new Map([[OWN.domain, { ...OWN, forwardTo: 'owner@example.test' }]])
  await using home = await EngineHome.start({ settings: { ownDomains, routes: [routeTo(peer.port)] }, inbox })
  assert.match(await home.submit(letter('fine')), /^250 /)
  const [held] = await home.waitFor('held')
  assert.equal(held?.recipient, 'owner@example.test')
  assert.match(held?.reason ?? '', /^It could not be sent on: .*550 5\.1\.1 no such user/)
  assert.equal(held?.ours, true)
  await home.engine.queue.act('release', { domain: 'example.test' as Domain }, { by: 'test' })
  await home.waitFor('held', 2)
  await home.engine.queue.act('bounce', { domain: 'example.test' as Domain }, { by: 'test' })
  assert.equal((await home.waitFor('failed'))[0]?.reason, 'Given up by test.')
  await home.untilQueued(0)
})

test('so much of what the mailbox of the owner refuses is held, and no more', async () => {
  using inbox = misbehavingInbox()
  await using peer = await SmtpPeer.start({ on: { rcpt: () => '550 5.1.1 no such user' } })
  const ownDomains = new Map([[OWN.domain, { ...OWN, forwardTo: 'owner@example.test' }]])
  const settings = { ownDomains, routes: [routeTo(peer.port)] }
  await using home = await EngineHome.start({ settings, inbox, config: { 'inbound.held_size': 100_000 } })
  for (const held of [1, 2]) {
    assert.match(await home.submit(letter('fine '.repeat(14_000).replace(/.{70}/g, '$&\r\n'))), /^250 /)
    await home.waitFor('held', held)
  }
  assert.match(await home.submit(letter('fine')), /^250 /)
  const [deleted] = await home.waitFor('deleted')
  assert.match(deleted?.reason ?? '', /^More is held .* It could not be sent on: /)
})

test('a bounce that is sooner than the index of what was sent waits for it, and is proved then', async () => {
  const message = formatMessageId(formatEpoch(1), 0 as ShardId, 1)
  const sent: SentTo = { account: 1001 as AccountId, message, address: 'ann@people.test', clientId: null, mailing: null, stream: 'bulk' }
  const gone = {
    address: 'ann@people.test',
    finalRecipient: null,
    action: 'failed',
    status: '5.1.1',
    diagnostic: 'gone',
    remoteMta: null,
  } as const
  const nothing = { token: null, tokens: [], original: null, feedback: null, aggregate: null, parts: [], isCut: false }
  const report = { kind: 'bounce', format: 'dsn', recipients: [gone], text: '', ...nothing } as const
  const proof = { spf: { result: 'none', sender: '' }, dkim: [], dmarc: { result: 'none', domain: '' }, arc: 'none', from: null } as const
  const answers = ['ahead', sent] as const
  let asked = 0
  const inbox: Inbox = {
    reader: { read: async () => ({ report, judged: [], proof, client: null }), contents: async function* () {} },
    sent: { find: async () => answers[Math.min(asked++, 1)] ?? null, search: async () => [] },
    sums: { take: async () => {} },
  }
  await using home = await EngineHome.start({ settings: { ...SETTINGS, tokenKeys: [KEY] }, inbox })
  const token = tokenOf([KEY], { account: sent.account, message, n: 0, acceptedAt: 1 })
  assert.match(await home.submit({ ...letter('fine'), sender: '', to: [`${token}@bounce.test`] }), /^250 /)
  const [event] = await home.waitFor('bounced')
  assert.deepEqual([event?.proved, event?.recipient, event?.account], [true, 'ann@people.test', 1001])
})
