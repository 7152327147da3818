// The thread of reports is there while it counts or is asked, and not where nothing happens.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openEvents } from '../../store/sqlite/events/events.ts'
import { commitEvents, linesFor } from '../../../testkit/event-lines.ts'
import { SILENT } from '../../../testkit/listener-kit.ts'
import { until } from '../../../testkit/patience.ts'
import { reportHappened, reportWish } from '../../../testkit/rollup-samples.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { CommittedFeed } from '../following/committed-feed.ts'
import { ReportsThread } from './reports-desk.ts'

/** As the system shows its threads. */
function isRunning(): boolean {
  const own = '/proc/self/task'
  return readdirSync(own).some((task) => {
    try {
      return readFileSync(join(own, task, 'comm'), 'utf8').trim() === 'reports'
    } catch {
      return false
    }
  })
}

test('the thread ends where nothing is to be counted, and nothing is lost by it', async () => {
  using folder = temporaryFolder()
  const feed = new CommittedFeed()
  using store = openEvents(join(folder.path, 'events'))
  let n = 0
  const happens = (count: number): void => {
    const events = Array.from({ length: count }, () => reportHappened(0, ++n, { kind: 'delivered', queuedFor: 1 }))
    commitEvents(store, events)
    feed.committed({ shard: 0, after: n - count, upTo: n, lines: linesFor(events) })
  }
  happens(3)
  const parts = { home: folder.path, feed, log: SILENT, now: Date.now, pauses: { countedWithin: 20, restsAfter: 1000 } }
  await using reports = new ReportsThread(parts)
  const delivered = async (): Promise<number> => (await reports.query(reportWish())).total.figures.delivered
  // What happened before is counted without anybody who asks.
  await until(isRunning, 'it counts')
  for (let round = 0; round < 4; round++) {
    await until(() => !isRunning(), 'it ends')
    happens(5)
    await until(isRunning, 'it counts again')
    // While it ends, too.
    for (let i = 0; i < 20; i++) happens(1)
    await until(async () => (await delivered()) === n, 'all is counted')
  }
  await until(() => !isRunning(), 'it ends')
  assert.equal(await delivered(), n)
})
