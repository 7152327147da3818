// Mail of accounts that may not send, in a whole engine: kept, looked at, released by filter, never expired meanwhile.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain } from '../../base/brand.ts'
import type { Account } from '../../contract/settings.ts'
import { heldReason, TRIAL_REASON, withState } from '../../policy/accounts/standing.ts'
import { ACCOUNT, CLIENT, EngineHome, routeTo, settingsWith } from '../../../testkit/engine-home.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'
import { sample, spoolIn, temporaryFolder } from '../../../testkit/spool-samples.ts'

const RELAYED: Account = { ...ACCOUNT, id: 1000 as AccountId }
const stood = (state: Account['state'], now: number): Account =>
  withState(RELAYED, { state, reason: 'phishing', by: 'ann', until: null }, now)
const accounts = (account: Account) => ({ accounts: new Map([...settingsWith().accounts, [account.id, account]]) })

test('a held account keeps what waits and what comes, over its time too; what somebody releases leaves, and what comes then is held', async () => {
  await using peer = await SmtpPeer.start()
  const config = { 'delivery.expiry': 1000 }
  await using home = await EngineHome.start({ config, sweepEvery: 100, settings: { routes: [routeTo(9)], ...accounts(RELAYED) } })
  await home.submit({ to: ['early@e.example'] })
  await home.waitFor('deferred')
  const account = stood('held', Date.now())
  home.change({ routes: [routeTo(peer.port)], ...accounts(account) })
  assert.match(await home.submit({ to: ['late@e.example'] }), /^250/)
  const [held = assert.fail()] = await home.waitFor('held')
  assert.deepEqual([held.by, held.reason], ['ann', heldReason(account)])
  const { messages } = await home.engine.why.ask({ recipient: 'late@e.example', domain: 'e.example' as Domain, messages: [held.message] })
  const { kind, reason, by, since } = messages[0]?.recipients[0]?.hold ?? {}
  assert.deepEqual([kind, reason, by], ['account', 'Account 1000 is held by ann: phishing.', 'ann'])
  assert.equal(since, account.standing?.since)
  // Both are older than mail may be, and swept over many times.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  assert.deepEqual(await home.engine.queue.count({ account: RELAYED.id }), { messages: 2, recipients: 2 })
  assert.equal(peer.messages.length, 0)
  assert.equal((await home.events()).filter((event) => event.kind === 'expired').length, 0)

  home.change({ ...accounts({ ...account, name: 'longer' }) })
  await home.submit({ to: ['looked-at@e.example'] })
  // The one that was deferred came to its turn meanwhile.
  await home.waitFor('held', 3)
  assert.deepEqual(await home.engine.queue.act('release', { account: RELAYED.id, recipient: 'looked-at@*' }, { by: 'ben' }), {
    recipients: 1,
  })
  await peer.waitForMessages(1)
  await home.submit({ to: ['later@e.example'] })
  await home.waitFor('held', 4)
  assert.equal(peer.messages.length, 1)
  assert.deepEqual(await home.engine.queue.act('delete', { account: RELAYED.id }, { by: 'ben' }), { recipients: 3 })
})

test('much old mail of a held account does not keep the old mail of others from its end, and ends itself once it is let go', async () => {
  using folder = temporaryFolder()
  const [many, past] = [600, Date.now() - 10_000]
  {
    await using spool = await spoolIn(folder.path)
    const one = (account: number, at: number) =>
      spool.append(sample(spool.reserve(), { account, expires: past + at, due: Date.now() + 600_000, recipients: [`r${at}@e.example`] }))
    await Promise.all([...Array.from({ length: many }, (_, i) => one(RELAYED.id, i)), one(ACCOUNT.id, many)])
  }
  const around = { folder: folder.path, sweepEvery: 100 }
  await using home = await EngineHome.start({ ...around, settings: { routes: [routeTo(9)], ...accounts(stood('held', Date.now())) } })
  const [ended] = await home.waitFor('expired')
  assert.equal(ended?.account, ACCOUNT.id)
  assert.equal((await home.engine.queue.count({ account: RELAYED.id })).messages, many)
  home.change({ ...accounts(RELAYED) })
  await home.waitFor('expired', many + 1)
})

test('suspended is refused with a sentence and sends nothing; what the server itself has to say leaves', async () => {
  await using peer = await SmtpPeer.start()
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...accounts(stood('suspended', Date.now())) } })
  assert.match(await home.submit(), /^550 5\.7\.1 This account is suspended/)
  const octets = Buffer.from('From: a@b.example\r\n\r\nAlert.\r\n')
  await home.engine.post({ to: 'owner@e.example', authorDomain: 'b.example' as Domain, octets, priority: 'high' })
  await peer.waitForMessages(1)
})

test('an account on trial has no high priority, and its mail is held for a look where that is wanted', async () => {
  await using peer = await SmtpPeer.start()
  const config = { 'accounts.trial_hold': true }
  const trial = { ...stood('trial', Date.now()), priority: 'high' as const }
  await using home = await EngineHome.start({ config, settings: { routes: [routeTo(peer.port)], ...accounts(trial) } })
  await home.submit({ client: CLIENT })
  const [held = assert.fail()] = await home.waitFor('held')
  assert.equal(held.reason, TRIAL_REASON)
  const [entry = assert.fail()] = await home.engine.queue.list({}, null, 1)
  assert.equal(entry.priority, 'normal')
  await home.engine.queue.act('release', { account: RELAYED.id }, { by: 'ben' })
  await peer.waitForMessages(1)
})
