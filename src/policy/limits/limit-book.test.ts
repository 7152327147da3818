import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Grant, type LimitAsk, LimitBook, type Refusal } from './limit-book.ts'

const START = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000

function rate(key: string, limit: number, change: Partial<LimitAsk> = {}): LimitAsk {
  return { key, limit, span: 60_000, burst: limit, counts: 'one', ...change }
}
const held = (key: string, limit: number): LimitAsk => ({ key, limit, span: null, burst: 1, counts: 'one' })

function granted(answer: Grant | Refusal): Grant {
  if (answer.kind === 'refused') assert.fail(`refused by ${answer.which.key} until ${answer.until}`)
  return answer
}

function book(change: Partial<ConstructorParameters<typeof LimitBook>[0]> = {}): LimitBook {
  return new LimitBook({ save: null, blindSince: null, ...change })
}

test('several limits are asked for at once, all or nothing, and the one that binds longest is named', () => {
  const limits = book()
  const asks = [rate('a', 3), rate('b', 1), held('c', 5)]
  granted(limits.ask(asks, 0, START))
  const refused = limits.ask(asks, 0, START + 1)
  assert.equal(refused.kind, 'refused')
  assert.equal(refused.kind === 'refused' && refused.which.key, 'b')
  // Nothing of the refused was taken.
  assert.equal(limits.heldBy('c'), 1)
  for (let i = 0; i < 2; i++) granted(limits.ask([rate('a', 3)], 0, START + 2))
  assert.equal(limits.ask([rate('a', 3)], 0, START + 3).kind, 'refused')
})

test('what is held is counted until it is released, and a refusal of it has no time', () => {
  const limits = book()
  const first = granted(limits.ask([held('c', 1)], 0, START))
  assert.deepEqual(limits.ask([held('c', 1)], 0, START + HOUR), { kind: 'refused', which: held('c', 1), until: Infinity })
  limits.release(first)
  granted(limits.ask([held('c', 1)], 0, START + HOUR))
})

test('hours and days are taken out of a reserve that was saved before, and a crash costs at most that', () => {
  let asked = 0
  const limits = book({ save: () => asked++ })
  const day = rate('messages_per_day', 1000, { span: 24 * HOUR })
  assert.equal(limits.ask([day], 0, START).kind, 'refused')
  assert.equal(asked, 1)
  const rows = limits.unsaved(START)
  assert.equal(limits.ask([day], 0, START).kind, 'refused')
  limits.saved(rows)
  let sent = 0
  let onDisk = rows
  for (let now = START; sent < 457; now += 10) {
    if (limits.ask([day], 0, now).kind === 'granted') sent++
    const more = limits.unsaved(now)
    if (more.length === 0) continue
    onDisk = JSON.parse(JSON.stringify(more))
    limits.saved(more)
  }
  // Killed here. The next one may have counted too much, and never too little.
  const next = book({ save: () => {}, blindSince: START + HOUR })
  next.restore(onDisk, START + HOUR)
  let left = 0
  for (let now = START + HOUR; now < START + 2 * HOUR; now += 10) {
    if (next.ask([day], 0, now).kind === 'granted') left++
    next.saved(next.unsaved(now))
  }
  assert.ok(sent + left <= 1000 && sent + left >= 980, `${sent} and ${left}`)
})

test('scopes that have nothing to remember go, those that have stay', () => {
  const limits = book()
  for (let i = 0; i < 20_000; i++) granted(limits.ask([rate(`messages_per_minute site=${i}`, 5)], 0, START + i * 100))
  assert.ok(limits.size < 4000, `${limits.size} scopes of some 650 that count`)
  const busy = [rate('messages_per_minute busy', 2)]
  const now = START + 3_000_000
  granted(limits.ask(busy, 0, now))
  granted(limits.ask(busy, 0, now))
  for (let i = 0; i < 1000; i++) granted(limits.ask([rate(`other ${i}`, 5)], 0, now + i))
  assert.equal(limits.ask(busy, 0, now + 1000).kind, 'refused')
})

test('what did not happen is given back, held or taken', () => {
  const limits = book()
  const asks = [rate('a', 1), held('c', 1)]
  limits.giveBack(granted(limits.ask(asks, 0, START)))
  granted(limits.ask(asks, 0, START + 1))
})
