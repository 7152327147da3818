import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import type { Log } from '../../base/log.ts'
import type { SmtpCredential } from '../../contract/settings.ts'
import type { AuthDecision, Client } from '../../smtp/server/handler.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { ACCOUNT, CLIENT, configWith, settingsWith } from '../../../testkit/engine-home.ts'
import { Logins } from './logins.ts'
import { senderOf } from './rights.ts'

function credential(user: string, password: string, change: Partial<SmtpCredential> = {}): SmtpCredential {
  const salt = Buffer.from('0123456789abcdef')
  const salted = pbkdf2Sync(password, salt, 4096, 32, 'sha256')
  const stored = createHash('sha256').update(createHmac('sha256', salted).update('Client Key').digest()).digest('base64')
  const server = createHmac('sha256', salted).update('Server Key').digest('base64')
  return {
    user,
    account: 1001 as AccountId,
    salt: salt.toString('base64'),
    iterations: 4096,
    storedKey: stored,
    serverKey: server,
    networks: [],
    ...change,
  }
}

function loginsWith(credentials: readonly SmtpCredential[], change: Parameters<typeof configWith>[0] = {}) {
  const clock = new FakeClock()
  const shared = { settings: settingsWith({ credentials: new Map(credentials.map((one) => [one.user, one])) }) }
  const config = configWith({ 'auth.failures': 3, ...change })
  const told: string[] = []
  const info = (what: string, fields: object = {}): void => void told.push(`${what} ${JSON.stringify(fields)}`)
  const log: Log = { debug() {}, info, warn() {}, error() {} }
  const logins = new Logins({ settings: () => shared.settings, config, clock, secret: Buffer.from('secret'), log })
  return { logins, clock, shared, told }
}

const from = (address: string): Client => ({ ...CLIENT, address })
const code = (decision: AuthDecision): number => (decision.ok ? 235 : decision.reply.code)

