import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain } from '../../base/brand.ts'
import { NO_RULES } from '../../contract/rules.ts'
import type { Settings } from '../../contract/settings.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { configWith, routeTo, settingsWith } from '../../../testkit/engine-home.ts'
import type { MailResolver } from '../ports/resolver.ts'
import { newestBook } from '../rules.ts'
import { routeFor, Routing } from './routing.ts'

const routes = ['*', '*.example.com', '*.sub.example.com', 'www.example.com'].map((pattern, port) => routeTo(port, { pattern }))

test('the most specific route wins, and * never takes the simulator', () => {
  const table: [domain: string, pattern: string | undefined][] = [
    ['other.example', '*'],
    ['example.com', '*'],
    ['a.example.com', '*.example.com'],
    ['a.b.example.com', '*.example.com'],
    ['a.sub.example.com', '*.sub.example.com'],
    ['www.example.com', 'www.example.com'],
    ['simulator.hms.test', undefined],
    ['x.simulator.hms.test', '*'],
  ]
  for (const [domain, pattern] of table) assert.equal(routeFor(routes, domain as Domain)?.pattern, pattern, domain)
  assert.equal(routeFor([...routes, routeTo(9, { pattern: '*.hms.test' })], 'simulator.hms.test' as Domain), null)
})

function routingWith(settings: Settings) {
  const asked: string[] = []
  const resolver: MailResolver = {
    resolve(domain) {
      asked.push(domain)
      return Promise.resolve({
        kind: 'hosts',
        site: 'mx.test',
        hosts: [{ host: 'mx.test', preference: 0, addresses: ['192.0.2.1'] }],
        ttl: 5000,
      })
    },
    addresses: (host) => Promise.resolve({ addresses: [host], trouble: null }),
  }
  const clock = new FakeClock()
  const shared = { settings }
  const config = configWith()
  return {
    routing: new Routing({
      resolver,
      settings: () => shared.settings,
      config,
      rules: newestBook({ settings: () => shared.settings, config, clock, smartRules: NO_RULES }),
      clock,
    }),
    asked,
    clock,
    shared,
  }
}

test('domains of one route have one plan, as long as it is kept', async () => {
  const { routing, clock } = routingWith(
    settingsWith({ routes: [routeTo(2525, { pattern: '*' }), routeTo(2526, { pattern: '*.example.com' })] }),
  )
  const planOf = (domain: string) => routing.plan(domain as Domain)
  const first = await planOf('a.test')
  assert.equal(await planOf('b.test'), first)
  assert.notEqual(await planOf('a.example.com'), first)
  clock.pass(45_000)
  assert.equal(await planOf('c.test'), first)
  // It is as old for all of them.
  clock.pass(20_000)
  const second = planOf('c.test')
  assert.ok(second instanceof Promise)
  assert.notEqual(await second, first)
  assert.deepEqual(await planOf('a.test'), first)
})

test('answers are kept for their time, asked once, and forgotten when the settings change', async () => {
  const { routing, asked, clock, shared } = routingWith(settingsWith())
  const domain = 'd.example' as Domain
  await Promise.all([routing.plan(domain), routing.plan(domain)])
  assert.deepEqual(asked, ['d.example'])
  assert.ok(!(routing.plan(domain) instanceof Promise))
  clock.pass(5001)
  // At which site its mail waits is known all the same, or a site that backs off would be forgotten with the answer.
  const last = routing.last(domain)
  assert.equal(routing.known(domain), undefined)
  assert.equal(last?.kind === 'site' ? last.name : '', 'mx.test')
  await routing.plan(domain)
  assert.equal(asked.length, 2)
  shared.settings = settingsWith({ routes: [routeTo(25)] })
  routing.forget()
  const plan = await routing.plan(domain)
  assert.equal(plan.kind === 'site' ? plan.name : '', 'smtp://127.0.0.1:25')
  assert.equal(asked.length, 2)
})

test('domains share a site only where all that a connection depends on is the same', async () => {
  const login = { user: 'u', password: 'p' }
  const { routing } = routingWith(
    settingsWith({
      routes: [
        routeTo(25, { pattern: 'a.example' }),
        routeTo(25, { pattern: 'b.example' }),
        routeTo(25, { pattern: 'c.example', tls: 'verify' }),
        routeTo(25, { pattern: 'd.example', ...login }),
      ],
    }),
  )
  const keys = await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (name) => {
      const plan = await routing.plan(`${name}.example` as Domain)
      return plan.kind === 'site' ? plan.key : ''
    }),
  )
  assert.equal(keys[0], keys[1])
  assert.equal(new Set(keys).size, 3)
})

test('the simulator is where it listens, and off where it does not', async () => {
  const { routing } = routingWith(settingsWith({ routes }))
  const plan = await routing.plan('simulator.hms.test' as Domain)
  assert.deepEqual(plan.kind === 'site' ? [plan.hosts[0]?.addresses, plan.port] : null, [['127.0.0.1'], 2526])
})
