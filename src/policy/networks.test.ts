import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileNetworks, networkKey } from './networks.ts'

test('addresses are matched against networks, mapped ones as IPv4', () => {
  const table: [cidr: string, address: string, inside: boolean][] = [
    ['127.0.0.0/8', '127.9.9.9', true],
    ['127.0.0.0/8', '128.0.0.1', false],
    ['127.0.0.0/8', '::ffff:127.0.0.1', true],
    ['192.0.2.128/25', '192.0.2.127', false],
    ['192.0.2.128/25', '192.0.2.200', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['::ffff:192.0.2.0/120', '192.0.2.9', true],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['nonsense', '127.0.0.1', false],
    ['127.0.0.0/33', '127.0.0.1', false],
    ['127.0.0.0/8', 'nonsense', false],
  ]
  for (const [cidr, address, inside] of table) assert.equal(compileNetworks([cidr]).has(address), inside, `${address} in ${cidr}`)
  assert.equal(compileNetworks([]).has('127.0.0.1'), false)
})

test('one IPv6 customer is one key', () => {
  assert.equal(networkKey('2001:db8:1:2::1'), networkKey('2001:db8:1:2:ffff::9'))
  assert.notEqual(networkKey('2001:db8:1:2::1'), networkKey('2001:db8:1:3::1'))
  assert.equal(networkKey('::ffff:192.0.2.1'), '192.0.2.1')
  assert.equal(networkKey('unix'), 'unix')
})
