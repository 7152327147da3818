// MTA-STS discovery over a real DNS server and a real HTTPS server: what counts, what is remembered, what goes wrong.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { DnsServer } from '../../../testkit/dns-server.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { MemoryShelf, type PolicyAnswer, PolicyServer } from '../../../testkit/policy-server.ts'
import type { Domain } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import { jsonLog } from '../../base/log.ts'
import type { StsAnswer, StsSource } from '../../engine/ports/trust.ts'
import { createMailResolver } from '../dns/mail-resolver.ts'
import { createResolver } from '../dns/resolver.ts'
import { createHttps, type Https } from './https.ts'
import { createStsPolicies } from './sts-policies.ts'

const DAY = 86_400_000
const log = jsonLog('test', 'error', () => undefined)
const RECORD = { A: ['127.0.0.1'], ttl: 1 }

class Kit implements AsyncDisposable {
  readonly clock = new FakeClock()
  readonly shelf = new MemoryShelf()
  readonly #end = new AsyncDisposableStack()
  readonly dns: DnsServer
  readonly server: PolicyServer

  private constructor(dns: DnsServer, server: PolicyServer) {
    this.dns = this.#end.use(dns)
    this.server = this.#end.use(server)
  }

  static async start(): Promise<Kit> {
    const dns = await DnsServer.start({ '_mta-sts.a.test': { TXT: ['v=STSv1; id=one'], ttl: 1 }, 'mta-sts.a.test': RECORD })
    const kit = new Kit(dns, await PolicyServer.start('mta-sts.a.test', 'mta-sts.b.test', 'mta-sts.d.test'))
    kit.server.publish('a.test', 'mode: enforce', 'mx: *.a.test', 'max_age: 1000000')
    return kit
  }

  https(change: { readonly allowPrivate?: boolean; readonly trust?: readonly string[]; readonly timeout?: number } = {}): Https {
    const resolver = this.#end.use(createResolver({ servers: [this.dns.address], timeout: 300, clock: this.clock }))
    const mail = createMailResolver({ resolver, hostName: 'hms.test', listeners: [], port: 25, allowPrivate: true })
    return createHttps({ resolver: mail, allowPrivate: true, clock: systemClock, trust: [this.server.root], ...change })
  }

  /** A source as after a start: it knows what the shelf has. */
  source(https = this.https(), mostKept = 100): StsSource {
    const resolver = this.#end.use(createResolver({ servers: [this.dns.address], timeout: 300, clock: this.clock }))
    return createStsPolicies({ resolver, https, shelf: this.shelf, clock: this.clock, log, port: this.server.port, mostKept })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end.disposeAsync()
  }
}

const ask = (source: StsSource, domain = 'a.test'): Promise<StsAnswer> => source.policyOf(domain as Domain)

/** The mode, or what went wrong. */
async function seen(source: StsSource, domain = 'a.test'): Promise<string> {
  const answer = await ask(source, domain)
  if (answer.kind === 'policy') return answer.policy.mode
  return answer.kind === 'unusable' ? answer.fault : answer.kind
}

test('a policy is fetched once, and again when its record changes', async () => {
  await using kit = await Kit.start()
  const source = kit.source()
  const [first] = await Promise.all([ask(source), ask(source), ask(source)])
  assert.equal(first.kind === 'policy' ? first.policy.mx[0] : '', '*.a.test')
  assert.deepEqual(kit.server.asked, ['mta-sts.a.test /.well-known/mta-sts.txt'])
  kit.clock.pass(5000)
  assert.equal(await seen(source), 'enforce')
  assert.equal(kit.server.asked.length, 1)
  kit.server.publish('a.test', 'mode: testing', 'mx: *.a.test', 'max_age: 1000000')
  kit.dns.zones['_mta-sts.a.test'] = { TXT: ['v=STSv1; id=two'], ttl: 1 }
  kit.clock.pass(5000)
  assert.equal(await seen(source), 'testing')
  assert.equal(kit.server.asked.length, 2)
})

test('a domain that publishes nothing costs one look-up, which is good for an hour', async () => {
  await using kit = await Kit.start()
  const source = kit.source()
  assert.deepEqual(await ask(source, 'plain.test'), { kind: 'none', ttl: 3_600_000 })
  assert.deepEqual(kit.dns.asked, ['_mta-sts.plain.test TXT'])
  assert.equal(kit.server.asked.length, 0)
  assert.equal((await ask(source, '[192.0.2.1]')).kind, 'none')
  assert.equal(kit.dns.count(), 1)
})

test('what was fetched before counts when record or server are hidden, after a restart too, until it ends', async () => {
  await using kit = await Kit.start()
  assert.equal(await seen(kit.source()), 'enforce')
  kit.dns.zones = {}
  kit.server.answers.clear()
  const restarted = kit.source()
  assert.equal(await seen(restarted), 'enforce')
  kit.clock.pass(61_000)
  kit.dns.behaviour.set('*', { rcode: 'SERVFAIL' })
  const answer = await ask(restarted)
  assert.match(answer.kind === 'policy' ? (answer.trouble ?? '') : '', /SERVFAIL/)
  kit.clock.pass(1_000_000_000)
  assert.equal(await seen(restarted), 'none')
  assert.equal(kit.shelf.kept.size, 0)
})

