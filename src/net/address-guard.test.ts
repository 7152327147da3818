import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalAddress, isPublicAddress } from './address-guard.ts'

test('only globally reachable addresses are public', () => {
  const closed = [
    '127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254',
    '100.64.0.1', '224.0.0.1', '239.1.1.1', '255.255.255.255', '240.0.0.1', '192.0.0.1',
    '::', '::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:7f00:1', '::127.0.0.1', 'fe80::1', 'fe80::1%lo', 'fc00::1', 'fd12::1', 'ff02::1',
    'fec0::1', '64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '2002:7f00:1::1', '2001:db8::1', '', 'example.test', '127.1', '0x7f.1', '2130706433',
  ] // prettier-ignore
  for (const address of closed) assert.equal(isPublicAddress(address), false, address)
  for (const address of [
    '8.8.8.8',
    '193.0.14.129',
    '172.32.0.1',
    '100.128.0.1',
    '::ffff:8.8.8.8',
    '2a00:1450:4001::1a',
    '64:ff9b::8.8.8.8',
  ])
    assert.equal(isPublicAddress(address), true, address)
})

test('equal addresses have one spelling', () => {
  assert.equal(canonicalAddress('::FFFF:127.0.0.1'), '127.0.0.1')
  assert.equal(canonicalAddress('2A00:0:0::1'), '2a00::1')
})
