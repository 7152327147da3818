import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccountId, ANONYMOUS_ACCOUNT, type Domain } from '../../base/brand.ts'
import { generateDkimKey } from '../../message/dkim/keys.ts'
import { selectKeys } from '../../message/dkim/select.ts'
import { checkPassword } from '../../smtp/scram.ts'
import { installation } from '../../../testkit/installation.ts'

test('an account comes with a login, and is changed field by field', async () => {
  using at = installation()
  const { account, credential } = await at.call('account.add', { name: 'Shop' })
  assert.deepEqual([account.id, account.name, credential.user], [1001, 'Shop', 'account-1001'])
  assert.match(credential.password, /^[a-z2-9]{24,}$/)
  const kept = at.settings.read().credentials.get('account-1001') ?? assert.fail()
  const octets = {
    salt: Buffer.from(kept.salt, 'base64'),
    storedKey: Buffer.from(kept.storedKey, 'base64'),
    serverKey: Buffer.from(kept.serverKey, 'base64'),
  }
  assert.equal(await checkPassword({ ...octets, iterations: kept.iterations }, credential.password), true)
  assert.equal((await at.call('account.add', { name: 'Other' })).account.id, 1002)
  assert.ok(at.asked.some(({ name }) => name === 'settings.changed'))

  const changed = await at.call('account.set', { id: account.id, change: { state: 'suspended', messagesPerHour: 50 } })
  assert.deepEqual(changed, { ...account, state: 'suspended', messagesPerHour: 50 })
  assert.deepEqual(
    (await at.call('account.list', {})).map(({ id, state }) => [id, state]),
    [
      [1000, 'active'],
      [1001, 'suspended'],
      [1002, 'active'],
    ],
  )
  assert.equal((await at.call('account.set', { id: account.id, change: { messagesPerHour: null } })).messagesPerHour, null)
  await at.refuses('account.add', { name: 'Shop' }, 'name-taken')
  await at.refuses('account.set', { id: 1009, change: {} }, 'no-account')
  await at.refuses('account.set', { id: account.id, change: { priority: 'high', highestPriority: 'normal' } })
  for (const params of [
    {},
    { name: '' },
    { name: 5 },
    { name: 'a\r\nb' },
    { name: 'a\0' },
    { name: 'x'.repeat(201) },
    { name: 'a', more: 1 },
    null,
    [],
  ])
    await at.refuses('account.add', params)
  for (const change of [{ state: 'off' }, { id: 5 }, { bounceMail: 'yes' }, { messagesPerHour: -1 }, { name: '' }, null])
    await at.refuses('account.set', { id: 1001, change })
})

test('two accounts that are added at once get two ids', async () => {
  using at = installation()
  const added = await Promise.all(['a', 'b', 'c'].map((name) => at.call('account.add', { name })))
  assert.equal(new Set(added.map(({ account }) => account.id)).size, 3)
})

