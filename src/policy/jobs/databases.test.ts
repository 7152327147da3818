import assert from 'node:assert/strict'
import { test } from 'node:test'
import { databasePlace, readDatabases } from './databases.ts'

test('a URL says where a database is; beyond this machine it is proved by TLS unless said otherwise', () => {
  const usual = { kind: 'postgres', host: 'db.example', port: 5432, user: 'reader', database: 'shop', tls: 'verified' }
  assert.deepEqual(databasePlace('postgres://reader@db.example/shop'), usual)
  assert.deepEqual(databasePlace('postgresql://reader@db.example/shop?sslmode=require'), { ...usual, tls: 'unverified' })
  assert.deepEqual(databasePlace('mariadb://a%40b@[::1]:3307/s%2Fp'), {
    kind: 'mysql',
    host: '::1',
    port: 3307,
    user: 'a@b',
    database: 's/p',
    tls: 'off',
  })
  assert.deepEqual(databasePlace('postgres://reader@localhost/shop?host=/run/postgresql'), {
    ...usual,
    host: '/run/postgresql',
    tls: 'off',
  })
})

test('what is no such URL is refused without a word of it, and so is one with a password', () => {
  for (const [url, why] of [
    ['postgres://reader:s3cret@db.example/shop', /has a password/],
    ['http://reader@db.example/shop', /is no URL such as/],
    ['postgres://db.example/shop', /a user and a database/],
    ['postgres://reader@db.example', /a user and a database/],
    ['mysql://reader@db.example/shop?local_infile=1', /parameter that is not known/],
    ['mysql://reader@db.example/shop?sslmode=prefer', /sslmode/],
    ['mysql://reader@db.example/shop?host=/run/x', /with localhost alone/],
    ['mysql://reader@localhost/shop?host=/run/x&sslmode=require', /over a socket/],
    ['mysql://reader@192.0.2.1/shop', /a name in place of an address/],
    ['postgres://%ff@db.example/shop', /a user and a database/],
  ] as const) {
    const said = databasePlace(url)
    assert.match(String(said), why, url)
    assert.doesNotMatch(String(said), /s3cret/)
  }
})

test('databases have names in a file, which is checked whole', () => {
  const found = readDatabases('shop: { url: postgres://reader@db.example/shop, password_file: ../shop.password, ca: ca.pem }\n')
  assert.ok(typeof found !== 'string')
  assert.deepEqual([found.get('shop')?.passwordFile, found.get('shop')?.ca], ['../shop.password', 'ca.pem'])
  for (const [text, why] of [
    ['shop: {}', /^shop\.url/],
    ['shop: { url: postgres://a:b@c.example/d }', /^shop\.url has a password/],
    ['shop: { url: postgres://a@c.example/d, password: x }', /^shop: /],
    ['shop: [', /^It is no YAML/],
    ['- x', /^It: must be an object/],
  ] as const)
    assert.match(String(readDatabases(text)), why, text)
})
