import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BlockRule, EffectPlace, EffectReport, Happening, HeldEffect } from '../../contract/blocks.ts'
import { EffectBook } from './effect-book.ts'
import { happeningWords, listed } from './effect-words.ts'
import { easeOf } from './holding.ts'
import { keyOf, placeFor, PlaceIndex, placeWords } from './places.ts'
import { ON_THE_WAY } from './rule-state.ts'

const MINUTE = 60_000
const START = 1_000_000_000_000

function block(change: Partial<BlockRule> = {}): BlockRule {
  const usual = { name: 'b', match: 'blocked', priority: 0, onlyAlert: false, scope: ['site'], action: 'pause', to: 1 } as const
  return { ...usual, pause: 30 * MINUTE, recovery: 10 * MINUTE, ...change }
}

function report(change: Partial<EffectReport> = {}): EffectReport {
  const usual = { ruleKey: 'mta r', rule: 'r', block: block(), place: { site: 'mx' }, cause: '421 blocked' }
  return { ...usual, rate: 100, connections: 8, ...change }
}

/** Seeded: a failure is met again. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below
}

const kinds = (happenings: readonly Happening[]): string[] => happenings.map(({ kind, by }) => `${kind} by ${by}`)

test('what begins, is tightened, made longer and ended is told each time with who did it', () => {
  const book = new EffectBook()
  const begun = book.report(report(), START)
  const [{ effect: { id } } = assert.fail()] = begun
  assert.deepEqual(kinds(begun), ['begun by rule r'])
  assert.deepEqual(book.report(report(), START + 1), [])
  assert.deepEqual(kinds(book.report(report(), START + ON_THE_WAY)), ['tightened by rule r'])
  const longer = book.change(id, START + 90 * MINUTE, 'ann', START + 2 * MINUTE)
  assert.deepEqual(kinds(longer), ['extended by ann'])
  assert.deepEqual(book.change(id, START + 90 * MINUTE, 'ann', START + 2 * MINUTE), [])
  assert.match(longer.map(happeningWords).join(), /^mx: delivery paused until .* by the block "b" of the rule r, as ann asked$/)
  assert.equal(book.nextOver(), START + 100 * MINUTE)
  assert.deepEqual(kinds(book.change(id, null, 'bob', START + 3 * MINUTE)), ['ended by bob'])
  assert.deepEqual([book.change(id, null, 'bob', START + 3 * MINUTE), book.nextOver(), book.held(START + 3 * MINUTE)], [[], null, []])
  book.report(report(), START + 4 * MINUTE)
  assert.deepEqual(kinds(book.over(START + 44 * MINUTE)), ['ended by time'])
})

test('what holds after any course of things holds in a book that remembers it, and lets as much leave at any time', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const draw = random(seed)
    const book = new EffectBook()
    const saved = new Map<string, HeldEffect>()
    let now = START
    for (let n = 0; n < 40; n++) {
      now += draw(15 * MINUTE)
      const action = (['pause', 'slow', 'connections', 'fail'] as const)[draw(4)] ?? 'pause'
      const made = block({ action, to: 1 + draw(20), priority: draw(3), ...(draw(2) === 0 && { factor: 2 }) })
      const site = `mx${draw(3)}`
      const happened =
        draw(8) === 0
          ? [...saved.keys()].slice(0, 1).flatMap((id) => book.change(id, draw(2) === 0 ? null : now + draw(60) * MINUTE, 'x', now))
          : []
      for (const { kind, effect } of [...happened, ...book.over(now), ...book.report(report({ block: made, place: { site } }), now)]) {
        if (kind === 'ended') saved.delete(effect.id)
        else saved.set(effect.id, effect)
      }
      const again = new EffectBook()
      again.restore([...saved.values()])
      for (const later of [now, now + draw(40 * MINUTE), now + draw(300 * MINUTE)]) {
        const all = (from: EffectBook): unknown =>
          from
            .held(later)
            .map((effect) => [effect.id, easeOf(effect.holding, later), listed(effect, later)])
            .toSorted()
        assert.deepEqual(all(again), all(book), `seed ${seed}`)
      }
    }
  }
})

test('while it recovers as much is added at each step; what is said again leaves at most half, down to one', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const draw = random(seed)
    const action = draw(2) === 0 ? 'slow' : 'connections'
    const made = block({ action, to: 1 + draw(500), recovery: 10 * MINUTE * (1 + draw(5)) })
    const book = new EffectBook()
    book.report(report({ block: made }), START)
    const allowed = (now: number): number => {
      const [effect] = book.held(now)
      if (effect === undefined) return Infinity
      const { perMinute, connections } = easeOf(effect.holding, now)
      return Math.min(perMinute, connections)
    }
    let now = START
    for (let n = 0; n < 20; n++) {
      const [{ holding } = assert.fail()] = book.held(now)
      const step = made.recovery / 10
      const steps = Array.from({ length: 9 }, (_unused, i) => allowed(holding.until + (i + 1) * step) - allowed(holding.until + i * step))
      // Additive: ten times the same.
      assert.deepEqual(new Set(steps), new Set([holding.level]), `seed ${seed}`)
      assert.equal(allowed(holding.until) - allowed(holding.until - 1), holding.level)
      assert.equal(allowed(holding.recoversUntil), Infinity)
      // Multiplicative: half of what left, wherever in its course it is.
      now = holding.changedAt + ON_THE_WAY + draw(holding.recoversUntil - holding.changedAt - ON_THE_WAY)
      const before = allowed(now)
      assert.deepEqual(kinds(book.report(report({ block: made }), now)), ['tightened by rule r'])
      assert.equal(allowed(now), Math.max(1, Math.floor(before / 2)), `seed ${seed}`)
    }
  }
})

test('a factor divides what there was, and leaves one', () => {
  const level = (change: Partial<BlockRule>, of: Partial<EffectReport>): number | undefined =>
    new EffectBook().report(report({ block: block(change), ...of }), START)[0]?.effect.holding.level
  assert.equal(level({ action: 'slow', factor: 2 }, { rate: 101 }), 50)
  assert.equal(level({ action: 'connections', factor: 4 }, { connections: 10 }), 2)
  assert.equal(level({ action: 'slow', factor: 10 }, { rate: 3 }), 1)
})

test('each place has its own, and one rule one block at each of them', () => {
  const book = new EffectBook()
  for (const place of [{ site: 'a' }, { site: 'b' }, { site: 'a', account: '1001' }, { site: 'a', source: 'x' }] as EffectPlace[])
    assert.equal(book.report(report({ place }), START).length, 1)
  assert.deepEqual(book.report(report({ place: { site: 'a' }, block: block({ name: 'other' }) }), START + 1), [])
  assert.equal(book.report(report({ place: { site: 'a' }, ruleKey: 'mta s' }), START + 1).length, 1)
  assert.equal(new Set(book.held(START + 1).map(({ id }) => id)).size, 5)
})

test('a place is what mail has in common with what was refused; nothing is everywhere', () => {
  const mail = { site: 'mx', provider: 'big', source: 'a', account: '1001', mailing: 'm 1' }
  assert.deepEqual(placeFor(['provider', 'source'], mail), { provider: 'big', source: 'a' })
  assert.deepEqual(placeFor(['mailing'], mail), { account: '1001', mailing: 'm 1' })
  const { mailing: _mailing, provider: _provider, ...lone } = mail
  assert.deepEqual(placeFor(['mailing', 'provider'], lone), { site: 'mx', account: '1001' })
  for (const scope of ['account', 'mailing', 'provider', 'site'] as const)
    assert.deepEqual(placeFor([scope], { site: 'mx', source: 'a' }), { site: 'mx' }, scope)
  assert.deepEqual(
    [
      { site: 'mx', source: 'default' },
      { provider: 'big', source: 'b' },
      { account: '1', mailing: 'm' },
    ].map(placeWords),
    ['mx', 'all sites of big from b', 'mailing m of account 1'],
  )
})

test('what holds for mail is found by whatever of it a place names, however many there are', () => {
  const index = new PlaceIndex<string>()
  const places: EffectPlace[] = [{ site: 'a' }, { site: 'b' }, { provider: 'p', source: 'x' }, { source: 'x' }, { site: 'a', account: '1' }]
  for (const place of places) index.put(place, 'id', keyOf(place))
  const find = (of: EffectPlace, ofMail: boolean): string[] => index.find(of, ofMail).toSorted()
  assert.deepEqual(find({ site: 'a', source: 'y' }, false), ['site=a'])
  assert.deepEqual(find({ site: 'c', provider: 'p', source: 'x' }, false), ['provider=p\nsource=x', 'source=x'])
  assert.deepEqual(find({ site: 'a', source: 'y', account: '1' }, true), ['site=a\naccount=1'])
  assert.deepEqual(find({ site: 'a', source: 'y', account: '2' }, true), [])
  for (const place of places) index.remove(place, 'id')
  assert.ok(index.isEmpty)
})

test('a storm at more places than are kept lets the oldest go, and says so', () => {
  const book = new EffectBook()
  const ended: Happening[] = []
  for (let n = 0; n < 10_050; n++)
    ended.push(...book.report(report({ place: { site: `mx${n}` } }), START).filter(({ kind }) => kind === 'ended'))
  assert.equal(book.size, 10_000)
  assert.deepEqual([ended.length, ended[0]?.effect.place.site, ended[0]?.by], [50, 'mx0', 'want of room'])
})