test('logins are unique, bound to networks, and never shown with a secret', async () => {
  using at = installation()
  const { account } = await at.call('account.add', { name: 'Shop' })
  const made = await at.call('credential.add', { account: account.id, networks: ['192.0.2.7/24', '::ffff:198.51.100.1'] })
  assert.equal(made.user, 'account-1001-2')
  const listed = await at.call('credential.list', { account: account.id })
  assert.deepEqual(listed[1], {
    user: 'account-1001-2',
    kind: 'smtp',
    account: 1001,
    networks: ['192.0.2.0/24', '198.51.100.1/32'],
    stream: null,
    expiresAt: null,
    lastUse: null,
  })
  assert.deepEqual(await at.call('credential.add', { account: account.id, user: 'shop@x.example', password: 'correct horse 1' }), {
    user: 'shop@x.example',
    password: 'correct horse 1',
    replaced: false,
  })
  await at.refuses('credential.add', { account: 1001, user: 'SHOP@x.example' }, 'user-taken')
  at.asked.length = 0
  await at.call('credential.list', {})
  assert.deepEqual(at.asked, [], 'nothing changed')
  const [key, signing] = [
    await at.call('credential.key', { account: account.id, kind: 'api' }),
    await at.call('credential.key', { account: account.id, kind: 'ses' }),
  ]
  assert.deepEqual(
    at.asked.map(({ name }) => name),
    ['settings.changed', 'settings.changed'],
    'a key counts when its answer is there',
  )
  const shown = JSON.stringify(await at.call('credential.list', {}))
  assert.ok('key' in key && key.key.startsWith('hms_') && 'secretAccessKey' in signing)
  assert.ok(shown.includes(key.user) && shown.includes(signing.accessKeyId), shown)
  assert.ok(!shown.includes(key.key) && !shown.includes(signing.secretAccessKey) && !shown.includes('hash'), shown)
  assert.deepEqual(await at.call('credential.remove', { user: key.user }), { removed: true })
  await at.refuses('credential.key', { account: 1000, kind: 'api' })
  const other = await at.call('account.add', { name: 'Other' })
  await at.refuses('credential.add', { account: other.account.id, user: 'shop@x.example' }, 'user-taken')
  const before = at.settings.read().credentials.get('account-1001-2')
  const again = await at.call('credential.add', { account: account.id, user: 'account-1001-2' })
  const after = at.settings.read().credentials.get('account-1001-2')
  assert.notEqual(again.password, made.password)
  assert.equal(again.replaced, true)
  assert.notEqual(after?.storedKey, before?.storedKey, 'the login of this account has a new password')
  assert.deepEqual(after?.networks, before?.networks, 'and is bound to the networks that it was')
  await at.refuses('credential.add', { account: 1005 }, 'no-account')
  for (const params of [
    { account: 1000 },
    { account: 1001, user: 'a b' },
    { account: 1001, password: 'short' },
    { account: 1001, networks: ['10.1'] },
    { account: 1 },
  ])
    await at.refuses('credential.add', params)
  assert.deepEqual(await at.call('credential.remove', { user: 'shop@x.example' }), { removed: true })
  assert.deepEqual(await at.call('credential.remove', { user: 'shop@x.example' }), { removed: false })
})

test('relaying is allowed in one form of a network, and not widely without saying so', async () => {
  using at = installation()
  for (const [given, cidr] of [
    ['192.0.2.9', '192.0.2.9/32'],
    ['10.1.2.3/16', '10.1.0.0/16'],
    ['2001:DB8::1/48', '2001:db8::/48'],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
    ['::1', '::1/128'],
  ] as const)
    assert.deepEqual(await at.call('relay.allow', { cidr: given }), { cidr })
  for (const cidr of ['10.0.0.0/15', '0.0.0.0/0', '::/0', '2001:db8::/47', '::ffff:0:0/96'])
    await at.refuses('relay.allow', { cidr }, 'relay-too-wide')
  for (const cidr of [
    '',
    '10.1',
    '010.0.0.1',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    'fe80::1%eth0',
    'x.example',
    '1.2.3.4\n',
    '::ffff:0:0/90',
  ])
    await at.refuses('relay.allow', { cidr })
  await at.refuses('relay.allow', { cidr: '10.0.0.0/8', iKnow: 'yes' })
  assert.deepEqual(await at.call('relay.allow', { cidr: '10.0.0.0/8', iKnow: true }), { cidr: '10.0.0.0/8' })
  assert.equal((await at.call('relay.list', {})).length, 6)
  assert.deepEqual(await at.call('relay.deny', { cidr: '10.1.99.99/16' }), { removed: true })
  assert.deepEqual(await at.call('relay.deny', { cidr: '10.1.0.0/16' }), { removed: false })
})

