import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTurns, LoopTurns } from './turns.ts'

test('others have turns while many are worked on, what is made keeps its order, and a promise that fails waits for whoever looks', async () => {
  let turns = 0
  const count = (): void => void (turns++, (timer = setImmediate(count)))
  let timer = setImmediate(count)
  const busy = (n: number): number => {
    for (const end = performance.now() + 4; performance.now() < end;);
    return n
  }
  const all = Array.from({ length: 20 }, (_, n) => n)
  assert.deepEqual(await inTurns(all, busy), all)
  clearImmediate(timer)
  assert.ok(turns >= 3, `${turns} turns`)
  const made = await inTurns(all, async (n) => {
    busy(n)
    if (n === 0) throw new Error('no')
    return n
  })
  await assert.rejects(Promise.all(made), /no/)
  assert.deepEqual(await inTurns([], busy), [])
})

test('one works at a time, callers in their turn, and after what took long the loop is everybody`s', async () => {
  const turns = new LoopTurns()
  const done: string[] = []
  let running = 0
  const busy = (ms: number): void => {
    for (const end = performance.now() + ms; performance.now() < end;);
  }
  const work = (name: string) => (n: number) => {
    assert.equal(++running, 1)
    busy(60)
    done.push(`${name}${n}`)
    running--
  }
  const many = ['a', 'b', 'c'].map((name) => inTurns([1, 2], work(name), { turns, caller: 'one' }))
  const other = inTurns([1], work('other'), { turns, caller: 'another' })
  // What waits for the loop gets on between any two of them.
  let [last, turnsOfOthers] = [0, 0]
  const count = setInterval(() => {
    if (done.length !== last) turnsOfOthers++
    last = done.length
  }, 1)
  await Promise.all([...many, other])
  clearInterval(count)
  assert.deepEqual([done.length, done.indexOf('other1') <= 2], [7, true], done.join())
  assert.ok(turnsOfOthers >= 5, `${turnsOfOthers}`)
  await assert.rejects(
    turns.run('x', () => {
      throw new Error('no')
    }),
    /no/,
  )
  assert.equal(await turns.run('x', () => 7), 7)
})
