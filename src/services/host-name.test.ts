import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configWith } from '../../testkit/engine-home.ts'
import { hostNameOf } from './host-name.ts'

test('the name that was configured is the one that greets', () => {
  for (const [name, greets] of [
    ['mta1.example.com', 'mta1.example.com'],
    ['MTA1.Example.COM.', 'mta1.example.com'],
    ['1and1.example', '1and1.example'],
  ] as const)
    assert.equal(hostNameOf(configWith({ 'host.name': name })), greets)
})
