// Passkeys over a real access.db, with a device in software (testkit/authenticator.ts) that does what it must not where a test wants it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import type { CallFacts, Principal } from '../../contract/access.ts'
import { failing, FROM, house, PASSWORD } from '../../../testkit/access-house.ts'
import { Authenticator, type Making, type Wrongs } from '../../../testkit/authenticator.ts'
import { personAt } from '../../../testkit/passkey-person.ts'
import { Challenges } from './challenges.ts'
import { Tickets } from './tickets.ts'

test('passkeys of both kinds of key and of attestation log in alone, as both factors; they are listed, with their last use, and removed', async () => {
  using at = await house()
  const ann = personAt(at)
  const first = await ann.enter()
  await assert.rejects(ann.call('me.passkeys.options', {}, first), failing('invalid-parameter'))
  await assert.rejects(ann.call('me.passkeys.options', { password: 'wrong' }, first), failing('wrong-password'))
  const { passkey, recoveryCodes } = await ann.add(first, {}, PASSWORD)
  assert.deepEqual(
    { ...passkey, id: '' },
    { id: '', name: 'laptop', host: 'mta.example', synced: false, madeAt: at.clock.now(), lastUse: null },
  )
  assert.equal(recoveryCodes?.length, 10)
  const fresh = await ann.login()
  assert.equal(fresh.name, 'ann')
  assert.equal(fresh.fresh, at.clock.now())
  for (const making of [{ attestation: 'packed' }, { algorithm: 'Ed25519' }, { algorithm: 'Ed25519', attestation: 'packed' }] as const) {
    assert.equal((await ann.add(fresh, making)).recoveryCodes, null)
    at.clock.pass(1000)
    await ann.login()
  }
  const { value: all } = await ann.call('me.passkeys', {}, fresh)
  assert.equal(all.length, 4)
  assert.equal(all.at(-1)?.lastUse, at.clock.now())
  assert.ok(!JSON.stringify(all).includes('key'))
  for (const { id } of all) assert.deepEqual((await ann.call('me.passkeys.remove', { id }, fresh)).value, { removed: true })
  await assert.rejects(ann.call('me.passkeys.remove', { id: passkey.id }, fresh), failing('no-passkey'))
  assert.equal(at.book.user('ann')?.recoveryCodes, 0)
  await assert.rejects(ann.login(), failing('login-failed'))
  assert.equal(at.notes.filter((note) => /passkey (?:added|removed)/.test(note)).length, 8)
})

test('a passkey that was not asked for in just this way is refused: origin, host, challenge, type, attestation, and whether the device looked who it is', async () => {
  using at = await house()
  const ann = personAt(at)
  const principal = await ann.enter()
  const wrongs: Making[] = [
    { origin: 'https://mta.example:8443' },
    { origin: 'http://mta.example' },
    { host: 'evil.example' },
    { challenge: new Challenges().draw(`add/${principal.session}`, at.clock.now()) },
    { type: 'webauthn.get' },
    { userVerified: false },
    { userPresent: false },
    { attestation: 'packed', stranger: true },
    { attestation: 'certificate' },
  ]
  for (const wrong of wrongs) await assert.rejects(ann.add(principal, wrong, PASSWORD), failing('wrong-passkey'), JSON.stringify(wrong))

  const { value } = await ann.call('me.passkeys.options', { password: PASSWORD }, principal)
  const passkey = ann.device.make(value)
  const other = await ann.enter()
  const added = { name: 'laptop', passkey }
  await assert.rejects(ann.call('me.passkeys.add', added, other), failing('wrong-passkey'), 'of another session')
  await ann.call('me.passkeys.add', added, principal)
  await assert.rejects(ann.call('me.passkeys.add', added, principal), failing('wrong-passkey'), 'shown before')
  const again = await ann.call('me.passkeys.options', {}, await at.known((await second(ann)).cookie))
  assert.deepEqual(
    again.value.excludeCredentials.map(({ id }) => id),
    [passkey.id],
  )
})