/** The decision, while delays are passed over. */
async function decided(clock: FakeClock, decision: AuthDecision | Promise<AuthDecision>): Promise<number> {
  const state = { isThere: false }
  const wait = Promise.resolve(decision).finally(() => {
    state.isThere = true
  })
  while (!state.isThere) {
    clock.pass(1000)
    // Long enough for the hash: the clock must not run through whole windows meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
  return code(await wait)
}

test('a password is checked once, then remembered until it changes', async () => {
  const { logins, shared, clock } = loginsWith([credential('ann', 'right')])
  const first = logins.checkPassword('ann', 'right', CLIENT)
  assert.ok(first instanceof Promise)
  assert.equal(await decided(clock, first), 235)
  const again = logins.checkPassword('ann', 'right', CLIENT)
  assert.ok(!(again instanceof Promise) && again.ok)
  shared.settings = settingsWith({ credentials: new Map([['ann', credential('ann', 'other')]]) })
  assert.equal(await decided(clock, logins.checkPassword('ann', 'right', CLIENT)), 535)
  assert.equal(await decided(clock, logins.checkPassword('nobody', 'right', CLIENT)), 535)
})

test('too many failures are refused for that network, and for nobody else', async () => {
  const { logins, clock } = loginsWith([credential('ann', 'right')])
  for (let i = 0; i < 3; i++) assert.equal(await decided(clock, logins.checkPassword('ann', `wrong ${i}`, from('192.0.2.1'))), 535)
  assert.equal(await decided(clock, logins.checkPassword('ann', 'right', from('192.0.2.1'))), 421)
  assert.equal(await decided(clock, logins.checkPassword('ann', 'right', from('198.51.100.1'))), 235)
  clock.pass(15 * 60_000)
  assert.equal(await decided(clock, logins.checkPassword('ann', 'right', from('192.0.2.1'))), 235)
})

test('a failed login is in the log with its client, and with its user where that is one', async () => {
  const { logins, clock, told } = loginsWith([credential('ann', 'right')])
  for (const user of ['ann', 'my-password', 'ann']) await decided(clock, logins.checkPassword(user, 'wrong', from('192.0.2.1')))
  assert.equal(code(await logins.checkPassword('ann', 'right', from('192.0.2.1'))), 421)
  assert.deepEqual(told, [
    'a login failed {"client":"192.0.2.1","user":"ann"}',
    'a login failed {"client":"192.0.2.1","user":null}',
    'a login failed {"client":"192.0.2.1","user":"ann"}',
    'a login was refused, as too many failed from its network {"client":"192.0.2.1","user":"ann"}',
  ])
})

test('a trusted network is slowed, never refused', async () => {
  const { logins, clock } = loginsWith([credential('ann', 'right')], { 'auth.trusted': ['192.0.2.0/24'] })
  for (let i = 0; i < 20; i++) assert.equal(await decided(clock, logins.checkPassword('ann', `wrong ${i}`, from('192.0.2.1'))), 535)
  assert.equal(await decided(clock, logins.checkPassword('ann', 'right', from('192.0.2.1'))), 235)
})

test('networks are held against a right password; a suspended account is told with its mail', async () => {
  const suspended = credential('sue', 'right', { account: 1002 as AccountId })
  const { logins, clock, shared } = loginsWith([credential('ann', 'right', { networks: ['192.0.2.0/24'] }), suspended])
  const account = { ...ACCOUNT, id: 1002 as AccountId, state: 'suspended' as const }
  shared.settings = { ...shared.settings, accounts: new Map([...shared.settings.accounts, [account.id, account]]) }
  assert.equal(await decided(clock, logins.checkPassword('ann', 'right', from('192.0.2.9'))), 235)
  assert.equal(await decided(clock, logins.checkPassword('ann', 'right', from('203.0.113.9'))), 535)
  // A 535 would have people look for another password.
  assert.equal(await decided(clock, logins.checkPassword('sue', 'right', CLIENT)), 235)
  const sender = senderOf(shared.settings, { user: 'sue', address: CLIENT.address }, { login: null, now: clock.now() })
  assert.ok(sender.kind === 'refused' && sender.reply.code === 550 && sender.reply.enhanced === '5.7.1')
  assert.match(sender.reply.lines[0] ?? '', /This account is suspended/)
  assert.equal(code(await logins.scramFinished('ann', true, from('203.0.113.9'))), 535)
  assert.equal(code(await logins.scramFinished('ann', true, from('192.0.2.9'))), 235)
})

test('an unknown user gets a salt that is stable and looks like any other', async () => {
  const one = await loginsWith([credential('ann', 'right')]).logins.scramVerifier('nobody', CLIENT)
  const two = await loginsWith([credential('ann', 'right')]).logins.scramVerifier('nobody', CLIENT)
  const known = await loginsWith([credential('ann', 'right')]).logins.scramVerifier('ann', CLIENT)
  assert.ok('salt' in one && 'salt' in two && 'salt' in known)
  assert.deepEqual(one, two)
  assert.equal(one.salt.length, known.salt.length)
  assert.equal(one.iterations, known.iterations)
})

test('logins that are slowed down for their failures keep nobody else out', async () => {
  const { logins, clock } = loginsWith([credential('ann', 'right')], { 'auth.failures': 1000 })
  for (let i = 0; i < 3; i++) assert.equal(await decided(clock, logins.checkPassword('ann', `wrong ${i}`, from('192.0.2.1'))), 535)
  const slowed = Array.from({ length: 200 }, (_, i) => logins.checkPassword('ann', `wrong ${i}`, from('192.0.2.1')))
  assert.equal(code(await logins.checkPassword('ann', 'right', from('198.51.100.1'))), 235)
  clock.pass(60_000)
  await Promise.all(slowed)
})

test('a password that is taken away while it is being checked lets nobody in', async () => {
  const { logins, clock, shared } = loginsWith([credential('ann', 'right')])
  const pending = logins.checkPassword('ann', 'right', CLIENT)
  shared.settings = settingsWith({ credentials: new Map() })
  assert.equal(await decided(clock, pending), 535)
})
