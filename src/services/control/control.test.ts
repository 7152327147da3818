import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../base/clock.ts'
import { jsonLog } from '../../base/log.ts'
import type { Rank } from '../../contract/priority.ts'
import type { LimitWaiter } from '../../engine/ports/limits.ts'
import type { Grant, LimitAsk, Refusal } from '../../policy/limits/limit-book.ts'
import { PATIENCE_MS } from '../../../testkit/patience.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { controlSocketPath } from '../home.ts'
import type { Launch } from '../launch.ts'
import { startControl } from './control.ts'
import { RemoteLimits } from './remote-limits.ts'

const log = jsonLog('test', 'error', (line) => process.stderr.write(line))
const ONE: readonly LimitAsk[] = [{ key: 'connections provider=x', limit: 1, span: null, burst: 1, counts: 'one' }]
const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

function controlIn(home: string, living: readonly number[] = []): ReturnType<typeof startControl> {
  mkdirSync(join(home, 'run'), { recursive: true })
  const launch = { home, line: 'a', version: '1', living, config: { 'delivery.priority_share': 10 } } as unknown as Launch
  return startControl({ launch, log, say: () => {} })
}

const worker = (home: string, slot: number): RemoteLimits =>
  new RemoteLimits({ path: controlSocketPath(home, 'a'), slot, version: '1', clock: systemClock, log })

/** Resolves with the grant as soon as there is one; null after so long without. */
async function gets(limits: RemoteLimits, asks: readonly LimitAsk[], most = PATIENCE_MS, rank: Rank = 1): Promise<Grant | null> {
  const { promise, resolve } = Promise.withResolvers<Grant | null>()
  const timer = setTimeout(() => resolve(null), most)
  const look = (): boolean => {
    const answer = limits.ask(asks, 0, waiter)
    if (answer.kind === 'granted') resolve(answer)
    return true
  }
  const waiter: LimitWaiter = { rank, roomMade: look, starves: () => true }
  look()
  const grant = await promise
  clearTimeout(timer)
  limits.forget(waiter)
  return grant
}

test('with a limit of one connection there is never a second, and each of three workers has its turn', async () => {
  using folder = temporaryFolder()
  const control = await controlIn(folder.path)
  const workers = [0, 1, 2].map((slot) => worker(folder.path, slot))
  let open = 0
  let most = 0
  const turns = [0, 0, 0]
  const live = async (limits: RemoteLimits, slot: number): Promise<void> => {
    while (turns.some((count) => count < 10)) {
      const grant = await gets(limits, ONE)
      assert.ok(grant !== null, `worker ${slot} waited in vain`)
      most = Math.max(most, ++open)
      turns[slot] = (turns[slot] ?? 0) + 1
      await pause(2)
      open--
      limits.release(grant)
    }
  }
  await Promise.all(workers.map(live))
  for (const limits of workers) limits[Symbol.dispose]()
  await control.stop(0)
  assert.equal(most, 1)
  for (const count of turns) assert.ok(count >= 10, `turns: ${turns.join(', ')}`)
})

test('a connection is held until its worker says that it ended or is dead; a new control waits for what all hold', async () => {
  using folder = temporaryFolder()
  const first = await controlIn(folder.path)
  const holder = worker(folder.path, 0)
  const other = worker(folder.path, 1)
  const grant = await gets(holder, ONE)
  assert.ok(grant !== null)
  await first.stop(0)
  // It was killed, as it were: what its workers hold is open, and the one of slot 2 has not said anything.
  const second = await controlIn(folder.path, [0, 1, 2])
  assert.equal(await gets(other, [{ key: 'free', limit: 1, span: null, burst: 1, counts: 'one' }], 400), null)
  second.died?.(2)
  assert.equal(await gets(other, ONE, 400), null)
  // Its connection to control goes, it lives.
  holder[Symbol.dispose]()
  assert.equal(await gets(other, ONE, 400), null)
  second.died?.(0)
  assert.ok((await gets(other, ONE)) !== null)
  other[Symbol.dispose]()
  await second.stop(0)
})

