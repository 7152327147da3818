import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessageId } from '../../base/brand.ts'
import { formatEpoch, formatMessageId } from '../../base/message-id.ts'
import type { ShardId } from '../../base/brand.ts'
import { Choice, poolNumber } from './choice.ts'

const IDS = Array.from({ length: 20_000 }, (_unused, n): MessageId => formatMessageId(formatEpoch(12_345), 3 as ShardId, n + 1))
const all = (): boolean => true

function shares(choice: Choice<{ name: string; weight: number }>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const id of IDS) {
    const name = choice.of(id, all)?.name ?? ''
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

test('each source has its share by weight, whatever the others are called', () => {
  for (const weights of [
    { a: 1, b: 1 },
    { a: 1, b: 2, c: 7 },
    { mta1: 100, mta2: 1 },
    Object.fromEntries(IDS.slice(0, 20).map((id) => [id, 1])),
  ]) {
    const members = Object.entries(weights).map(([name, weight]) => ({ name, weight }))
    const whole = members.reduce((sum, { weight }) => sum + weight, 0)
    const found = shares(new Choice(members))
    for (const { name, weight } of members) {
      const wanted = (IDS.length * weight) / whole
      // Five times the standard deviation of a fair draw; the ids are always the same.
      const most = 5 * Math.sqrt(wanted * (1 - weight / whole))
      assert.ok(Math.abs((found.get(name) ?? 0) - wanted) <= most, `${name}: ${found.get(name)} of ${wanted}`)
    }
  }
})

test('without one source its mail alone goes elsewhere, spread over the others, and comes back to it', () => {
  const members = ['a', 'b', 'c', 'd'].map((name) => ({ name, weight: 1 }))
  const choice = new Choice(members)
  const spread = new Set<string>()
  for (const id of IDS) {
    const before = choice.of(id, all)?.name
    const without = choice.of(id, ({ name }) => name !== 'b')?.name ?? ''
    if (before === 'b') spread.add(without)
    else assert.equal(without, before)
    assert.equal(new Choice(members.toReversed()).of(id, all)?.name, before, 'in whatever order they are written')
  }
  assert.deepEqual([...spread].toSorted(), ['a', 'c', 'd'])
  assert.equal(
    choice.of(IDS[0] as MessageId, () => false),
    null,
  )
})

test('the number of a pool is the same tomorrow', () => {
  assert.equal(poolNumber('bulk'), poolNumber('bulk'))
  assert.notEqual(poolNumber('bulk'), poolNumber('news'))
  for (const name of ['a', 'bulk', 'x'.repeat(100)]) assert.ok(poolNumber(name) >= 1 && poolNumber(name) < 2 ** 30)
})
