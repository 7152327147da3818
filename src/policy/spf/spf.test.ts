import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkSpf, type SpfLookups, type SpfResult } from './check.ts'
import { expandMacros } from './macros.ts'
import { parseSpf } from './record.ts'

interface Zone {
  readonly txt?: readonly string[]
  readonly a?: readonly string[]
  readonly aaaa?: readonly string[]
  readonly mx?: readonly string[]
  readonly down?: true
}

function lookups(zones: Readonly<Record<string, Zone>>): SpfLookups {
  const ask = (name: string, key: 'txt' | 'a' | 'aaaa' | 'mx'): Promise<readonly string[] | null> =>
    Promise.resolve(zones[name]?.down === true ? null : (zones[name]?.[key] ?? []))
  return {
    txt: (name) => ask(name, 'txt'),
    addresses: (name, family) => ask(name, family === 4 ? 'a' : 'aaaa'),
    mx: (name) => ask(name, 'mx'),
  }
}

const ask = (zones: Readonly<Record<string, Zone>>, address = '192.0.2.1', domain = 'd.test'): Promise<SpfResult> =>
  checkSpf({ address, domain, sender: `who@${domain}`, helo: 'mta.test' }, lookups(zones))

test('each mechanism, with its qualifier, as the standard has it', async () => {
  const cases: readonly (readonly [string, Zone | Record<string, Zone>, string])[] = [
    ['v=spf1 ip4:192.0.2.0/24 -all', {}, 'pass'],
    ['v=spf1 ip4:198.51.100.0/24 -all', {}, 'fail'],
    ['V=SPF1 ip6:2001:db8::/32 ~all', {}, 'softfail'],
    ['v=spf1 ?all', {}, 'neutral'],
    ['v=spf1', {}, 'neutral'],
    ['v=spf1 a -all', { 'd.test': { a: ['192.0.2.1'] } }, 'pass'],
    ['v=spf1 a:h.test/24 -all', { 'h.test': { a: ['192.0.2.77'] } }, 'pass'],
    ['v=spf1 mx -all', { 'd.test': { mx: ['m.test'] }, 'm.test': { a: ['192.0.2.1'] } }, 'pass'],
    ['v=spf1 include:i.test -all', { 'i.test': { txt: ['v=spf1 ip4:192.0.2.1 -all'] } }, 'pass'],
    ['v=spf1 include:i.test -all', { 'i.test': { txt: ['v=spf1 -all'] } }, 'fail'],
    ['v=spf1 include:i.test -all', { 'i.test': {} }, 'permerror'],
    ['v=spf1 redirect=r.test', { 'r.test': { txt: ['v=spf1 ip4:192.0.2.1 -all'] } }, 'pass'],
    ['v=spf1 exists:%{i}.list.test -all', { '192.0.2.1.list.test': { a: ['127.0.0.2'] } }, 'pass'],
    ['v=spf1 ptr -all', {}, 'fail'],
    ['v=spf1 bogus:x -all', {}, 'permerror'],
    ['v=spf1 ip4:192.0.2.1/24 unknown=x -all', {}, 'pass'],
    ['v=spf1 a:down.test -all', { 'down.test': { down: true } }, 'temperror'],
  ]
  for (const [record, more, expected] of cases) {
    const zones = more as Record<string, Zone>
    const { result } = await ask({ ...zones, 'd.test': { txt: [record], ...zones['d.test'] } })
    assert.equal(result, expected, record)
  }
  assert.equal((await ask({ 'd.test': { txt: ['v=spf1 ip6:2001:db8::/32 -all'] } }, '2001:db8::1')).result, 'pass')
  assert.equal((await ask({ 'd.test': { txt: ['v=spf1 a//64 -all'], aaaa: ['2001:db8::9'] } }, '2001:db8::1')).result, 'pass')
  assert.equal((await ask({ 'd.test': { txt: ['v=spf10 -all', 'something else'] } })).result, 'none')
  assert.equal((await ask({ 'd.test': { txt: ['v=spf1 -all', 'v=spf1 +all'] } })).result, 'permerror')
})

test('a record that costs receivers more than they give is none: look-ups, empty answers, circles', async () => {
  const chain = (count: number): Record<string, Zone> =>
    Object.fromEntries(
      Array.from({ length: count + 1 }, (_, n) => [
        n === 0 ? 'd.test' : `n${n}.test`,
        { txt: [n === count ? 'v=spf1 ip4:192.0.2.1 -all' : `v=spf1 include:n${n + 1}.test -all`] },
      ]),
    )
  assert.deepEqual(await ask(chain(10)).then(({ result, lookups: count }) => [result, count]), ['pass', 10])
  const over = await ask(chain(11))
  assert.deepEqual([over.result, over.why], ['permerror', 'it takes more than 10 look-ups'])
  assert.equal((await ask({ 'd.test': { txt: ['v=spf1 include:d.test -all'] } })).result, 'permerror')
  assert.equal((await ask({ 'd.test': { txt: ['v=spf1 a:x.test a:y.test a:z.test -all'] } })).result, 'permerror')
  assert.ok('problem' in parseSpf(`v=spf1 ${'a '.repeat(201)}`))
})

test('macros', () => {
  const facts = { address: '192.0.2.3', sender: 'strong-bad@email.example.com', helo: 'mta.test' }
  // The examples of rfc:7208#7.4.
  for (const [text, expected] of [
    ['%{s}', 'strong-bad@email.example.com'],
    ['%{d2}', 'example.com'],
    ['%{dr}', 'com.example.email'],
    ['%{l-}', 'strong.bad'],
    ['%{lr-}', 'bad.strong'],
    ['%{ir}.%{v}._spf.%{d2}', '3.2.0.192.in-addr._spf.example.com'],
    ['%{lr-}.lp._spf.%{d2}', 'bad.strong.lp._spf.example.com'],
    ['a%%b', 'a%b'],
  ] as const)
    assert.equal(expandMacros(text, facts, 'email.example.com'), expected)
  const v6 = { ...facts, address: '2001:db8::cb01' }
  assert.equal(expandMacros('%{ir}.%{v}', v6, 'email.example.com'), '1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6')
})
