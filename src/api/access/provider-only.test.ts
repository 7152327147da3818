// Who logs in by a provider alone, over a real access.db: what was a way in before is none, at once; and somebody stays who needs no provider.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawToken, hashOfSecret } from '../../policy/access/access-names.ts'
import { areLastOwners } from '../../policy/access/last-owner.ts'
import { failing, FROM, hashesOf, house, PASSWORD } from '../../../testkit/access-house.ts'
import { providerOf } from '../../../testkit/login-house.ts'
import { personAt } from '../../../testkit/passkey-person.ts'

const HOUR = 3600_000

/** Ann, the owner, and Bob, whom the provider knows. */
async function withBob() {
  const at = await house()
  at.book.addUser({ name: 'bob', role: 'operator', account: null, at: at.clock.now() })
  at.book.setPassword('bob', await hashesOf().hash(PASSWORD), null)
  at.book.providers.add(providerOf('company', 'https://login.example.com'), null)
  at.book.providers.link('company', 'person-2', 'bob')
  const change = (given: Parameters<typeof providerOf>[2]): void =>
    at.book.providers.set(providerOf('company', 'https://login.example.com', given))
  /** A session that began by the provider. */
  const byProvider = (): string => {
    const [token, now] = [drawToken(), at.clock.now()]
    const facts = { user: 'bob', address: '192.0.2.7', agent: '', at: now, ends: now + 12 * HOUR, fresh: null, provider: 'company' }
    at.book.addSession({ hash: hashOfSecret(token), ...facts })
    return `__Host-hms=${token}`
  }
  return { ...at, change, byProvider }
}

test('where a provider is the only way in of its users, password, passkey, ticket and link are none, and their sessions end; nobody else learns of it', async () => {
  const at = await withBob()
  using _house = at
  const bob = personAt(at)
  const { cookie } = await bob.call('login', { user: 'bob', password: PASSWORD })
  await bob.add(await at.known(cookie), {}, PASSWORD)
  const { value } = await bob.call('login', { user: 'bob', password: PASSWORD })
  const ticket = value.state === 'second-factor' ? value.ticket : assert.fail('no second factor was asked for')
  const { value: asked } = await bob.call('login.passkey.options', { ticket })
  const [token, provided] = [drawToken(), at.byProvider()]
  at.book.putLink('bob', hashOfSecret(token), at.clock.now() + HOUR)

  at.change({ only: true })
  assert.equal(at.book.user('bob')?.onlyBy, 'company')
  assert.equal(await at.denied({ cookie: cookie?.split(';')[0] }), 'not-authenticated')
  assert.equal((await at.known(provided)).name, 'bob')
  const refusals = [
    () => bob.call('login', { user: 'BOB', password: PASSWORD }),
    () => bob.call('login.passkey', { ticket, passkey: bob.device.show(asked) }),
    () => bob.login(),
    () => bob.call('login.first', { token, password: 'another long password' }),
  ]
  const refusedAll = async (): Promise<void> => {
    for (const refusal of refusals.filter((_, n) => n !== 1)) await assert.rejects(refusal(), failing('provider-only'))
  }
  await assert.rejects(refusals[1]?.() ?? assert.fail(), failing('provider-only'))
  await refusedAll()
  await assert.rejects(bob.call('login', { user: 'bob', password: 'wrong' }), failing('login-failed'))
  assert.equal((await bob.enter()).name, 'ann', 'whom it does not know')
  // Switched off it lets nobody in, and the password is none again for that.
  at.change({ only: true, enabled: false })
  await refusedAll()
  assert.equal(await at.denied({ cookie: provided }), 'not-authenticated')
  at.change({})
  assert.equal((await bob.login()).name, 'bob')
})

test('who becomes known to a provider that is the only way in loses the sessions of before', async () => {
  const at = await withBob()
  using _house = at
  at.change({ only: true })
  at.book.addUser({ name: 'eve', role: 'viewer', account: null, at: at.clock.now() })
  at.book.setPassword('eve', await hashesOf().hash(PASSWORD), null)
  const { cookie } = await at.login(PASSWORD, {}, 'eve')
  assert.equal((await at.known(cookie)).name, 'eve')
  at.book.providers.link('company', 'person-3', 'eve')
  assert.equal(await at.denied({ cookie: cookie?.split(';')[0] }), 'not-authenticated')
  at.book.providers.unlink('company', 'eve')
  await at.login(PASSWORD, {}, 'eve')
})

test('a session by a provider ends after the hours of the provider, of before too', async () => {
  const at = await withBob()
  using _house = at
  const cookie = at.byProvider()
  at.clock.pass(HOUR / 2)
  assert.equal((await at.known(cookie)).name, 'bob')
  at.change({ sessionHours: 1 })
  at.clock.pass(HOUR / 2 - 1)
  assert.equal((await at.known(cookie)).name, 'bob')
  at.clock.pass(1)
  assert.equal(await at.denied({ cookie, ...FROM }), 'not-authenticated')
})

test('an owner who can log in is one with a password or a passkey that counts; the last one is told by the same rule everywhere', async () => {
  const at = await withBob()
  using _house = at
  assert.deepEqual(at.book.owners(), ['ann'])
  assert.ok(areLastOwners(at.book, ['ann', 'bob']))
  at.book.setRole('bob', 'owner')
  assert.equal(areLastOwners(at.book, ['ann']), false)
  assert.ok(areLastOwners(at.book, ['ann', 'bob']))
  at.change({ only: true })
  assert.deepEqual(at.book.owners(), ['ann'])
  // One without a password, with a passkey alone.
  at.book.addUser({ name: 'zoe', role: 'owner', account: null, at: at.clock.now() })
  assert.deepEqual(at.book.owners(), ['ann'])
  const passkey = {
    id: 'x',
    user: 'zoe',
    name: 'phone',
    host: 'mta.example',
    key: new Uint8Array(),
    counter: 0,
    transports: [],
    synced: false,
  }
  assert.ok(at.book.passkeys.add({ ...passkey, madeAt: 1 }, null))
  assert.deepEqual(at.book.owners(), ['ann', 'zoe'])
  // A provider that is switched off is no way in, and the passkey the last one.
  at.book.providers.link('company', 'person-9', 'zoe')
  at.change({})
  assert.equal(at.book.passkeys.isLastWay('zoe', 'x'), false)
  at.change({ enabled: false })
  assert.equal(at.book.passkeys.isLastWay('zoe', 'x'), true)
  at.change({})
  at.book.setRole('ann', 'viewer')
  at.book.setRole('bob', 'viewer')
  const session = at.book.addSession({
    hash: 'x',
    user: 'zoe',
    address: '',
    agent: '',
    at: at.clock.now(),
    ends: at.clock.now() + HOUR,
    fresh: null,
  })
  const zoe = { kind: 'user', name: 'zoe', role: 'owner', account: null, scopes: null, fresh: at.clock.now(), session } as const
  await assert.rejects(personAt(at).call('me.passkeys.remove', { id: 'x' }, zoe), failing('last-way-in'))
})
