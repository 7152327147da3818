import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BlockRule } from '../../contract/blocks.ts'
import { readRulesText } from '../rules/read.ts'
import { describeRulesProblem } from '../rules/reader.ts'
import { writeRulesDocument } from '../rules/write.ts'
import { BlockMatcher, blockText } from './matching.ts'
import { AT_EASE, type Ease, easeOf, LONGEST_PAUSE, nextChangeOf, tightest } from './holding.ts'
import { scopeOf } from './places.ts'
import { ON_THE_WAY, RuleState } from './rule-state.ts'
import { writtenBlock } from './write-block.ts'

const MINUTE = 60_000
const START = 1_000_000_000

function block(change: Partial<BlockRule> = {}): BlockRule {
  const usual = { name: 'b', match: 'blocked', priority: 0, onlyAlert: false, scope: ['site', 'source'], action: 'pause', to: 1 } as const
  return { ...usual, pause: 30 * MINUTE, recovery: 10 * MINUTE, ...change }
}

const NOTHING = { rate: 0, connections: 0 }

function easeAt(state: RuleState, now: number): Ease {
  const holding = state.holding(now)
  return holding === null ? AT_EASE : easeOf(holding, now)
}

/** Seeded: a failure is met again. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below
}

test('a pause holds everything back, and afterwards one connection more goes at each step instead of a wave', () => {
  const state = new RuleState()
  assert.equal(state.matched(block(), NOTHING, START), 'begun')
  const end = START + 30 * MINUTE
  assert.equal(easeAt(state, START).pausedUntil, end)
  assert.equal(easeAt(state, end - 1).pausedUntil, end)
  assert.deepEqual(
    [0, 1, 2, 9].map((step) => easeAt(state, end + step * MINUTE)),
    [1, 2, 3, 10].map((connections) => ({ pausedUntil: 0, connections, perMinute: Infinity })),
  )
  assert.deepEqual(easeAt(state, end + 10 * MINUTE), AT_EASE)
  assert.equal(state.holding(end + 10 * MINUTE), null)
})

test('slower and fewer connections begin at once, and grow after their time', () => {
  const slow = new RuleState()
  slow.matched(block({ action: 'slow', to: 10 }), NOTHING, START)
  const few = new RuleState()
  few.matched(block({ action: 'connections', to: 2 }), NOTHING, START)
  const end = START + 30 * MINUTE
  assert.deepEqual([easeAt(slow, START).perMinute, easeAt(slow, end).perMinute, easeAt(slow, end + 2 * MINUTE).perMinute], [10, 20, 40])
  assert.deepEqual([easeAt(few, START).connections, easeAt(few, end).connections, easeAt(few, end + MINUTE).connections], [2, 4, 6])
  assert.equal(tightest([easeAt(slow, START), easeAt(few, START)]).connections, 2)
  assert.equal(tightest([easeAt(slow, START), easeAt(few, START)]).perMinute, 10)
})

test('a threshold counts within its time only', () => {
  const state = new RuleState()
  const careful = block({ threshold: { count: 3, within: 10 * MINUTE } })
  for (const at of [0, 5, 11, 16, 22]) assert.equal(state.matched(careful, NOTHING, START + at * MINUTE), 'counted', `${at}`)
  assert.equal(state.matched(careful, NOTHING, START + 23 * MINUTE), 'begun')
})

test('one block at a time: a higher priority takes the place of the one that holds, another does not', () => {
  const state = new RuleState()
  state.matched(block({ name: 'low', action: 'slow', to: 5 }), NOTHING, START)
  assert.equal(state.matched(block({ name: 'other', action: 'connections' }), NOTHING, START + 1), 'counted')
  assert.equal(state.holding(START + 2)?.block.name, 'low')
  assert.equal(state.matched(block({ name: 'high', priority: 5 }), NOTHING, START + 3), 'begun')
  assert.equal(state.holding(START + 4)?.block.name, 'high')
})

test('replies that were on their way change nothing; later ones halve what leaves and double the pause', () => {
  const slow = new RuleState()
  const rule = block({ action: 'slow', to: 8 })
  slow.matched(rule, NOTHING, START)
  assert.equal(slow.matched(rule, NOTHING, START + ON_THE_WAY - 1), 'counted')
  assert.equal(easeAt(slow, START + ON_THE_WAY).perMinute, 8)
  assert.equal(slow.matched(rule, NOTHING, START + ON_THE_WAY), 'tightened')
  assert.equal(easeAt(slow, START + ON_THE_WAY).perMinute, 4)
  const paused = new RuleState()
  paused.matched(block(), NOTHING, START)
  const again = START + 31 * MINUTE
  assert.equal(paused.matched(block(), NOTHING, again), 'tightened')
  assert.equal(easeAt(paused, again).pausedUntil, again + 60 * MINUTE)
})

test('an alert alone holds nothing back and is not repeated while it is fresh', () => {
  const state = new RuleState()
  const alert = block({ onlyAlert: true })
  assert.deepEqual([state.matched(alert, NOTHING, START), state.matched(alert, NOTHING, START + MINUTE)], ['alert', 'counted'])
  assert.deepEqual(easeAt(state, START), AT_EASE)
  assert.equal(state.matched(alert, NOTHING, START + 31 * MINUTE), 'alert')
})

test('by hand a block ends at once, or lasts longer', () => {
  const state = new RuleState()
  state.matched(block(), NOTHING, START)
  state.extend(START + 90 * MINUTE, START + 1)
  assert.equal(easeAt(state, START + 89 * MINUTE).pausedUntil, START + 90 * MINUTE)
  state.end()
  assert.deepEqual(easeAt(state, START + 2), AT_EASE)
})

test('whatever comes, what may leave never grows but by time, is never nothing but in a pause, and comes back in the end', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const draw = random(seed)
    const blocks = [
      block({ name: 'p', priority: draw(3), threshold: { count: 1 + draw(3), within: MINUTE } }),
      block({ name: 's', action: 'slow', to: 1 + draw(50), priority: draw(3) }),
      block({ name: 'c', action: 'connections', to: 1 + draw(50), recovery: draw(2) * 600_000 }),
    ]
    const state = new RuleState()
    let now = START
    for (let n = 0; n < 60; n++) {
      now += draw(20 * MINUTE)
      const before = easeAt(state, now)
      const holding = state.holding(now)
      const outcome = state.matched(blocks[draw(3)] ?? block(), NOTHING, now)
      const after = easeAt(state, now)
      if (outcome === 'counted') assert.deepEqual(after, before)
      if (outcome === 'tightened' && holding?.action !== 'pause') {
        assert.ok(after.perMinute <= before.perMinute && after.connections <= before.connections, `seed ${seed}`)
      }
      assert.ok(after.connections >= 1 && after.perMinute >= 1)
      assert.ok(after.pausedUntil <= now + LONGEST_PAUSE)
      // Nothing changes before the change that is announced.
      const held = state.holding(now)
      const next = held === null ? null : nextChangeOf(held, now)
      if (next !== null) {
        assert.ok(next > now, `seed ${seed}`)
        assert.deepEqual(easeAt(state, next - 1), after, `seed ${seed}`)
      }
    }
    now += 3 * LONGEST_PAUSE
    assert.deepEqual(easeAt(state, now), AT_EASE)
    assert.ok(state.isForgettable(now))
  }
})

interface Receiver {
  /** In any minute; what it refuses counts as well. */
  readonly allows: number
  /** What is sent when nothing is kept back. */
  readonly rate: number
  readonly draw: (below: number) => number
}

