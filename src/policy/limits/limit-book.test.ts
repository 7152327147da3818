import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rank } from '../../contract/priority.ts'
import { chance } from '../../../testkit/chance.ts'
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
  return new LimitBook({ save: null, blindSince: null, share: 0, ...change })
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

// Shares for higher priorities

const MINUTE = 60_000

/** What each rank got in each minute, asking whenever it may; the highest first. */
function compete(limits: LimitBook, ask: LimitAsk, ranks: readonly Rank[], minutes: number): number[][] {
  const got: number[][] = []
  for (let minute = 0; minute < minutes; minute++) {
    const row = [0, 0, 0]
    for (let now = START + minute * MINUTE; now < START + (minute + 1) * MINUTE; now += 25)
      for (const rank of ranks)
        for (let i = 0; i < 3 && limits.ask([ask], 0, now, rank).kind === 'granted'; i++) row[rank] = (row[rank] ?? 0) + 1
    got.push(row)
  }
  return got
}

const column = (got: readonly number[][], rank: Rank): number => got.reduce((sum, row) => sum + (row[rank] ?? 0), 0)

test('bulk alone leaves a tenth free, normal and high alone use all of it', () => {
  for (const limit of [10, 55, 600, 5000])
    for (const rank of [0, 1, 2] as const) {
      const all = column(compete(book({ share: 0.1 }), rate('m', limit, { burst: 1 }), [rank], 10), rank)
      const allowed = rank === 0 ? limit - Math.floor(limit * 0.1) : limit
      assert.ok(all <= allowed * 10 + limit && all >= 0.97 * allowed * 10 - 2, `limit ${limit}, rank ${rank}: ${all} of ${allowed * 10}`)
    }
})

test('what is kept is there at once when somebody of high priority comes, and bulk gets no less than the rest', () => {
  const limits = book({ share: 0.1 })
  const ask = rate('m', 600, { burst: 1 })
  compete(limits, ask, [0], 5)
  const now = START + 5 * MINUTE
  let high = 0
  while (limits.ask([ask], 0, now, 2).kind === 'granted') high++
  assert.ok(high >= 60 && high <= 62, `${high} at once`)
  let bulk = 0
  for (let at = now; at < now + MINUTE; at += 25) if (limits.ask([ask], 0, at, 0).kind === 'granted') bulk++
  assert.ok(bulk >= 0.97 * 540 - high + 60, `${bulk} of 540`)
})

test('in no window is there more than the limit, whoever asks when, and who is higher never gets less', () => {
  const random = chance(11)
  for (let round = 0; round < 40; round++) {
    const limit = 1 + Math.floor(random() ** 2 * 400)
    const limits = book({ share: [0.1, 0.25, 0.5][round % 3] ?? 0.1 })
    const ask = rate('m', limit, { burst: round % 2 === 0 ? 1 : limit })
    const taken: number[] = []
    let phase: readonly Rank[] = [1]
    for (let now = START; now < START + 6 * MINUTE; now += 20 + Math.floor(random() * 30)) {
      // Who sends changes now and then: with it what is kept.
      if (random() < 0.002) phase = ([[0], [1], [2], [0, 1], [0, 2], [0, 1, 2]] as const)[Math.floor(random() * 6)] ?? [1]
      const rank = phase[Math.floor(random() * phase.length)] ?? 1
      const answer = limits.ask([ask], 0, now, rank)
      if (answer.kind === 'refused') {
        assert.ok(answer.until > now)
        continue
      }
      if (random() < 0.05) limits.giveBack(answer)
      else taken.push(now)
    }
    for (let i = limit; i < taken.length; i++)
      assert.ok((taken[i] ?? 0) - (taken[i - limit] ?? 0) >= MINUTE, `round ${round}: more than ${limit} within a minute`)
  }
})

test('octets larger than what is left beside the share go all the same, and count whole', () => {
  const limits = book({ share: 0.1 })
  const ask = rate('bytes', 1_000_000, { counts: 'octets', burst: 1_000_000 })
  assert.equal(limits.ask([ask], 950_000, START, 0).kind, 'granted')
  granted(limits.ask([ask], 50_000, START + 1, 2))
  assert.equal(limits.ask([ask], 10, START + 2, 2).kind, 'refused')
  assert.equal(limits.ask([ask], 950_000, START + 30_000, 0).kind, 'refused')
})

test('of connections a share is kept, taken first by whom it is for, and none of a limit that is too small', () => {
  const limits = book({ share: 0.1 })
  const ask = [held('c', 20)]
  const low = Array.from({ length: 18 }, () => granted(limits.ask(ask, 0, START, 0)))
  assert.equal(limits.ask(ask, 0, START, 0).kind, 'refused')
  const normal = granted(limits.ask(ask, 0, START, 1))
  const high = granted(limits.ask(ask, 0, START, 2))
  assert.deepEqual([normal.kept, high.kept], [[1], [1]])
  limits.release(normal)
  // There was high mail: what is kept is not for normal mail now.
  assert.equal(limits.ask(ask, 0, START, 1).kind, 'refused')
  granted(limits.ask(ask, 0, START, 2))
  limits.release(low[0] ?? high)
  assert.equal(limits.ask(ask, 0, START, 2).kind, 'granted')
  assert.equal(limits.ask(ask, 0, START, 0).kind, 'refused')
  const one = [held('one', 1)]
  const only = granted(limits.ask(one, 0, START, 0))
  assert.equal(limits.ask(one, 0, START, 2).kind, 'refused')
  limits.release(only)
  granted(limits.ask(one, 0, START, 2))
})

test('after a crash what was kept counts as used', () => {
  const ask = rate('m', 100, { burst: 1 })
  const next = book({ share: 0.1, blindSince: START })
  let taken = 0
  for (let now = START; now < START + MINUTE; now += 20) if (next.ask([ask], 0, now, 2).kind === 'granted') taken++
  assert.ok(taken <= 90, `${taken} in the first minute`)
})

test('high mail at random waits less than a second behind bulk that is late as timers are, and bulk loses no more than the share', () => {
  const random = chance(31)
  for (const limit of [60, 600, 6000]) {
    const limits = book({ share: 0.1 })
    const ask = rate('m', limit, { burst: 1 })
    const step = MINUTE / limit
    let [bulk, high, longest] = [0, 0, 0]
    let [bulkAt, highAt] = [START, START + 2 * MINUTE]
    let since = highAt
    for (let now = START; now < START + 12 * MINUTE; now = Math.min(bulkAt, highAt)) {
      if (now >= highAt) {
        const answer = limits.ask([ask], 0, now, 2)
        if (answer.kind === 'refused') highAt = answer.until
        else {
          longest = Math.max(longest, now - since)
          high++
          // Half of what is kept, at any moments.
          since = highAt = now + Math.ceil(2 * random() * step * 20)
        }
      } else {
        const answer = limits.ask([ask], 0, now, 0)
        if (answer.kind === 'granted') bulk++
        else bulkAt = answer.until + Math.floor(random() * 40)
      }
    }
    assert.ok(high >= 20 && longest <= 1000, `limit ${limit}: high mail waited ${longest} ms`)
    assert.ok(bulk >= 0.98 * 0.9 * limit * 12 - 2, `limit ${limit}: bulk had ${bulk} of ${0.9 * limit * 12}`)
  }
})
