import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffBlock, type BackoffSettings, backoffCause, putsOff, shareTerms } from './backing-off.ts'
import { SlidingShare } from './shares.ts'

const START = 1_000_000_000_000
const SETTINGS: BackoffSettings = {
  backoff: true,
  backoff_deferrals: 50,
  backoff_failures: 30,
  backoff_least: 40,
  backoff_within: 600_000,
  backoff_for: 600_000,
}

/** Seeded: a failure is met again. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below
}

test('too much is told exactly where a share is, of what the window has since the first that went badly, and is counted once', () => {
  let told = 0
  for (let seed = 1; seed <= 300; seed++) {
    const draw = random(seed)
    const terms = { within: 10_000 * (1 + draw(20)), least: 2 + draw(30), percent: 1 + draw(100) }
    const share = new SlidingShare()
    const often = draw(100)
    let seen: { at: number; isBad: boolean }[] = []
    let now = START
    for (let n = 0; n < 300; n++) {
      now += draw(draw(10) === 0 ? terms.within : 500)
      const isBad = draw(100) < often
      if (isBad || seen.length > 0) seen.push({ at: now, isBad })
      const found = share.count(isBad, now, terms)
      // A slot is counted in full until its first has left the window: the count is between these two.
      const inside = seen.filter(({ at }) => at > now - terms.within)
      const wide = seen.filter(({ at }) => at > now - terms.within * 1.1)
      if (found === null) {
        const [all, bad] = [inside.length, inside.filter((one) => one.isBad).length]
        const surely = isBad && inside.length === wide.length && seen.length === inside.length
        assert.ok(!surely || all < terms.least || bad * 100 < terms.percent * all, `seed ${seed}`)
        continue
      }
      told++
      assert.ok(isBad && found.all >= terms.least && found.bad * 100 >= terms.percent * found.all, `seed ${seed}`)
      assert.ok(found.all <= wide.length && found.bad <= found.all, `seed ${seed}`)
      seen = []
    }
  }
  assert.ok(told > 100)
})

test('a site that is well, or seldom puts off, is never too much, and costs no memory while it is well', () => {
  const share = new SlidingShare()
  const terms = shareTerms(SETTINGS, 'deferrals', 1)
  for (let n = 0; n < 10_000; n++) assert.equal(share.count(n % 3 === 0, START + n * 100, terms), null)
  assert.equal(share.count(true, START + 2_000_000, { ...terms, percent: 0 }), null)
})

test('terms are those of the settings: off, or a part of it for each worker', () => {
  assert.deepEqual(shareTerms(SETTINGS, 'failures', 4), { within: 600_000, least: 10, percent: 30 })
  assert.equal(shareTerms({ ...SETTINGS, backoff: false }, 'deferrals', 1).percent, 0)
  const [slower, fewer] = [backoffBlock('deferrals', SETTINGS), backoffBlock('failures', SETTINGS)]
  assert.deepEqual([slower.action, slower.factor, fewer.action, fewer.factor], ['slow', 2, 'connections', 1])
  assert.equal(
    backoffCause('deferrals', { all: 80, bad: 62 }, SETTINGS, '451 no'),
    '62 of 80 answers put mail off within 10m, at last: 451 no',
  )
})

test('what is said of a recipient, or asks for a second attempt, puts nothing off for our sake', () => {
  const puts = (code: number, enhanced: string | null, text = ''): boolean => putsOff({ code, enhanced, text })
  assert.deepEqual([puts(451, '4.3.0'), puts(421, null), puts(450, '4.7.1'), puts(451, '4.7.0', 'Rate limited')], [true, true, true, true])
  assert.deepEqual(
    [
      puts(452, '4.2.2'),
      puts(450, '4.1.8'),
      puts(452, '4.5.3'),
      puts(450, null),
      puts(550, '5.7.1'),
      puts(451, '4.7.1', 'Greylisted, come back'),
    ],
    [false, false, false, false, false, false],
  )
})
