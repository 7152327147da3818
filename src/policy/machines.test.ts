import assert from 'node:assert/strict'
import { test } from 'node:test'
import { machineOf, type Visit } from './machines.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
const visit = (given: Partial<Visit>): Visit => ({
  kind: 'clicked',
  method: 'GET',
  agent: FIREFOX,
  client: '192.0.2.1',
  purpose: null,
  after: 60_000,
  ...given,
})

test('a person is no machine', () => {
  assert.equal(machineOf(visit({})), null)
  assert.equal(machineOf(visit({ kind: 'opened' })), null)
  const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148'
  assert.equal(machineOf(visit({ agent: iphone })), null)
})

test('proxies, prefetchers and scanners are told by what they call themselves, where they come from, and how they ask', () => {
  const gmail = 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)'
  assert.equal(machineOf(visit({ kind: 'opened', agent: gmail })), 'Gmail image proxy')
  assert.equal(machineOf(visit({ kind: 'opened', agent: 'Mozilla/5.0' })), 'Apple Mail Privacy Protection')
  assert.equal(machineOf(visit({ kind: 'clicked', agent: 'Mozilla/5.0' })), null, 'privacy protection follows no links')
  assert.equal(machineOf(visit({ client: '40.107.218.12' })), 'Microsoft SafeLinks')
  assert.equal(machineOf(visit({ kind: 'opened', client: '40.107.218.12' })), null)
  assert.equal(machineOf(visit({ client: '::ffff:209.222.82.9' })), 'Barracuda')
  const bing = 'Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b'
  assert.equal(machineOf(visit({ agent: bing })), 'Microsoft link preview')
  assert.equal(machineOf(visit({ method: 'HEAD' })), 'HEAD request')
  assert.equal(machineOf(visit({ purpose: 'prefetch;prerender' })), 'prefetch')
  assert.equal(machineOf(visit({ agent: null })), 'no name')
  assert.equal(machineOf(visit({ after: 1500 })), 'too soon')
  assert.equal(machineOf(visit({ after: 2000 })), null)
})