/** A login whose second factor is a passkey. */
async function second(ann: ReturnType<typeof personAt>, wrongs: Wrongs = {}) {
  const { value } = await ann.call('login', { user: 'ann', password: PASSWORD })
  const { ticket, ways } = value.state === 'second-factor' ? value : assert.fail('no second factor was asked for')
  assert.ok(ways.includes('passkey') && ways.includes('recovery'))
  const { value: request } = await ann.call('login.passkey.options', { ticket })
  const passkey = ann.device.show(request, wrongs)
  await assert.rejects(ann.call('login.passkey', { passkey }), failing('login-failed'), 'asked for with a ticket')
  return ann.call('login.passkey', { ticket, passkey: ann.device.show(request, wrongs) })
}

test('a login is refused for whatever is wrong with the passkey, and whoever it is; no challenge holds twice, for another call, or too long', async () => {
  using at = await house()
  const ann = personAt(at)
  await ann.add(await ann.enter(), {}, PASSWORD)
  const wrongs: Wrongs[] = [
    { origin: 'https://evil.example' },
    { host: 'evil.example' },
    { challenge: new Challenges().draw('login', at.clock.now()) },
    { challenge: 'AAAA' },
    { stranger: true },
    { userVerified: false },
    { userPresent: false },
    { userHandle: null },
    { userHandle: 'AAAA' },
    { type: 'webauthn.create' },
  ]
  for (const wrong of wrongs) await assert.rejects(ann.login(wrong), failing('login-failed'), JSON.stringify(wrong))
  const { value: options } = await ann.call('login.passkey.options', {})
  assert.equal(options.allowCredentials, undefined)
  const shown = ann.device.show(options)
  const unknown = { ...shown, id: 'AAAA', rawId: 'AAAA' }
  await assert.rejects(ann.call('login.passkey', { passkey: unknown }), failing('login-failed'))
  assert.equal(at.failures.at(-1), null)
  await ann.call('login.passkey', { passkey: shown })
  await assert.rejects(ann.call('login.passkey', { passkey: ann.device.show(options) }), failing('login-failed'), 'twice')
  const { value: late } = await ann.call('login.passkey.options', {})
  at.clock.pass(5 * 60_000)
  await assert.rejects(ann.call('login.passkey', { passkey: ann.device.show(late) }), failing('login-failed'), 'too late')
  const { cookie } = await second(ann)
  assert.equal((await at.known(cookie)).fresh, at.clock.now())
  await assert.rejects(second(ann, { stranger: true }), failing('login-failed'))
  at.book.removeUser('ann')
  await assert.rejects(ann.login(), failing('login-failed'))
})

test('a page that is not at a name of the server takes no passkeys, whatever its caller says that the server is called', async () => {
  using at = await house()
  const ann = personAt(at)
  const asked = (facts: Partial<CallFacts>) => ann.call('login.passkey.options', {}, null, facts)
  const elsewhere: Partial<CallFacts>[] = [
    { origin: 'https://evil.example', host: 'evil.example' },
    { origin: 'https://mta.example:8443', host: 'mta.example:8443' },
    { origin: 'https://sub.mta.example', host: 'sub.mta.example' },
    { origin: 'https://192.0.2.1', host: '192.0.2.1' },
    { origin: undefined },
    { origin: 'https://localhost', host: 'localhost.evil.example' },
  ]
  for (const facts of elsewhere) await assert.rejects(asked(facts), { name: 'Fault', code: /passkeys-elsewhere|wrong-origin/ })
  assert.equal((await asked({ origin: 'https://mta.example', host: 'mta.example:443' })).value.rpId, 'mta.example')
  const local = { origin: 'http://localhost:8080', host: 'localhost:8080', secure: false, address: '127.0.0.1' }
  assert.equal((await asked(local)).value.rpId, 'localhost')
  await assert.rejects(asked({ ...local, address: '192.0.2.1' }), failing('tls-needed'))
})