/** Sends all the time, as fast as the state lets it; what became of it in the second half. */
function sendTo(
  { allows, rate, draw }: Receiver,
  rule: BlockRule,
): { readonly taken: number; readonly refused: number; readonly minutes: number } {
  const state = new RuleState()
  const end = START + 20 * (rule.pause + rule.recovery)
  const attempts: number[] = []
  const heard: number[] = []
  const half = { taken: 0, refused: 0, minutes: (end - START) / 2 / MINUTE }
  for (let now = START; now < end; now += MINUTE / Math.min(rate, easeAt(state, now).perMinute)) {
    while ((heard[0] ?? Infinity) <= now) state.matched(rule, NOTHING, heard.shift() ?? now)
    attempts.push(now)
    while ((attempts[0] ?? now) <= now - MINUTE) attempts.shift()
    const isRefused = attempts.length > allows
    if (isRefused) heard.push(now + draw(3000))
    if (now < (START + end) / 2) continue
    half[isRefused ? 'refused' : 'taken']++
  }
  return half
}

test('a receiver that counts what it refuses is sent ever less until it takes mail again, whatever the block says of times and pace', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const draw = random(seed)
    const allows = 10 + draw(100)
    const to = 1 + draw(2 * allows)
    const rule = block({
      action: 'slow',
      to,
      pause: [20_000, MINUTE, 5 * MINUTE, 30 * MINUTE][draw(4)] ?? MINUTE,
      recovery: (1 + draw(30)) * MINUTE,
    })
    const { taken, refused, minutes } = sendTo({ allows, rate: allows + 1 + draw(3 * allows), draw }, rule)
    const what = `seed ${seed}: ${taken} taken, ${refused} refused in ${minutes} min; ${allows} a minute are allowed, slow to ${to} for ${rule.pause / MINUTE} min`
    assert.ok(taken >= (minutes * Math.min(to, allows)) / 4, what)
    assert.ok(refused <= taken, what)
  }
})

