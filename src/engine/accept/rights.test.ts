import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain } from '../../base/brand.ts'
import type { SenderDomain, SmtpCredential } from '../../contract/settings.ts'
import type { Client, MailRequest, ServerHandler } from '../../smtp/server/handler.ts'
import { makeVerifier } from '../../smtp/scram.ts'
import { ACCOUNT, CLIENT, EngineHome } from '../../../testkit/engine-home.ts'

const MAIL: MailRequest = { sender: null, size: null, body: '8BITMIME', utf8: false, returnContent: null, envelopeId: null }
const bound = (domain: string, account: number): [Domain, SenderDomain] => [
  domain as Domain,
  { domain: domain as Domain, account: account as AccountId, token: 't', verifiedAt: 1 },
]

async function credentialOf(password: string, change: Partial<SmtpCredential> = {}): Promise<SmtpCredential> {
  const { salt, iterations, storedKey, serverKey } = await makeVerifier(password, 4096)
  const text = (octets: Buffer): string => octets.toString('base64')
  const keys = { salt: text(salt), iterations, storedKey: text(storedKey), serverKey: text(serverKey) }
  return { user: 'ann', account: 1001 as AccountId, networks: [], ...keys, ...change }
}

test('another account`s domain is not to be had in any From field that a reader may see', async () => {
  const strict = { ...ACCOUNT, id: 1000 as AccountId, verifiedSendersOnly: true }
  const open = { ...strict, verifiedSendersOnly: false }
  const senderDomains = new Map([bound('sender.example', 1000), bound('victim.example', 1001)])
  await using home = await EngineHome.start({
    settings: { senderDomains, accounts: new Map([strict, ACCOUNT].map((one) => [one.id, one])) },
  })
  const replyTo = async (...from: string[]): Promise<string> => {
    const answer = await home.submit({ text: `${from.map((one) => `From: ${one}\r\n`).join('')}Subject: x\r\n\r\nhi\r\n` })
    return answer.slice(0, 3)
  }
  const mine = 'bob@sender.example'
  assert.equal(await replyTo(mine), '250')
  assert.equal(await replyTo(`Bob <bob@SENDER.example.>, g: al@sub.sender.example;`), '250')
  const tricks: string[][] = [
    ['ceo@victim.example'],
    [mine, 'ceo@victim.example'],
    ['ceo@sub.victim.example', mine],
    [`${mine}, ceo@victim.example`],
    [`g: ${mine}, "x" <ceo@VICTIM.example.>;`],
    [mine, 'ceo@victim.example <'],
    [`ceo@victim.example <${mine}> <ceo@victim.example>`],
  ]
  for (const from of tricks) assert.equal(await replyTo(...from), '550', from.join(' | '))
  home.change({ accounts: new Map([open, ACCOUNT].map((one) => [one.id, one])) })
  for (const from of tricks.slice(0, 5)) assert.equal(await replyTo(...from), '550', from.join(' | '))
  assert.equal(await replyTo('someone@elsewhere.example'), '250')
})

test('a session does not outlive its password, its network or the owner of its name', async () => {
  const credentials = async (password: string, change: Partial<SmtpCredential> = {}) => ({
    credentials: new Map([['ann', await credentialOf(password, change)]]),
  })
  const client: Client = { ...CLIENT, user: 'ann' }
  const before = await credentials('first')
  await using home = await EngineHome.start({ settings: before })
  const session = home.engine.handlerFor()
  session.connected(client)
  const codeOf = async (handler: ServerHandler): Promise<number> => {
    const refusal = await handler.mail(MAIL, client)
    handler.reset()
    return refusal?.code ?? 250
  }
  assert.ok((await session.checkPassword('ann', 'first', CLIENT)).ok)
  assert.equal(await codeOf(session), 250)
  const scram = home.engine.handlerFor()
  await scram.scramVerifier('ann', CLIENT)
  for (const change of [{ networks: ['192.0.2.0/24'] }, {}, { account: 1000 as AccountId }]) {
    home.change(await credentials(change.networks === undefined ? 'second' : 'first', change))
    assert.equal(await codeOf(session), 530)
  }
  assert.equal((await scram.scramFinished('ann', true, CLIENT)).ok, false)
  home.change(before)
  assert.equal(await codeOf(session), 250)
  home.change({ accounts: new Map([[1001 as AccountId, { ...ACCOUNT, state: 'suspended' as const }]]) })
  assert.equal(await codeOf(session), 550)
  home.change({ credentials: new Map() })
  assert.equal(await codeOf(session), 530)
})

test('a binary message may have a CR or LF on its own, but not in its header', async () => {
  await using home = await EngineHome.start()
  const answerTo = async (text: string): Promise<number> => {
    const handler = home.engine.handlerFor()
    await handler.connected(CLIENT)
    await handler.mail({ ...MAIL, body: 'BINARYMIME' }, CLIENT)
    const recipient = { address: 'a@x.example', local: 'a', domain: 'x.example' as Domain }
    const notify = { given: false, success: false, failure: true, delay: false }
    await handler.recipient({ recipient, notify, originalRecipient: null }, CLIENT)
    const sink = await handler.begin(CLIENT)
    assert.ok('write' in sink)
    await sink.write(Buffer.from(text))
    const answer = await sink.end({ longestLine: 80, eightBit: false, nul: false, wireReady: false })
    handler.closed()
    return answer.code
  }
  const large = 'x'.repeat(300 * 1024)
  for (const body of ['a\nb\rc', large]) {
    assert.equal(await answerTo(`From: a@sender.example\r\n\r\n${body}`), 250)
    assert.equal(await answerTo(`X: y\nFrom: ceo@victim.example\r\n\r\n${body}`), 554)
    assert.equal(await answerTo(`From: a@sender.example\r\nX: y\rz\r\n\r\n${body}`), 554)
  }
})