test('a counter that goes back is told in the audit and refused; devices that count nothing are not', async () => {
  using at = await house()
  const ann = personAt(at)
  const principal = await ann.enter()
  await ann.add(principal, {}, PASSWORD)
  await ann.login({ counter: 7 })
  await assert.rejects(ann.login({ counter: 7 }), failing('passkey-copied'))
  assert.equal(at.notes.at(-1), 'ann passkey refused, its counter went back')
  await assert.rejects(ann.login({ counter: 0, stranger: true }), failing('login-failed'))
  assert.equal(at.notes.filter((note) => note.includes('counter')).length, 1)
  await ann.login({ counter: 8 })

  const phone = personAt(at, new Authenticator(FROM.origin, false))
  await phone.add(await at.known((await second(ann, { counter: 11 })).cookie))
  await phone.login()
  await phone.login()
})

test('what adds or removes a passkey takes a second factor of a short time ago, which a passkey, a code or a recovery code renews', async () => {
  using at = await house()
  const ann = personAt(at)
  const cookieOf = async (): Promise<string> => (await ann.call('login', { user: 'ann', password: PASSWORD })).cookie ?? ''
  const cookie = await cookieOf()
  const { passkey, recoveryCodes } = await ann.add(await at.known(cookie), {}, PASSWORD)
  at.clock.pass(16 * 60_000)
  const stale = await at.known(cookie)
  await assert.rejects(ann.call('me.passkeys.options', { password: PASSWORD }, stale), failing('fresh-login-needed'))
  await assert.rejects(ann.call('me.passkeys.remove', { id: passkey.id }, stale), failing('fresh-login-needed'))
  const { value: request } = await ann.call('me.fresh.options', {}, stale)
  await assert.rejects(ann.call('me.fresh', { passkey: ann.device.show(request, { stranger: true }) }, stale), failing('wrong-passkey'))
  const { value: again } = await ann.call('me.fresh.options', {}, stale)
  await assert.rejects(ann.call('login.passkey', { passkey: ann.device.show(again) }), failing('login-failed'), 'for another call')
  assert.equal((await ann.call('me.fresh', { passkey: ann.device.show(again) }, stale)).value.fresh, at.clock.now())
  await ann.call('me.passkeys.options', {}, await at.known(cookie))

  at.clock.pass(16 * 60_000)
  const [code = ''] = recoveryCodes ?? []
  await ann.call('me.fresh', { code }, await at.known(cookie))
  await assert.rejects(ann.call('me.fresh', { code }, await at.known(cookie)), failing('wrong-code'))
  // Who found the session and knows the password has no second factor yet, and makes himself none.
  await assert.rejects(ann.call('me.totp.begin', { password: PASSWORD }, stale), failing('fresh-login-needed'))
  const { value: totp } = await ann.call('me.totp.begin', { password: PASSWORD }, await at.known(cookie))
  const shows = (): string => new TOTP({ secret: Secret.fromBase32(totp.secret) }).generate({ timestamp: at.clock.now() })
  await assert.rejects(ann.call('me.totp.confirm', { code: shows() }, stale), failing('fresh-login-needed'))
  await ann.call('me.totp.confirm', { code: shows() }, await at.known(cookie))
  at.clock.pass(16 * 60_000)
  await ann.call('me.fresh', { code: shows() }, await at.known(cookie))
  await ann.call('me.passkeys.remove', { id: passkey.id }, await at.known(cookie))
  // Codes of recovery stay with the one-time codes, and go with the last factor.
  assert.equal(at.book.user('ann')?.recoveryCodes, 10)
  await assert.rejects(ann.call('me.fresh.options', {}, await at.known(cookie)), failing('no-passkey'))
  const key: Principal = { ...stale, kind: 'key', session: null }
  await assert.rejects(ann.call('me.passkeys', {}, key), failing('not-for-keys'))
})

