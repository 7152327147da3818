// What is handed in whole meets the same checks as a session, and is refused in words and codes of a call.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import type { ApiKey } from '../../contract/settings.ts'
import { parseMailbox } from '../../smtp/address.ts'
import { ACCOUNT, EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'
import type { Submission } from './injector.ts'

const KEY: ApiKey = { kind: 'api', user: 'api:a', account: 1001 as AccountId, networks: ['192.0.2.0/24'], hash: 'a', stream: 'bulk' }
const keys = { injectionKeys: new Map([[KEY.user, KEY]]) }

function mailbox(address: string) {
  const read = parseMailbox(address, true)
  assert.ok(typeof read !== 'string')
  return read
}

function submission(change: Partial<Submission> = {}): Submission {
  return {
    client: { address: '192.0.2.1', tls: null, user: KEY.user, protocol: 'HTTP' },
    sender: mailbox('bob@other.example'),
    recipients: [mailbox('ann@example.com')],
    octets: Buffer.from('From: bob@other.example\nSubject: x\n\nhello\n.\n'),
    ...change,
  }
}

test('a message of any line ends arrives with CRLF, large ones too, and its wishes are those of its header', async () => {
  await using peer = await SmtpPeer.start()
  await using home = await EngineHome.start({ settings: { ...keys, routes: [routeTo(peer.port)] } })
  const injector = home.engine.injector()
  const large = Buffer.from(`Subject: large\n\n${'0123456789\r'.repeat(60_000)}`)
  const wishes = [['X-xsMessageId', 'one']] as const
  const results = await Promise.all([injector.inject(submission({ wishes })), injector.inject(submission({ octets: large }))])
  assert.ok(
    results.every((result) => 'id' in result),
    JSON.stringify(results),
  )
  const got = (await peer.waitForMessages(2)).map(({ data }) => data.toString())
  assert.match(got.find((text) => text.includes('Subject: x')) ?? '', /\r\n\r\nhello\r\n\.\r\n$/)
  const body = got.find((text) => text.includes('Subject: large'))?.split('\r\n\r\n')[1]
  assert.equal(body, '0123456789\r\n'.repeat(60_000))
  assert.doesNotMatch(got.join(''), /x-xs/i)
})

test('refusals of accounts, spools and stops have codes, and say when to come again', async () => {
  await using home = await EngineHome.start({ settings: keys })
  const injector = home.engine.injector()
  const codeOf = async (change: Partial<Submission> = {}): Promise<unknown[]> => {
    const result = await injector.inject(submission(change))
    return 'problem' in result ? [result.problem.code, result.problem.retryAfter] : ['taken']
  }
  assert.deepEqual(await codeOf({ octets: Buffer.from('Subject: x\r\n\r\na\0b') }), ['invalid-message', undefined])
  assert.deepEqual(await codeOf({ wishes: [['X-xsSendAt', 'soon']] }), ['invalid-message', undefined])
  assert.deepEqual(await codeOf({ octets: Buffer.alloc(home.config['smtp.message_size'] + 1) }), ['too-large', undefined])
  const recipients = Array.from({ length: home.config['smtp.recipients'] + 1 }, (_, n) => mailbox(`a${n}@example.com`))
  assert.deepEqual(await codeOf({ recipients }), ['too-many-recipients', undefined])
  assert.deepEqual(await codeOf({ client: { ...submission().client, user: 'api:gone' } }), ['not-authenticated', undefined])
  home.change({ accounts: new Map([[ACCOUNT.id, { ...ACCOUNT, state: 'suspended' }]]) })
  assert.deepEqual(await codeOf(), ['not-allowed', undefined])
  home.change({ accounts: new Map([[ACCOUNT.id, ACCOUNT]]) })
  assert.deepEqual(await codeOf(), ['taken'])
  await home.engine.stop(0)
  assert.deepEqual(await codeOf(), ['stopping', 2])
})

test('a key counts from its networks alone, and failures as those of passwords', async () => {
  await using home = await EngineHome.start({ settings: keys, config: { 'auth.failures': 2 } })
  const injector = home.engine.injector()
  assert.equal(injector.check(KEY, '192.0.2.1'), null)
  assert.equal(injector.check(KEY, '198.51.100.1')?.code, 'not-authenticated')
  assert.equal(injector.check(undefined, '198.51.100.1')?.code, 'not-authenticated')
  const refused = injector.check(KEY, '198.51.100.1')
  assert.ok(refused?.code === 'too-many-failures' && (refused.retryAfter ?? 0) > 0)
})

test('a spool without room takes nothing, and the call may come again', async () => {
  await using home = await EngineHome.start({ settings: keys, spool: { lowWater: { bytes: 2 ** 60, percent: 0 } } })
  const result = await home.engine.injector().inject(submission())
  assert.deepEqual('problem' in result && [result.problem.code, result.problem.retryAfter], ['full', 30])
})
