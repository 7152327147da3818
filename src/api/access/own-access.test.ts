// Logging in over a real access.db, with time in the hand of the test.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import type { Fault } from '../../base/fault.ts'
import type { Access } from '../../engine/ports/access.ts'
import { requireProof } from '../management/fresh-proof.ts'
import { failing, FROM, hashesOf, house, PASSWORD } from '../../../testkit/access-house.ts'

test('a session is a cookie of this host alone, over TLS or on the machine; it ends unused, at its age, and with the browser that logs in again', async () => {
  using at = await house()
  const { cookie } = await at.login(PASSWORD)
  assert.match(cookie ?? '', /^__Host-hms=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800; Secure$/)
  assert.equal((await at.known(cookie)).name, 'ann')
  assert.equal(await at.denied({ cookie: cookie?.split(';')[0], origin: 'https://mta.example.evil' }), 'wrong-origin')
  assert.equal(await at.denied({ cookie: cookie?.split(';')[0], origin: undefined }), 'wrong-origin')
  assert.equal((await at.known(cookie, { method: 'GET', origin: undefined })).role, 'owner')
  await assert.rejects(at.login(PASSWORD, { secure: false }), failing('tls-needed'))
  await assert.rejects(at.login(PASSWORD, { origin: 'https://evil.example' }), failing('wrong-origin'))
  const local = await at.login(PASSWORD, { secure: false, address: '127.0.0.1', host: 'localhost:8080', origin: 'http://localhost:8080' })
  assert.match(local.cookie ?? '', /^hms=/)
  // What was in the browser before is worth nothing after the login.
  const again = await at.login(PASSWORD, { cookie: cookie?.split(';')[0] })
  assert.equal(await at.denied({ cookie: cookie?.split(';')[0] }), 'not-authenticated')
  for (let hours = 0; hours < 7 * 24 - 2; hours += 11) {
    await at.known(again.cookie)
    at.clock.pass(11 * 3600_000)
  }
  at.clock.pass(3600_000)
  assert.equal(await at.denied({ cookie: again.cookie?.split(';')[0] }), 'not-authenticated')
  const unused = await at.login(PASSWORD)
  // A stream that is open is no use of it.
  at.clock.pass(11 * 3600_000)
  assert.equal((await at.known(unused.cookie, { method: 'GET', watches: true })).name, 'ann')
  at.clock.pass(3600_000)
  assert.equal(await at.denied({ cookie: unused.cookie?.split(';')[0] }), 'not-authenticated')
  assert.deepEqual(at.book.sessions({}, at.clock.now()), [])
})

test('failures are slowed and refused from there, not from elsewhere; an unknown name is answered alike, and not told', async () => {
  using at = await house()
  await assert.rejects(at.login('wrong', {}, 'nobody at all'), failing('login-failed'))
  for (let n = 0; n < 4; n++) await assert.rejects(at.login('wrong'), failing('login-failed'))
  assert.deepEqual(at.failures, [null, 'ann', 'ann', 'ann', 'ann'])
  await assert.rejects(at.login(PASSWORD), failing('too-many-failures'))
  assert.equal(await at.denied({ authorization: 'Bearer hms_mgmt_x' }), 'too-many-failures')
  await at.login(PASSWORD, { address: '198.51.100.1' })
})

test('searches are kept by name for each person, a hundred at most, and go with the user', async () => {
  using at = await house()
  const { cookie } = await at.login(PASSWORD)
  const from = { facts: FROM, principal: await at.known(cookie) }
  const kept = async (): Promise<readonly string[]> => (await at.own.call('me.searches', {}, from)).value.map(({ name }) => name)
  for (const search of ['{"last":"1h"}', '{"last":"7d"}']) await at.own.call('me.searches.save', { name: ' Today ', search }, from)
  assert.deepEqual((await at.own.call('me.searches', {}, from)).value, [{ name: 'Today', search: '{"last":"7d"}' }])
  await assert.rejects(at.own.call('me.searches.save', { name: ' ', search: '{}' }, from), failing('invalid-parameter'))
  for (let n = 1; n < 100; n++) at.book.searches.put('ann', { name: `n${n}`, search: '{}' })
  await assert.rejects(at.own.call('me.searches.save', { name: 'one more', search: '{}' }, from), failing('invalid-parameter'))
  assert.deepEqual((await at.own.call('me.searches.remove', { name: 'n1' }, from)).value, { removed: true })
  assert.equal((await kept()).length, 99)
  at.book.removeUser('ann')
  assert.deepEqual(at.book.searches.of('ann'), [])
})