test("a user has twenty passkeys, nobody takes another's, and the last way in stays", async () => {
  using at = await house()
  const ann = personAt(at)
  await ann.add(await ann.enter(), {}, PASSWORD)
  const fresh = await ann.login()
  for (let n = 1; n < 20; n++) await ann.add(fresh)
  await assert.rejects(ann.call('me.passkeys.options', {}, fresh), failing('too-many-passkeys'))
  at.book.addUser({ name: 'bob', role: 'viewer', account: null, at: at.clock.now() })
  const [one, ...others] = at.book.passkeys.of('ann')
  assert.ok(one !== undefined)
  // Who logged in elsewhere has no password: what was made so is the only way in.
  const session = at.book.addSession({
    hash: 'x',
    user: 'bob',
    address: '',
    agent: '',
    at: at.clock.now(),
    ends: at.clock.now() + 1e6,
    fresh: null,
  })
  const bob: Principal = { kind: 'user', name: 'bob', role: 'viewer', account: null, scopes: null, fresh: at.clock.now(), session }
  await assert.rejects(ann.call('me.passkeys.remove', { id: one.id }, bob), failing('no-passkey'))
  const his = personAt(at)
  const { passkey } = await his.add(bob)
  assert.equal(at.book.passkeys.add({ ...one, user: 'bob' }, null), false)
  await assert.rejects(his.call('me.passkeys.remove', { id: passkey.id }, bob), failing('last-way-in'))
  assert.equal((await his.login()).name, 'bob')
  for (const { id } of [one, ...others]) await ann.call('me.passkeys.remove', { id }, fresh)
  assert.equal(at.book.user('ann')?.passkeys, 0)
})

test('asking for challenges costs no memory and pushes none out; each is of its purpose and holds once', () => {
  const challenges = new Challenges()
  const owner = { who: 'ann', account: null }
  const first = challenges.draw('login', 1000)
  for (let n = 0; n < 20_000; n++) challenges.draw('login', 1000)
  assert.equal(challenges.take(first, 'second/x', owner, 1000), false)
  assert.equal(challenges.take(`${first}=`, 'login', owner, 1000), false)
  assert.equal(challenges.take(first, 'login', owner, 1000), true)
  assert.equal(challenges.take(first, 'login', owner, 1000), false)
})

test('whoever shows many challenges fills his share of what is remembered, and neither an account nor all of them keep the owners out', () => {
  const challenges = new Challenges()
  const show = (who: string, account: number | null, now = 1000): boolean =>
    challenges.take(challenges.draw('login', now), 'login', { who, account }, now)
  const fill = (who: string, account: number | null): number => {
    for (let n = 0; ; n++)
      try {
        assert.ok(show(who, account))
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'login-busy')
        return n
      }
  }
  assert.equal(fill('ann', null), 50)
  assert.equal(show('ben', null), true)
  let ofAccount = 0
  for (let n = 0; n < 20; n++) ofAccount += fill(`user ${n}`, 1001)
  assert.equal(ofAccount, 500)
  let all = ofAccount
  for (let account = 1002; account < 1040; account++) for (let n = 0; n < 10; n++) all += fill(`user ${account} ${n}`, account)
  assert.equal(all, 8000)
  assert.equal(show('zoe', null), true)
  assert.throws(() => show('ann', null), failing('login-busy'))
  assert.equal(show('ann', null, 301_000), true)
  assert.equal(show('user 0', 1001, 301_000), true)
})

test('logins under way: whoever begins many pushes out his own, then those of his network, and nobody else', () => {
  const tickets = new Tickets<string>()
  const begin = (user: string, network: string): string => tickets.add(user, { user, network }, 1000)
  const is = (token: string): boolean => tickets.look(token, 1000) !== undefined
  const [far, near] = [begin('ann', '192.0.2.1'), begin('ben', '198.51.100.1')]
  const own = Array.from({ length: 30 }, () => begin('eve', '198.51.100.1'))
  assert.deepEqual(own.map(is), [...Array.from({ length: 20 }, () => false), ...Array.from({ length: 10 }, () => true)])
  assert.deepEqual([is(far), is(near)], [true, true])
  // The name of another, whose password leaked, from elsewhere.
  for (let n = 0; n < 30; n++) begin('ann', '203.0.113.9')
  assert.ok(is(far))
  // Many users of one network.
  for (let n = 0; n < 5000; n++) begin(`user ${n}`, '198.51.100.1')
  assert.deepEqual([is(far), is(near)], [true, false])
  // Of many networks, who has the most.
  for (let n = 0; n < 1500; n++) begin(`user ${n % 60}`, `203.0.113.${n % 12}`)
  assert.ok(is(far))
  assert.ok(tickets.look(begin('zoe', '192.0.2.77'), 1000))
})