test('of patterns that match the one of the highest priority counts, and only candidates run', () => {
  const matcher = new BlockMatcher([
    block({ name: 'any', match: 'blocked' }),
    block({ name: 'listed', match: 'blocked by spamhaus', priority: 5 }),
    block({ name: 'rate', match: 'rate limit' }),
  ])
  const find = (line: string): string | undefined => matcher.find(blockText(line))?.name
  assert.deepEqual(
    [find('550 Blocked by Spamhaus'), find('550 blocked'), find('421 Rate Limit'), find('550 no such user')],
    ['listed', 'any', 'rate', undefined],
  )
  assert.equal(matcher.operations, 3)
  assert.equal(find(`550 ${'x'.repeat(2000)} blocked`), undefined)
})

test('a pattern that another engine would try for ever has its answer', () => {
  const matcher = new BlockMatcher([block({ match: '(?:a+a+)+b|blocked' })])
  assert.equal(matcher.find(blockText('a'.repeat(100_000))), undefined)
})

const DOCUMENT = `
format: 1
rules:
  - { mx: mx.example.com, blocks: unset }
  - provider: big
    set: { connections: 5 }
    blocks:
      - match: '/too many connections/'
        action: connections
        to: 2
        threshold: { count: 3, within: 10m }
      - { match: '/other address/', action: pool, to: spare }
      - { match: '/complaints/', action: priority, to: bulk, scope: mailing }
      - { name: listed, match: '/listed \\d+/', pause: 2h, recovery: 0, priority: 7, only_alert: true, scope: [mailing, site], matches: [554 Listed 1], not: [554 listed] }
`

test('blocks are read with what is usual, and written so that they are read as the same', () => {
  const reading = readRulesText(DOCUMENT, 'owner')
  assert.ok(reading.ok, reading.ok ? '' : reading.problems.map(describeRulesProblem).join('\n'))
  const [first, second] = reading.document.rules
  assert.equal(first?.blocks, 'unset')
  const usual = { priority: 0, onlyAlert: false, scope: ['provider', 'source'], pause: 1_800_000, recovery: 1_800_000 }
  const threshold = { count: 3, within: 600_000 }
  assert.deepEqual(second?.blocks?.[0], {
    name: 'too many connections',
    match: 'too many connections',
    action: 'connections',
    to: 2,
    threshold,
    ...usual,
  })
  const again = readRulesText(writeRulesDocument(reading.document), 'owner')
  assert.ok(again.ok)
  assert.deepEqual(again.document, reading.document)
})

test('blocks as 1.0.0 kept them hold for the source that there was', () => {
  const old = block({ scope: 'provider' })
  assert.deepEqual(scopeOf(old), ['provider', 'source'])
  assert.ok(writtenBlock(old).includes('scope: [provider, source]'))
})

test('what is wrong with a block is told with its place', () => {
  const bad = (lines: string, expected: RegExp): void => {
    const reading = readRulesText(`format: 1\nrules:\n  - mx: mx.example.com\n    blocks:\n      - ${lines}\n`, 'owner')
    assert.ok(!reading.ok, lines)
    assert.match(reading.problems.map(describeRulesProblem).join('\n'), expected, lines)
  }
  bad("{ match: 'blocked' }", /rules\[0\]\.blocks\[0\]\.match: expected match: a pattern between slashes/)
  bad("{ match: '/(/' }", /cannot be read/)
  bad("{ match: '/a*/' }", /does not match everything/)
  bad("{ match: '/blocked/', pause: 3 }", /a time with its unit/)
  bad("{ match: '/blocked/', action: slow }", /to: how many messages a minute/)
  bad("{ match: '/blocked/', to: 4 }", /with action: slow or connections only/)
  bad("{ match: '/blocked/', action: stop }", /one of pause, slow, connections, pool, priority, fail/)
  bad("{ match: '/blocked/', action: fail }", /scope: what is meant/)
  bad("{ match: '/blocked/', action: priority, to: high, scope: mailing }", /to: normal or bulk/)
  bad("{ match: '/blocked/', action: priority, to: bulk }", /scope: what is meant/)
  bad("{ match: '/blocked/', action: pool }", /to: the name of a pool/)
  bad("{ match: '/blocked/', action: pool, to: 4 }", /to: the name of a pool/)
  bad("{ match: '/blocked/', action: pool, to: spare, factor: 2 }", /with action: slow or connections only/)
  bad("{ match: '/blocked/', action: slow, to: 4, factor: 2 }", /it without to/)
  bad("{ match: '/blocked/', action: slow, factor: 1 }", /above 1/)
  bad("{ match: '/blocked/', factor: 2 }", /with action: slow or connections only/)
  bad("{ match: '/blocked/', scope: [site, provider] }", /site or provider/)
  bad("{ match: '/blocked/', scope: host }", /one of site, provider, source, account, mailing/)
  bad("{ match: '/blocked/', scope: [] }", /each of site/)
  bad("{ match: '/blocked/', threshold: { count: 3 } }", /count and within/)
  bad("{ match: '/blocked/', matches: [550 fine] }", /replies that the pattern matches, found "550 fine"/)
  bad("{ match: '/blocked/', not: [550 Blocked] }", /replies that the pattern does not match/)
  bad("{ match: '/blocked/', wait: 3h }", /no such key/)
})
