import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Domain } from '../../base/brand.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { Newcomers } from './newcomers.ts'
import type { Plan } from './routing.ts'

const domain = (n: number): Domain => `d${n}.example` as Domain

function planOf(name: string): Plan {
  return { kind: 'site', key: name, name, hosts: [], port: 25, implicitTls: false, auth: null, reachedBy: 'mx' }
}

/** Look-ups are answered when the test says so. */
function surroundings(places: { awaited: number }, there: ReadonlySet<string> = new Set()) {
  const clock = new FakeClock()
  const known = new Map<Domain, Plan>()
  const asked = new Map<Domain, PromiseWithResolvers<Plan>>()
  const woken: Domain[] = []
  const routing = {
    last: (one: Domain) => known.get(one),
    plan: (one: Domain) => {
      const asking = asked.get(one) ?? Promise.withResolvers<Plan>()
      asked.set(one, asking)
      return asking.promise
    },
    get asking() {
      return asked.size
    },
  }
  const answer = (one: Domain): void => {
    const plan = planOf(one)
    known.set(one, plan)
    asked.get(one)?.resolve(plan)
    asked.delete(one)
  }
  const sites = { isThere: (name: string) => there.has(name) }
  const newcomers = new Newcomers({ clock, routing, sites, places, wake: (one) => void woken.push(one) })
  return { clock, asked, woken, answer, newcomers }
}

test('a bounded number of domains is looked up ahead of their mail, the others come in by turns as answers come', async () => {
  const { clock, asked, woken, answer, newcomers } = surroundings({ awaited: 0 })
  for (let n = 0; n < 2000; n++) assert.ok(newcomers.staysOut(domain(n)))
  assert.equal(asked.size, 500)
  clock.pass(1000)
  assert.deepEqual(woken, [])
  for (const one of [...asked.keys()].slice(0, 10)) answer(one)
  await turn()
  assert.equal(woken.length, 10)
  assert.ok(!newcomers.staysOut(domain(0)))
  clock.pass(20)
  // As many as were answered; they ask when they wake.
  assert.deepEqual(woken.slice(10), [500, 501, 502, 503, 504, 505, 506, 507, 508, 509].map(domain))
})

test('while very many sites wait for a connection, mail of domains without one stays on disk, that of others does not', () => {
  const places = { awaited: 500 }
  const { clock, woken, answer, newcomers } = surroundings(places, new Set(['d1.example']))
  answer(domain(0))
  answer(domain(1))
  assert.ok(newcomers.staysOut(domain(0)))
  assert.ok(!newcomers.staysOut(domain(1)))
  clock.pass(1000)
  assert.deepEqual(woken, [])
  places.awaited = 499
  clock.pass(20)
  assert.deepEqual(woken, [domain(0)])
  assert.ok(!newcomers.staysOut(domain(0)))
})