test('a rate holds over all workers, and all of it is used', async () => {
  using folder = temporaryFolder()
  const control = await controlIn(folder.path)
  const workers = [0, 1].map((slot) => worker(folder.path, slot))
  const asks: readonly LimitAsk[] = [{ key: 'messages_per_minute', limit: 6000, span: 60_000, burst: 1, counts: 'one' }]
  const times: number[] = []
  await Promise.all(workers.map((limits) => gets(limits, asks)))
  // A timer of this process, which is no quicker than the machine has time for.
  let beats = 0
  const beat = setInterval(() => beats++, 10)
  const begin = performance.now()
  const lives = workers.map(async (limits) => {
    while (performance.now() < begin + 2000) if ((await gets(limits, asks)) !== null) times.push(performance.now() - begin)
  })
  await Promise.all(lives)
  clearInterval(beat)
  const last = times.at(-1) ?? 0
  for (const limits of workers) limits[Symbol.dispose]()
  await control.stop(0)
  // 100 a second, and 25 of patience at the beginning.
  assert.ok(times.length <= last / 10 + 40, `${times.length} in ${last} ms of 100 a second`)
  assert.ok(times.length >= beats * 0.75, `${times.length} in the time of ${beats} timers of 10 ms`)
})

test('who is refused is told what binds and until when, as soon as control has said so', async () => {
  using folder = temporaryFolder()
  const control = await controlIn(folder.path)
  await using _control = { [Symbol.asyncDispose]: () => control.stop(0) }
  using limits = worker(folder.path, 0)
  const asks: readonly LimitAsk[] = [
    { key: 'messages_per_minute', limit: 1000, span: 60_000, burst: 1000, counts: 'one' },
    { key: 'messages_per_hour', limit: 1, span: 3_600_000, burst: 1, counts: 'one' },
  ]
  assert.ok((await gets(limits, asks)) !== null)
  const { promise, resolve } = Promise.withResolvers<Refusal>()
  const waiter: LimitWaiter = { roomMade: () => limits.ask(asks, 0, waiter).kind === 'granted', told: resolve }
  assert.equal(limits.ask(asks, 0, waiter).kind, 'refused')
  const { which, until } = await promise
  assert.equal(which.key, 'messages_per_hour')
  assert.ok(until > Date.now() + 3_000_000 && Number.isFinite(until), String(until))
})

test('what was counted outlives control, told or killed, and is never less', async () => {
  using folder = temporaryFolder()
  const asks: readonly LimitAsk[] = [{ key: 'messages_per_day', limit: 5, span: 86_400_000, burst: 5, counts: 'one' }]
  const first = await controlIn(folder.path)
  const one = worker(folder.path, 0)
  for (let i = 0; i < 3; i++) assert.ok((await gets(one, asks)) !== null)
  one[Symbol.dispose]()
  await first.stop(0)
  const second = await controlIn(folder.path)
  const two = worker(folder.path, 0)
  for (let i = 0; i < 2; i++) assert.ok((await gets(two, asks)) !== null)
  assert.equal(await gets(two, asks, 300), null)
  two[Symbol.dispose]()
  await second.stop(0)
})

test('a share of a limit over all workers is kept for mail of higher priority, and who is higher is served first', async () => {
  using folder = temporaryFolder()
  const control = await controlIn(folder.path)
  const [one, two] = [worker(folder.path, 0), worker(folder.path, 1)]
  const asks: readonly LimitAsk[] = [{ key: 'connections provider=y', limit: 20, span: null, burst: 1, counts: 'one' }]
  const held: Grant[] = []
  for (let i = 0; i < 18; i++) {
    const grant = await gets(i % 2 === 0 ? one : two, asks, PATIENCE_MS, 0)
    assert.ok(grant !== null)
    held.push(grant)
  }
  assert.equal(await gets(two, asks, 300, 0), null)
  for (const limits of [one, two]) assert.deepEqual((await gets(limits, asks, PATIENCE_MS, 2))?.kept, [1])
  // All are held: of two who wait for the next, bulk came first.
  const order: string[] = []
  const waits = async (name: string, rank: Rank): Promise<{ readonly granted: Promise<void> }> => {
    const [told, granted] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const look = (): boolean => {
      if (two.ask(asks, 0, waiter).kind === 'granted') granted.resolve(void order.push(name))
      return true
    }
    const waiter: LimitWaiter = { rank, roomMade: look, starves: () => true, told: () => told.resolve() }
    look()
    await told.promise
    return { granted: granted.promise }
  }
  const bulk = await waits('bulk', 0)
  const high = await waits('high', 2)
  for (const next of [high, bulk]) {
    const grant = held.shift()
    assert.ok(grant !== undefined)
    one.release(grant)
    held.shift()
    await next.granted
  }
  assert.deepEqual(order, ['high', 'bulk'])
  for (const limits of [one, two]) limits[Symbol.dispose]()
  await control.stop(0)
})
