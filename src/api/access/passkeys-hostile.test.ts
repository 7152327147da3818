// What was tried on passkeys: over a real access.db, with a device in software that says what it must not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '../../contract/access.ts'
import type { PasskeyMade } from '../../contract/passkeys.ts'
import { drawToken, hashOfSecret } from '../../policy/access/access-names.ts'
import { failing, FROM, hashesOf, house, PASSWORD } from '../../../testkit/access-house.ts'
import { Authenticator } from '../../../testkit/authenticator.ts'
import { personAt } from '../../../testkit/passkey-person.ts'

type House = Awaited<ReturnType<typeof house>>

/** Somebody else with the same password. */
async function addBob(at: House): Promise<void> {
  at.book.addUser({ name: 'bob', role: 'viewer', account: null, at: at.clock.now() })
  at.book.setPassword('bob', await hashesOf().hash(PASSWORD), null)
}

const LOCAL = { secure: false, address: '127.0.0.1' } as const

test('what was signed in a page of another server, or by a key that was of one device and is of many, is refused', async () => {
  using at = await house()
  const ann = personAt(at)
  const principal = await ann.enter()
  for (const wrong of [
    { crossOrigin: true },
    { crossOrigin: true, topOrigin: 'https://evil.example' },
    { topOrigin: 'https://evil.example' },
  ])
    await assert.rejects(ann.add(principal, wrong, PASSWORD), failing('wrong-passkey'), JSON.stringify(wrong))
  await ann.add(principal, {}, PASSWORD)
  for (const wrong of [{ crossOrigin: true }, { topOrigin: 'https://evil.example' }, { synced: true }])
    await assert.rejects(ann.login(wrong), failing('login-failed'), JSON.stringify(wrong))
  await ann.login()
  const phone = personAt(at, new Authenticator(FROM.origin))
  const { passkey } = await phone.add(
    await at.known(
      (await ann.call('login.passkey', { passkey: ann.device.show((await ann.call('login.passkey.options', {})).value) })).cookie,
    ),
    { synced: true },
  )
  assert.equal(passkey.synced, true)
  await assert.rejects(phone.login({ synced: false }), failing('login-failed'))
  await phone.login({ synced: true })
})

test('other ports of localhost are other programs: what their pages had signed is not taken, whatever Host and Origin they send', async () => {
  using at = await house()
  const ann = personAt(at, new Authenticator('http://localhost:8080'))
  const ours = { ...LOCAL, origin: 'http://localhost:8080', host: 'localhost:8080' }
  const { cookie } = await ann.call('login', { user: 'ann', password: PASSWORD }, null, ours)
  const principal = await at.known(cookie, ours)
  const { value } = await ann.call('me.passkeys.options', { password: PASSWORD }, principal, ours)
  await ann.call('me.passkeys.add', { name: 'laptop', passkey: ann.device.make(value) }, principal, ours)
  const asked = await ann.call('login.passkey.options', {}, null, ours)
  const theirs = { ...LOCAL, origin: 'http://localhost:3000', host: 'localhost:3000' }
  const passkey = ann.device.show(asked.value, { origin: theirs.origin })
  await assert.rejects(ann.call('login.passkey', { passkey }, null, theirs), failing('passkeys-elsewhere'))
  await assert.rejects(ann.call('login.passkey', { passkey }, null, ours), failing('login-failed'))
  for (const origin of ['http://localhost', 'https://localhost:8080', 'http://localhost:8081', 'http://a.localhost:8080'])
    await assert.rejects(ann.call('login.passkey.options', {}, null, { ...LOCAL, origin, host: new URL(origin).host }), /./, origin)
  assert.equal((await ann.login({}, ours)).name, 'ann')
})

