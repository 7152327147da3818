import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../testkit/fake-clock.ts'
import type { TraceFilter } from '../contract/bus.ts'
import { TraceHub } from './trace.ts'

const ALL: TraceFilter = { way: null, domain: null, address: null }

function texts(hub: TraceHub, id: string, filter: TraceFilter, after = 0): string[] {
  return (hub.pull(id, filter, after)?.lines ?? []).map(({ text }) => text)
}

test('nothing is kept while nobody watches, and a watcher who stays away is none', () => {
  const clock = new FakeClock()
  const hub = new TraceHub(clock)
  assert.equal(hub.hears('in'), false)
  hub.open('in', '192.0.2.1').hear('peer', 'EHLO a')
  assert.deepEqual(texts(hub, 'w', ALL), [])
  assert.equal(hub.hears('in'), true)
  for (let n = 0; n < 4; n++) {
    clock.pass(8000)
    assert.ok(hub.pull('w', ALL, 0))
  }
  assert.equal(hub.hears('in'), true)
  clock.pass(20_001)
  assert.equal(hub.hears('in'), false)
})

test('who watches makes place when the connection ends or it is said, and nobody else does', () => {
  const clock = new FakeClock()
  const hub = new TraceHub(clock)
  const connections = Array.from({ length: 4 }, () => new AbortController())
  for (const [n, { signal }] of connections.entries()) assert.ok(hub.pull(`w${n}`, ALL, 0, signal))
  assert.equal(hub.pull('late', ALL, 0), null)
  connections[0]?.abort()
  assert.ok(hub.pull('late', ALL, 0))
  assert.equal(hub.pull('later', ALL, 0), null)
  hub.leave('w1')
  hub.leave('w1')
  assert.ok(hub.pull('later', ALL, 0))
  // Of one that is over: nobody.
  hub.leave('w2')
  assert.equal(hub.pull('over', ALL, 0, connections[0]?.signal), null)
  // Watched anew by another connection: the end of the first one is not its end.
  assert.ok(hub.pull('w2', ALL, 0, new AbortController().signal))
  connections[2]?.abort()
  assert.equal(hub.pull('more', ALL, 0), null)
  for (const id of ['w2', 'w3', 'late', 'later']) hub.leave(id)
  assert.equal(hub.hears('in'), false)
  clock.pass(30_000)
  assert.ok(hub.pull('again', ALL, 0))
  assert.equal(hub.hears('in'), true)
})

test('credentials are left out, on both sides and in every form of AUTH', () => {
  const hub = new TraceHub(new FakeClock())
  hub.pull('w', ALL, 0)
  const inbound = hub.open('in', '192.0.2.1')
  inbound.hear('peer', 'AUTH PLAIN AGEAc2VjcmV0')
  inbound.hear('us', '235 2.7.0 ok\r\n')
  inbound.hear('peer', 'auth login')
  inbound.hear('us', '334 VXNlcm5hbWU6\r\n')
  inbound.hear('peer', 'dXNlcg==')
  inbound.hear('us', '334 UGFzc3dvcmQ6\r\n')
  inbound.hear('peer', 'c2VjcmV0')
  inbound.hear('us', '535 5.7.8 no\r\n')
  inbound.hear('peer', 'NOOP')
  const outbound = hub.open('out', '192.0.2.2')
  outbound.hear('us', 'AUTH SCRAM-SHA-256 biwsbj11c2Vy\r\n')
  outbound.hear('peer', '334 cj1ub25jZQ==\r\n')
  outbound.hear('us', 'c2VjcmV0LXByb29m\r\n')
  outbound.hear('peer', '235 ok\r\n')
  assert.deepEqual(texts(hub, 'w', ALL), [
    'AUTH PLAIN (credentials)',
    '235 2.7.0 ok',
    'auth login',
    '334 (challenge)',
    '(credentials)',
    '334 (challenge)',
    '(credentials)',
    '535 5.7.8 no',
    'NOOP',
    'AUTH SCRAM-SHA-256 (credentials)',
    '334 (challenge)',
    '(credentials)',
    '235 ok',
  ])
})

test('a filter shows whole dialogs: what came before the domain was named too', () => {
  const hub = new TraceHub(new FakeClock())
  const filter: TraceFilter = { way: 'out', domain: 'a.test', address: '192.0.2.0/24' }
  hub.pull('w', filter, 0)
  const wanted = hub.open('out', '192.0.2.2')
  wanted.hear('peer', '220 hello\r\n')
  wanted.hear('us', 'MAIL FROM:<x@sender.test>\r\nRCPT TO:<y@A.test> NOTIFY=NEVER\r\n')
  wanted.hear('peer', '250 ok\r\n250 ok\r\n')
  hub.open('out', '192.0.2.3').hear('us', 'RCPT TO:<y@b.test>\r\n')
  hub.open('out', '198.51.100.1').hear('us', 'RCPT TO:<y@a.test>\r\n')
  hub.open('in', '192.0.2.4').hear('peer', 'RCPT TO:<y@a.test>')
  assert.deepEqual(texts(hub, 'w', filter), [
    '220 hello',
    'MAIL FROM:<x@sender.test>',
    'RCPT TO:<y@A.test> NOTIFY=NEVER',
    '250 ok',
    '250 ok',
  ])
})

test('lines are given once and in order; what is not fetched is bounded and counted; and watchers are few', () => {
  const hub = new TraceHub(new FakeClock())
  hub.pull('w', ALL, 0)
  const traced = hub.open('in', '192.0.2.1')
  for (let n = 0; n < 5003; n++) traced.hear('peer', `NOOP ${n} ${'x'.repeat(2000)}`)
  const first = hub.pull('w', ALL, 0)
  assert.equal(first?.lines.length, 5000)
  assert.equal(first?.missed, 3)
  assert.equal(first?.lines[0]?.text.length, 1000)
  traced.hear('peer', 'QUIT')
  assert.deepEqual(texts(hub, 'w', ALL, first?.next ?? 0), ['QUIT'])
  for (const id of ['x', 'y', 'z']) assert.ok(hub.pull(id, ALL, 0))
  assert.equal(hub.pull('one too many', ALL, 0), null)
})

test('who hears one way of connections costs the other nothing', () => {
  const clock = new FakeClock()
  const hub = new TraceHub(clock)
  const heard: string[] = []
  const ear = hub.attach('out', ({ text, connection }) => heard.push(`${connection} ${text}`))
  assert.deepEqual([hub.hears('in'), hub.hears('out')], [false, true])
  const outbound = hub.open('out', '192.0.2.2')
  outbound.hear('us', 'RCPT TO:<y@a.test>\r\nDATA\r\n')
  hub.open('in', '192.0.2.1').hear('peer', 'EHLO a')
  assert.deepEqual(heard, ['1 RCPT TO:<y@a.test>', '1 DATA'])
  hub.pull('w', ALL, 0)
  assert.deepEqual([hub.hears('in'), hub.hears('out')], [true, true])
  ear[Symbol.dispose]()
  hub.leave('w')
  assert.deepEqual([hub.hears('in'), hub.hears('out')], [false, false])
  outbound.hear('peer', '250 ok\r\n')
  assert.equal(heard.length, 2)
})