test('a new id without a new policy leaves the old one in force, and the server is not asked at each message', async () => {
  await using kit = await Kit.start()
  const source = kit.source()
  await ask(source)
  kit.dns.zones['_mta-sts.a.test'] = { TXT: ['v=STSv1; id=two'], ttl: 1 }
  kit.server.answers.clear()
  for (let i = 0; i < 3; i++) {
    kit.clock.pass(5000)
    const answer = await ask(source)
    assert.match(answer.kind === 'policy' ? (answer.trouble ?? '') : '', /answered 404; what was fetched before/)
  }
  assert.equal(kit.server.asked.length, 2)
  kit.clock.pass(301_000)
  await ask(source)
  assert.equal(kit.server.asked.length, 3)
})

test('a policy that stays the same is fetched again after a day, so that it does not end', async () => {
  await using kit = await Kit.start()
  const source = kit.source()
  await ask(source)
  const before = kit.shelf.kept.get('a.test')?.fetchedAt ?? 0
  kit.clock.pass(DAY + 5000)
  assert.equal(await seen(source), 'enforce')
  for (let i = 0; i < 12_000 && (kit.shelf.kept.get('a.test')?.fetchedAt ?? 0) === before; i++)
    await new Promise((done) => setTimeout(done, 10))
  assert.equal((kit.shelf.kept.get('a.test')?.fetchedAt ?? 0) - before, DAY + 5000)
})

test('a policy that cannot be had, or proves nothing, is as none and says why', async () => {
  await using kit = await Kit.start()
  const text = kit.server.answers.get('mta-sts.a.test')?.body ?? ''
  const cases: [PolicyAnswer, string][] = [
    [{ status: 404 }, 'sts-policy-fetch-error'],
    [{ status: 301, location: `https://mta-sts.b.test:${kit.server.port}/`, body: text }, 'sts-policy-fetch-error'],
    [{ body: 'x'.repeat(70_000) }, 'sts-policy-fetch-error'],
    [{ body: text, type: 'text/html' }, 'sts-policy-invalid'],
    [{ body: text.replace('enforce', 'enforced') }, 'sts-policy-invalid'],
  ]
  for (const [answer, fault] of cases) {
    kit.server.answers.set('mta-sts.a.test', answer)
    assert.equal(await seen(kit.source()), fault, JSON.stringify(answer).slice(0, 80))
  }
  kit.server.publish('a.test', 'mode: enforce', 'mx: *.a.test', 'max_age: 1000000')
  assert.equal(await seen(kit.source(kit.https({ trust: [] }))), 'sts-webpki-invalid', 'nobody vouches for the certificate')
  kit.dns.zones['_mta-sts.c.test'] = { TXT: ['v=STSv1; id=x'] }
  kit.dns.zones['mta-sts.c.test'] = RECORD
  assert.equal(await seen(kit.source(), 'c.test'), 'sts-webpki-invalid', 'the certificate is for other names')
  assert.equal(kit.shelf.kept.size, 0)
  assert.equal(await seen(kit.source()), 'enforce')
})

test('private addresses are not asked unless the owner allows it, and silence is not waited for', async () => {
  await using kit = await Kit.start()
  const asked = kit.server.asked.length
  assert.equal(await seen(kit.source(kit.https({ allowPrivate: false }))), 'sts-policy-fetch-error')
  assert.equal(kit.server.asked.length, asked)
  kit.server.answers.set('mta-sts.a.test', { silent: true })
  assert.equal(await seen(kit.source(kit.https({ timeout: 200 }))), 'sts-policy-fetch-error')
})

test('a server that is no TLS server is told as such', async () => {
  await using kit = await Kit.start()
  const babbler = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end('HTTP/1.1 200 OK\r\n\r\nversion: STSv1\r\n')
  }).listen(0, '127.0.0.1')
  await once(babbler, 'listening')
  const answer = await kit.https()({ host: 'mta-sts.a.test', port: (babbler.address() as AddressInfo).port, path: '/', most: 1000 })
  babbler.close()
  assert.equal(answer.ok ? 'ok' : answer.kind, 'network')
})

test('only so many are remembered, the least lately used go first', async () => {
  await using kit = await Kit.start()
  const source = kit.source(kit.https(), 2)
  for (const name of ['a', 'b', 'a', 'd']) {
    const domain = `${name}.test`
    kit.dns.zones[`_mta-sts.${domain}`] = { TXT: ['v=STSv1; id=one'] }
    kit.dns.zones[`mta-sts.${domain}`] = RECORD
    kit.server.publish(domain, 'mode: none', 'max_age: 100000')
    assert.equal(await seen(source, domain), 'none', name)
  }
  assert.deepEqual([...kit.shelf.kept.keys()], ['a.test', 'd.test'])
})