test('one-time codes: confirmed, asked for, taken once each; recovery codes too; a wrong one counts, and a ticket has five tries', async () => {
  using at = await house()
  const { cookie } = await at.login(PASSWORD)
  const principal = await at.known(cookie)
  const from = { facts: FROM, principal }
  const { value } = await at.own.call('me.totp.begin', { password: PASSWORD }, from)
  assert.match(value.uri, /^otpauth:\/\/totp\/Hurricane%20MTA:ann%40mta\.example\?/)
  const totp = new TOTP({ secret: Secret.fromBase32(value.secret) })
  const code = (): string => totp.generate({ timestamp: at.clock.now() })
  await assert.rejects(at.own.call('me.totp.confirm', { code: wrong(code()) }, from), failing('wrong-code'))
  const { recoveryCodes } = (await at.passing(at.own.call('me.totp.confirm', { code: code() }, from))).value
  assert.equal(new Set(recoveryCodes).size, 10)

  const ticket = async (): Promise<string> => {
    const { value: state, cookie: none } = await at.login(PASSWORD)
    assert.equal(none, undefined)
    return state.state === 'second-factor' ? state.ticket : assert.fail('no second factor was asked for')
  }
  const second = async (given: string, shown: string) =>
    at.passing(at.own.call('login.totp', { ticket: given, code: shown }, { facts: FROM, principal: null }))
  // The code that confirmed it was shown.
  await assert.rejects(second(await ticket(), code()), failing('login-failed'))
  at.clock.pass(60_000)
  const one = await ticket()
  const shown = code()
  const { cookie: fresh } = await second(one, shown)
  assert.notEqual((await at.known(fresh)).fresh, null)
  await assert.rejects(second(one, shown), failing('login-failed'))
  await assert.rejects(second(await ticket(), shown), failing('login-failed'))
  const [recovery = ''] = recoveryCodes
  await second(await ticket(), recovery.toLowerCase())
  await assert.rejects(second(await ticket(), recovery), failing('login-failed'))
  assert.equal(at.book.user('ann')?.recoveryCodes, 9)

  // A ticket is of the password that was right then.
  at.clock.pass(3600_000)
  const old = await ticket()
  at.book.setPassword('ann', await hashesOf().hash('another password'), null)
  await assert.rejects(second(old, code()), failing('login-failed'))
})

test('who has no second factor shows the password again, which holds for ten minutes and this session; with one it does not do', async () => {
  using at = await house()
  const { cookie } = await at.login(PASSWORD)
  const { cookie: other } = await at.login(PASSWORD, { address: '192.0.2.8' })
  const asked = async (of = cookie): Promise<string> => {
    const principal = await at.known(of)
    const facts = { ...FROM, cookie: of?.split(';')[0] }
    const personal: Access['personal'] = (name, params, from) => at.own.call(name, params, from)
    return requireProof({ personal }, principal, facts, at.clock.now()).then(
      () => 'taken',
      (error: unknown) => `${(error as Fault).code}: ${(error as Fault).mend}`,
    )
  }
  const show = async (given: object) => at.passing(at.own.call('me.fresh', given, { facts: FROM, principal: await at.known(cookie) }))
  assert.equal(await asked(), 'taken')
  at.clock.pass(10 * 60_000)
  assert.equal(await asked(), 'fresh-login-needed: Send your password with POST /me/fresh, and do it again.')
  await assert.rejects(show({ password: 'wrong' }), failing('wrong-password'))
  await assert.rejects(show({}), failing('invalid-parameter'))
  await assert.rejects(show({ password: PASSWORD, code: '123456' }), failing('invalid-parameter'))
  assert.match(await asked(), /^fresh-login-needed/)
  // It is no second factor.
  assert.equal((await show({ password: PASSWORD })).value.fresh, null)
  assert.equal(await asked(), 'taken')
  assert.match(await asked(other), /^fresh-login-needed/)
  at.clock.pass(9 * 60_000)
  assert.equal(await asked(), 'taken')
  at.clock.pass(60_000)
  assert.match(await asked(), /^fresh-login-needed/)
  // Wrong ones count as those of logins do.
  for (let n = 0; n < 5; n++) await assert.rejects(show({ password: 'wrong' }), failing('wrong-password'))
  await assert.rejects(show({ password: PASSWORD }), failing('too-many-failures'))
  at.clock.pass(3600_000)

  const from = { facts: FROM, principal: await at.known(cookie) }
  const { value } = await at.passing(at.own.call('me.totp.begin', { password: PASSWORD }, from))
  await show({ password: PASSWORD })
  const totp = new TOTP({ secret: Secret.fromBase32(value.secret) })
  await at.own.call('me.totp.confirm', { code: totp.generate({ timestamp: at.clock.now() }) }, from)
  assert.match(await asked(), /^fresh-login-needed: Show it/)
  await assert.rejects(show({ password: PASSWORD }), failing('invalid-parameter'))
  at.clock.pass(60_000)
  await show({ code: totp.generate({ timestamp: at.clock.now() }) })
  assert.equal(await asked(), 'taken')
})

function wrong(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0')
}
