import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'node:test'
import { issue, type Issued, tlsaData } from '../../../testkit/authority.ts'
import { daneProblem, isUsable, type Tlsa } from './tlsa.ts'

const root = issue({ subject: 'root', isAuthority: true }, null)
const middle = issue({ subject: 'middle', isAuthority: true }, root)
const leaf = issue({ subject: 'leaf', names: ['mx.test', '*.wild.test'] }, middle)
const CHAIN = [leaf, middle, root]
const DAY = 86_400_000

function record(usage: number, selector: number, matching: number, of: Issued): Tlsa {
  return { usage, selector, matching, data: tlsaData(of, selector, matching) }
}

const problem = (records: readonly Tlsa[], chain: readonly Issued[] = CHAIN, name = 'mx.test', at = 0): string | null =>
  daneProblem(records, { chain: chain.map(({ der }) => der), names: [name], now: Date.now() + at })

test('usage 3 names the certificate or its key, whatever its names and dates', () => {
  const old = issue({ subject: 'old', names: ['else.test'], from: -20, to: -10 }, null)
  for (const selector of [0, 1])
    for (const matching of [0, 1, 2]) {
      const own = record(3, selector, matching, leaf)
      assert.ok(isUsable(own))
      assert.equal(problem([own]), null)
      assert.equal(problem([own], [leaf], 'another.test', 400 * DAY), null)
      assert.equal(problem([record(3, selector, matching, old)], [old]), null)
      assert.match(problem([own], [middle, root]) ?? '', /no TLSA record matches/)
      // The certificate of an authority is not the server's own.
      assert.match(problem([record(3, selector, matching, middle)]) ?? '', /no TLSA record matches/)
    }
})

test('usage 2 names an authority above the certificate, which must be for the host and within its dates', () => {
  for (const anchor of [middle, root])
    for (const selector of [0, 1])
      for (const matching of [0, 1, 2]) {
        const above = record(2, selector, matching, anchor)
        assert.equal(problem([above]), null)
        assert.equal(problem([above], CHAIN, 'a.wild.test'), null)
        assert.match(problem([above], CHAIN, 'a.b.wild.test') ?? '', /another name/)
        assert.match(problem([above], CHAIN, 'mx.test', 31 * DAY) ?? '', /not valid now/)
        assert.match(problem([above], CHAIN, 'mx.test', -2 * DAY) ?? '', /not valid now/)
        // What is in the record whole need not be shown.
        const without = CHAIN.filter((one) => one !== anchor && (anchor === middle ? one !== root : true))
        assert.equal(problem([above], without), matching === 0 ? null : 'no TLSA record matches a certificate of the chain')
      }
  assert.match(problem([record(2, 1, 1, leaf)]) ?? '', /no TLSA record matches/, 'the own certificate is no anchor')
})

test('a chain proves nothing where a link is not signed, is no authority, or is over', () => {
  const anchor = [record(2, 0, 1, root)]
  const forged = issue({ subject: 'middle', isAuthority: true }, null)
  assert.match(problem(anchor, [leaf, forged, root]) ?? '', /no TLSA record matches/)
  const plain = issue({ subject: 'plain', names: ['x.test'] }, root)
  const below = issue({ subject: 'below', names: ['mx.test'] }, plain)
  assert.match(problem(anchor, [below, plain, root]) ?? '', /no TLSA record matches/)
  const over = issue({ subject: 'over', isAuthority: true, from: -20, to: -10 }, root)
  assert.match(problem(anchor, [issue({ subject: 'leaf', names: ['mx.test'] }, over), over, root]) ?? '', /CN=over is not valid now/)
  assert.match(problem(anchor, [issue({ subject: 'alone', names: ['mx.test'] }, null), middle, root]) ?? '', /no TLSA record matches/)
})

test('one record that matches is enough; what is shown beyond all bounds, or nonsense, is no proof', () => {
  assert.equal(problem([record(3, 1, 1, root), record(2, 0, 2, root)]), null)
  assert.match(problem([record(3, 1, 1, leaf)], []) ?? '', /no certificate/)
  assert.match(daneProblem([record(3, 1, 1, leaf)], { chain: [Buffer.from('no')], names: [], now: 0 }) ?? '', /cannot be read/)
  const many = Array.from({ length: 200 }, () => middle)
  assert.match(problem([record(2, 0, 1, root)], [leaf, ...many, root]) ?? '', /no TLSA record matches/)
})

test('what cannot be used is told from what can', () => {
  const data = 'ab'.repeat(32)
  for (const usage of [0, 1, 4, 255]) assert.ok(!isUsable({ usage, selector: 1, matching: 1, data }))
  for (const [selector, matching, its] of [
    [2, 1, data],
    [1, 3, data],
    [1, 1, data.slice(2)],
    [1, 2, data],
    [1, 0, ''],
    [1, 1, ''],
  ] as const)
    assert.ok(!isUsable({ usage: 3, selector, matching, data: its }))
})

test('whatever records and certificates say, it is judged without an error', () => {
  for (let i = 0; i < 300; i++) {
    const octets = Buffer.from(leaf.der)
    for (let n = randomInt(1, 6); n > 0; n--) octets[randomInt(octets.length)] = randomInt(256)
    const records = [2, 3].map((usage) => ({
      usage,
      selector: randomInt(2),
      matching: 0,
      data: randomBytes(randomInt(200)).toString('hex'),
    }))
    assert.notEqual(daneProblem(records, { chain: [octets, middle.der], names: ['mx.test'], now: Date.now() }), null)
  }
})