test("nobody is let in by another's passkey, user handle, ticket or challenge", async () => {
  using at = await house()
  await addBob(at)
  const [ann, bob] = [personAt(at), personAt(at)]
  const first = await ann.enter()
  await ann.add(first, {}, PASSWORD)
  const his = await at.known((await bob.call('login', { user: 'bob', password: PASSWORD })).cookie)
  // A challenge of Ann's session is none of his, nor the other way round.
  const { value: hers } = await ann.call('me.passkeys.options', {}, await ann.login())
  await assert.rejects(bob.call('me.passkeys.add', { name: 'x', passkey: bob.device.make(hers) }, his), failing('wrong-passkey'))
  await bob.add(his, {}, PASSWORD)

  const { value: options } = await bob.call('login.passkey.options', {})
  const handle = ann.device.show(options).response.userHandle ?? assert.fail('no handle')
  await assert.rejects(bob.login({ userHandle: handle }), failing('login-failed'), "with Ann's handle")
  const ticketOf = async (user: string): Promise<string> => {
    const { value } = await bob.call('login', { user, password: PASSWORD })
    return value.state === 'second-factor' ? value.ticket : assert.fail('no second factor was asked for')
  }
  const ticket = await ticketOf('ann')
  const { value: second } = await bob.call('login.passkey.options', { ticket })
  const shown = bob.device.show({ ...options, challenge: second.challenge })
  await assert.rejects(bob.call('login.passkey', { ticket, passkey: shown }), failing('login-failed'), "with Ann's ticket")
  // Asked for by one ticket, shown with another of the same user.
  const other = await ticketOf('bob')
  const { value: own } = await bob.call('login.passkey.options', { ticket: await ticketOf('bob') })
  await assert.rejects(bob.call('login.passkey', { ticket: other, passkey: bob.device.show(own) }), failing('login-failed'))
  // The id of hers in what his device signed.
  const mixed = { ...bob.device.show(options), id: ann.device.show(options).id, rawId: ann.device.show(options).id }
  await assert.rejects(bob.call('login.passkey', { passkey: mixed }), failing('login-failed'))
  assert.equal((await bob.login()).name, 'bob')
})

