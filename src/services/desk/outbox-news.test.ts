// When a pull that gathers is answered, over a real spool: bounds are far from what is measured, so that a busy machine changes nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FIRST, sample, spoolIn, temporaryFolder } from '../../../testkit/spool-samples.ts'
import { OutboxNews } from '../worker/worker-bus.ts'

const { signal } = new AbortController()

async function took(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

test('a burst is told of as soon as it ends, single events only after the whole wait', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const news = new OutboxNews(spool)
  const append = (count: number): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, () => spool.append(sample(spool.reserve()))))
  await append(5)
  assert.ok((await took(() => news.gather(FIRST, { longest: 300, signal }))) >= 295, 'a few events are worth no batch of their own')
  await append(95)
  const burst = await took(() => news.gather(FIRST, { longest: 60_000, signal }))
  assert.ok(burst >= 15 && burst < 30_000, `${burst} ms`)
  // What was pulled counts no more.
  news.pulled(FIRST, news.count(FIRST))
  assert.ok((await took(() => news.gather(FIRST, { longest: 300, signal }))) >= 295, 'all was pulled')
  const isOver = { now: false }
  const gathering = news.gather(FIRST, { longest: 60_000, signal }).then(() => (isOver.now = true))
  for (let n = 0; n < 70; n++) {
    assert.ok(!isOver.now || n >= 64, `it ended with ${n} events`)
    await append(1)
  }
  await gathering
})

test('a pull that gathers ends with its caller, and shows that the events are followed', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const news = new OutboxNews(spool)
  const gone = new AbortController()
  assert.ok(!news.followed)
  const gathering = took(() => news.gather(FIRST, { longest: 60_000, signal: gone.signal }))
  assert.ok(news.followed)
  gone.abort()
  assert.ok((await gathering) < 30_000)
})