test('a route is read from its URL, and its password is never shown', async () => {
  using at = installation()
  const set = (url: string, more: object = {}) => at.call('route.set', { pattern: '*', url, ...more })
  assert.deepEqual(await set('smtp://127.0.0.1:2526'), {
    pattern: '*',
    host: '127.0.0.1',
    port: 2526,
    tls: 'may',
    implicitTls: false,
    user: null,
    hasPassword: false,
  })
  const login = await set('smtp://me%40x.example:p%3A%2F%40@Relay.Example')
  assert.deepEqual(
    [login.host, login.port, login.tls, login.user, login.hasPassword],
    ['relay.example', 25, 'encrypt', 'me@x.example', true],
  )
  assert.equal(at.settings.read().routes[0]?.password, 'p:/@')
  assert.doesNotMatch(JSON.stringify(await at.call('route.list', {})), /p:\//)
  const secure = await set('smtps://[2001:db8::1]')
  assert.deepEqual([secure.host, secure.port, secure.tls, secure.implicitTls], ['2001:db8::1', 465, 'encrypt', true])
  assert.equal((await set('smtp://localhost', { user: 'u', password: 'p' })).tls, 'may')
  assert.equal((await set('smtp://relay.example', { user: 'u', password: 'p', tls: 'verify' })).tls, 'verify')
  assert.equal((await at.call('route.set', { pattern: '*.Bücher.example', url: 'smtp://a.example' })).pattern, '*.xn--bcher-kva.example')
  for (const url of [
    '',
    'a.example',
    'http://a.example',
    'smtp://',
    'smtp://a b',
    'smtp://a.example:0',
    'smtp://a.example:99999',
    'smtp://u@a.example',
    'smtp://u:@a.example',
    'smtp://u:%zz@a.example',
    'smtp://[1.2.3.4]',
    'smtp://a.example/path',
    'smtp://u:p%0d%0a@a.example',
    'smtp://999.1.1.1',
  ])
    await at.refuses('route.set', { pattern: '*', url })
  for (const more of [{ user: 'u' }, { tls: 'maybe' }, { pattern: '*x' }, { pattern: 'a..b' }])
    await at.refuses('route.set', { pattern: '*', url: 'smtp://a.example', ...more })
  await at.refuses('route.set', { pattern: '*', url: 'smtps://a.example', tls: 'none' })
  assert.deepEqual(await at.call('route.remove', { pattern: '*' }), { removed: true })
})

test('a domain is verified by its record, and belongs to one account', async () => {
  using at = installation()
  const { account } = await at.call('account.add', { name: 'Shop' })
  const other = await at.call('account.add', { name: 'Other' })
  const { domain, record } = await at.call('domain.add', { domain: 'X.Example.', account: account.id })
  assert.deepEqual([domain.domain, domain.verifiedAt, record.name], ['x.example', null, '_hms.x.example'])
  assert.deepEqual((await at.call('domain.add', { domain: 'x.example', account: account.id })).record, record)
  await at.refuses('domain.add', { domain: 'x.example', account: other.account.id }, 'domain-taken')
  await at.refuses('domain.add', { domain: '[192.0.2.1]', account: account.id })
  await at.refuses('domain.verify', { domain: 'other.example' }, 'no-domain')

  assert.deepEqual(await at.call('domain.verify', { domain: 'x.example' }), { verified: false, found: [] })
  at.zone.set(record.name, { kind: 'trouble', reason: 'time-out' })
  await assert.rejects(at.call('domain.verify', { domain: 'x.example' }), { code: 'dns-trouble', temporary: true })
  at.zone.set(record.name, { kind: 'records', records: ['v=spf1 -all', `${record.value} `] })
  assert.equal((await at.call('domain.verify', { domain: 'x.example' })).verified, true)
  assert.notEqual((await at.call('domain.list', {}))[0]?.verifiedAt, null)
  at.zone.clear()
  assert.equal((await at.call('domain.verify', { domain: 'x.example' })).verified, true)
  await at.call('domain.add', { domain: 'y.example', account: account.id })
  assert.equal((await at.call('domain.verify', { domain: 'y.example', force: true })).verified, true)
  assert.deepEqual(await at.call('domain.remove', { domain: 'y.example' }), { removed: true })
})

test('a DKIM key signs once its record was seen, and a rotation takes effect by itself', async () => {
  using at = installation()
  const signing = (): string[] =>
    selectKeys(at.settings.read(), { account: 1001 as AccountId, authorDomain: 'x.example' as Domain }).author.map((key) => key.selector)
  const publish = (record: { name: string; value: string }): unknown =>
    at.zone.set(record.name, { kind: 'records', records: [record.value] })
  const first = await at.call('dkim.create', { domain: 'x.example' })
  assert.deepEqual([first.selector, first.algorithm, first.role, first.seenAt], ['hms-20261122-rsa', 'rsa-sha256', 'author', null])
  assert.deepEqual(signing(), [])
  const missing = await at.call('dkim.verify', { domain: 'x.example' })
  assert.match(missing.keys[0]?.problem ?? '', /no record/)
  publish(first.record)
  const seen = await at.call('dkim.verify', { domain: 'x.example' })
  assert.equal(seen.keys[0]?.problem, null)
  assert.notEqual(seen.keys[0]?.seenAt, null)
  assert.deepEqual(signing(), ['hms-20261122-rsa'])

  const { added, retiring } = await at.call('dkim.rotate', { domain: 'x.example' })
  assert.deepEqual([added.map((key) => key.selector), retiring.map((key) => key.selector)], [['hms-20261122-rsa-2'], ['hms-20261122-rsa']])
  assert.deepEqual(signing(), ['hms-20261122-rsa'])
  assert.deepEqual((await at.call('dkim.rotate', { domain: 'x.example' })).added, added)
  publish(added[0]?.record ?? assert.fail())
  await at.call('dkim.verify', { domain: 'x.example' })
  assert.deepEqual(signing(), ['hms-20261122-rsa-2'])
  assert.doesNotMatch(JSON.stringify(await at.call('dkim.list', {})), /PRIVATE/)
})

test('keys are imported, forced and removed; what does not fit is refused', async () => {
  using at = installation()
  const { privateKey } = await generateDkimKey('ed25519-sha256')
  const key = await at.call('dkim.import', { domain: 'x.example', selector: 'S1', privateKey, role: 'provider' })
  assert.deepEqual([key.selector, key.algorithm, key.role], ['s1', 'ed25519-sha256', 'provider'])
  const forced = await at.call('dkim.verify', { domain: 'x.example', selector: 's1', force: true })
  assert.notEqual(forced.keys[0]?.seenAt, null)
  await at.refuses('dkim.import', { domain: 'x.example', selector: 's1', privateKey }, 'selector-taken')
  await at.refuses('dkim.import', { domain: 'x.example', selector: 's2', privateKey: 'nonsense' }, 'dkim-key-unusable')
  await at.refuses('dkim.create', { domain: 'x.example', selector: 's1' }, 'selector-taken')
  await at.refuses('dkim.create', { domain: 'x.example', account: 1009 }, 'no-account')
  for (const change of [{ selector: 'a b' }, { selector: '-a' }, { algorithm: 'rsa-sha1' }, { role: 'x' }, { domain: 'a b' }])
    await at.refuses('dkim.create', { domain: 'x.example', ...change })
  await at.refuses('dkim.rotate', { domain: 'none.example' }, 'no-dkim-key')
  await at.refuses('dkim.verify', { domain: 'x.example', selector: 's9' }, 'no-dkim-key')
  assert.deepEqual(await at.call('dkim.remove', { domain: 'x.example', selector: 's1' }), { removed: true })
})

test('every change is in the audit under the name of who asked', async () => {
  using at = installation({ by: 'ann' })
  await at.call('relay.allow', { cidr: '192.0.2.1' })
  assert.deepEqual(
    at.settings.audit(1).map(({ by, action, subject }) => [by, action, subject]),
    [['ann', 'relay set', '192.0.2.1/32']],
  )
})

test('no call says by itself who makes it', async () => {
  using at = installation({ by: 'ann' })
  await at.refuses('queue.act', { action: 'retry', selection: {}, by: 'ben' })
  await at.refuses('account.state', { id: ANONYMOUS_ACCOUNT, state: 'held', by: 'ben' })
  const { account } = await at.call('account.state', { id: ANONYMOUS_ACCOUNT, state: 'held' })
  assert.equal(account.standing?.by, 'ann')
})

test('a worker that does not answer fails a question about the queue, not a change of settings, of which the others hear at once', async () => {
  const told: string[] = []
  const some = async (name: string) => (told.push(name), { answers: [], missing: [0] })
  using at = installation({ workers: { all: () => Promise.reject(new Error('gone')), some } })
  await assert.rejects(at.call('queue.count', { selection: {} }))
  assert.deepEqual(await at.call('relay.allow', { cidr: '192.0.2.1' }), { cidr: '192.0.2.1/32' })
  assert.deepEqual(told, ['settings.changed'])
})
