// Quotas of accounts and logins in a whole engine: taken up to the last, refused with until when, given back, by state.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import type { Quotas } from '../../contract/accounts.ts'
import type { Account, SmtpCredential } from '../../contract/settings.ts'
import { withState } from '../../policy/accounts/standing.ts'
import { ACCOUNT, CLIENT, EngineHome, routeTo, settingsWith } from '../../../testkit/engine-home.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'

const HOUR = 3_600_000
const LOGIN: SmtpCredential = {
  user: 'shop',
  account: 1001 as AccountId,
  salt: '',
  iterations: 1,
  storedKey: '',
  serverKey: '',
  networks: [],
}
const RELAYED: Account = { ...ACCOUNT, id: 1000 as AccountId }
const SHOP = { ...CLIENT, user: 'shop' }

function settings(own: Partial<Account>, login: Quotas = {}) {
  const shop: Account = { ...ACCOUNT, ...own }
  const accounts = new Map([...settingsWith().accounts, [shop.id, shop], [RELAYED.id, RELAYED]])
  return { routes: [routeTo(9)], accounts, credentials: new Map([['shop', { ...LOGIN, quotas: login }]]), senderDomains: new Map() }
}

const to = (count: number, name = 'r'): string[] => Array.from({ length: count }, (_unused, i) => `${name}${i}@e.example`)

test('messages an hour are taken up to the last, then refused at MAIL with until when, and taken again then', async () => {
  const clock = new FakeClock()
  await using home = await EngineHome.start({ clock, settings: settings({ messagesPerHour: 3 }) })
  for (let i = 0; i < 3; i++) assert.match(await home.submit({ client: SHOP }), /^250/)
  const late = /^450 4\.7\.1 The quota of this account, 3 messages an hour, is used up until (\S+Z)\. Try again then\./
  const [, until = ''] = late.exec(await home.submit({ client: SHOP })) ?? assert.fail()
  const wait = Date.parse(until) - clock.now()
  assert.ok(wait > 0.99 * HOUR && wait < 1.02 * HOUR, `${wait} ms`)
  // Known by now: the message is not even sent.
  const handler = home.engine.handlerFor()
  handler.connected(SHOP)
  const mail = { sender: null, size: null, body: '8BITMIME', utf8: false, returnContent: null, envelopeId: null } as const
  assert.equal((await handler.mail(mail, SHOP))?.code, 450)
  assert.match(await home.submit({ client: CLIENT }), /^250/, 'another account has its own')
  clock.pass(wait)
  assert.match(await home.submit({ client: SHOP }), /^250/)
  assert.deepEqual(await home.engine.limitsUsed(['quota_messagesPerHour account=1001']), [1])
})

test('recipients a day count one by one, of the account and of the login; a message has no more than could ever be taken', async () => {
  await using home = await EngineHome.start({
    settings: settings({ quotas: { recipientsPerDay: 30 } }, { recipientsPerHour: 12, recipientsPerMessage: 8 }),
  })
  assert.match(await home.submit({ client: SHOP, to: to(9) }), /^452 4\.5\.3/)
  assert.match(await home.submit({ client: SHOP, to: to(8) }), /^250/)
  assert.match(await home.submit({ client: SHOP, to: to(5) }), /^450 4\.7\.1 The quota of this login, 12 recipients an hour,/)
  home.change(settings({ quotas: { recipientsPerDay: 30 } }, { recipientsPerHour: 100 }))
  for (let i = 0; i < 20; i++) assert.match(await home.submit({ client: SHOP }), /^250/)
  assert.match(await home.submit({ client: SHOP, to: to(3) }), /^450 4\.7\.1 The quota of this account, 30 recipients a day,/)
  assert.match(await home.submit({ client: SHOP, to: to(2) }), /^250/)
  assert.deepEqual(await home.engine.limitsUsed(['quota_recipientsPerDay account=1001', 'quota_recipientsPerHour login=shop']), [30, 30])
})

test('what could not be stored is no part of the quota', async () => {
  let fails = true
  await using home = await EngineHome.start({
    settings: settings({ messagesPerHour: 1 }),
    wrapSpool: (spool) =>
      new Proxy(spool, {
        get: (of, name) => {
          if (name === 'append' && fails) return () => Promise.reject(new Error('no room'))
          const value: unknown = Reflect.get(of, name)
          return typeof value === 'function' ? value.bind(of) : value
        },
      }),
  })
  assert.match(await home.submit({ client: SHOP }), /^451/)
  fails = false
  assert.match(await home.submit({ client: SHOP }), /^250/)
  assert.match(await home.submit({ client: SHOP }), /^450/)
})

test('on trial and limited an account has the quota of its state, where its own is not narrower', async () => {
  const config = { 'accounts.trial_recipients_per_hour': 2, 'accounts.limited_recipients_per_hour': 3 }
  const inState = (state: Account['state'], own: Partial<Account> = {}) =>
    settings(withState({ ...ACCOUNT, ...own }, { state, reason: '', by: 'ann', until: null }, 1))
  await using home = await EngineHome.start({ config, settings: inState('trial') })
  assert.match(await home.submit({ client: SHOP, to: to(3) }), /^452 4\.5\.3/)
  assert.match(await home.submit({ client: SHOP, to: to(2) }), /^250/)
  assert.match(await home.submit({ client: SHOP }), /^450 4\.7\.1 The quota of this account, 2 recipients an hour/)
  home.change(inState('limited'))
  assert.match(await home.submit({ client: SHOP }), /^250/)
  assert.match(await home.submit({ client: SHOP }), /^450 4\.7\.1 The quota of this account, 3 recipients an hour/)
  home.change(inState('active'))
  assert.match(await home.submit({ client: SHOP, to: to(20) }), /^250/)
  home.change(inState('limited', { quotas: { recipientsPerHour: 1 } }))
  assert.match(await home.submit({ client: SHOP, to: to(2) }), /^452 4\.5\.3/)
})