test('of two passkeys that are made at once the first one needs the password alone; another session shows a second factor then', async () => {
  using at = await house()
  const [here, there] = [personAt(at), personAt(at)]
  const [one, two] = [await here.enter(), await there.enter()]
  const asked = await Promise.all([one, two].map((who) => here.call('me.passkeys.options', { password: PASSWORD }, who)))
  const made = asked.map(({ value }) => here.device.make(value))
  const added = await Promise.allSettled(
    [one, two].map((who, n) => here.call('me.passkeys.add', { name: 'x', passkey: made[n] ?? assert.fail() }, who)),
  )
  assert.deepEqual(added.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  const refusal = added.find((one) => one.status === 'rejected') ?? assert.fail('both were taken')
  assert.equal((refusal.reason as { code?: string }).code, 'fresh-login-needed')
  assert.deepEqual([at.book.user('ann')?.passkeys, at.book.user('ann')?.recoveryCodes], [1, 10])
  // A session of before the passkey makes no factor and removes none.
  await assert.rejects(there.call('me.totp.begin', { password: PASSWORD }, two), failing('fresh-login-needed'))
  await assert.rejects(there.call('me.passkeys.remove', { id: made[0]?.id ?? '' }, two), { name: 'Fault' })
})

test('nobody adds a passkey without a session, and a key of the management API has none', async () => {
  using at = await house()
  const ann = personAt(at)
  const key: Principal = { kind: 'key', name: 'key:x', role: 'owner', account: null, scopes: null, fresh: null, session: null }
  await assert.rejects(ann.call('me.passkeys.options', { password: PASSWORD }), failing('not-authenticated'))
  await assert.rejects(ann.call('me.passkeys.options', { password: PASSWORD }, key), failing('not-for-keys'))
  const principal = await ann.enter()
  const { value } = await ann.call('me.passkeys.options', { password: PASSWORD }, principal)
  // The session was ended while the device was asked.
  at.book.endSessions({ user: 'ann' })
  const again = await ann.enter()
  await assert.rejects(ann.call('me.passkeys.add', { name: 'x', passkey: ann.device.make(value) }, again), failing('wrong-passkey'))
})

const encoded = (octets: Buffer): string => octets.toString('base64url')
const times = (count: number, ...octets: number[]): Buffer => Buffer.alloc(count * octets.length, Buffer.of(...octets))

/** In place of the attestation, as long as it may be. */
const BOMBS: Readonly<Record<string, Buffer>> = {
  nothing: Buffer.of(0xa0),
  'arrays in arrays': Buffer.concat([times(14_000, 0x81), Buffer.of(0)]),
  'maps in maps': Buffer.concat([times(7000, 0xa1, 0), Buffer.of(0)]),
  'tags of tags': Buffer.concat([times(14_000, 0xc6), Buffer.of(0)]),
  'an array of 2^64': Buffer.of(0x9b, 255, 255, 255, 255, 255, 255, 255, 255),
  'a map of 2^32': Buffer.of(0xba, 255, 255, 255, 255),
  'a text of 2^53': Buffer.of(0x7b, 0, 0x1f, 255, 255, 255, 255, 255, 255),
  'octets without an end': Buffer.concat([Buffer.of(0x5f), times(7000, 0x41, 0)]),
  'an array without an end': Buffer.of(0x9f),
  'a map of nothings': Buffer.concat([Buffer.of(0xb9, 0x36, 0xb0), times(14_000, 0)]),
  'no CBOR': Buffer.from('{"fmt":"none"}'),
  __proto__: Buffer.concat([
    Buffer.of(0xa1, 0x69),
    Buffer.from('__proto__'),
    Buffer.of(0xa1, 0x63),
    Buffer.from('fmt'),
    Buffer.of(0x64),
    Buffer.from('none'),
  ]),
}

test('CBOR that is deep, long, endless or none is refused like any that was not asked for; so are algorithms that nobody asked for', async () => {
  using at = await house()
  const ann = personAt(at)
  const principal = await ann.enter()
  const tried = async (change: (made: PasskeyMade) => PasskeyMade): Promise<void> => {
    const { value } = await ann.call('me.passkeys.options', { password: PASSWORD }, principal)
    await ann.call('me.passkeys.add', { name: 'x', passkey: change(ann.device.make(value)) }, principal)
  }
  const attested = (made: PasskeyMade, attestationObject: string): PasskeyMade => ({
    ...made,
    response: { ...made.response, attestationObject },
  })
  for (const [name, bomb] of Object.entries(BOMBS))
    await assert.rejects(
      tried((made) => attested(made, encoded(bomb))),
      failing('wrong-passkey'),
      name,
    )
  await assert.rejects(
    tried((made) => attested(made, encoded(Buffer.alloc(20_000)))),
    failing('invalid-parameter'),
    'too long',
  )
  // One bit of the attestation is another, here and there, or it is cut off: some of them say nothing that is checked.
  for (let n = 0; n < 60; n++) {
    await tried((made) => {
      const octets = Buffer.from(made.response.attestationObject, 'base64url')
      const place = (n * 37) % octets.length
      octets[place] = (octets[place] ?? 0) ^ (1 << (n % 8))
      return attested(made, encoded(n % 3 === 0 ? octets.subarray(0, place) : octets))
    }).catch((error: { readonly code?: string }) => assert.match(String(error.code), /^(?:wrong-passkey|invalid-parameter)$/))
    for (const { id } of at.book.passkeys.of('ann')) at.book.passkeys.remove('ann', id)
  }
  // RS1, ES384, RS384, ML-DSA-44, none.
  for (const alg of [-65_535, -35, -258, -48, 0])
    await assert.rejects(ann.add(principal, { alg }, PASSWORD), failing('wrong-passkey'), String(alg))
})

test('a key that says that it is of another algorithm than its kind logs nobody in', async () => {
  using at = await house()
  const ann = personAt(at)
  const principal = await ann.enter()
  for (const alg of [-8, -257]) {
    await ann.add(principal, { alg }, PASSWORD).catch((error: { readonly code?: string }) => assert.equal(error.code, 'wrong-passkey'))
    if (at.book.passkeys.of('ann').length > 0) break
  }
  for (let n = 0; n < 2; n++) await ann.login().catch((error: { readonly code?: string }) => assert.equal(error.code, 'login-failed'))
  const token = drawToken()
  assert.equal(at.book.session(hashOfSecret(token), at.clock.now()), undefined)
})
