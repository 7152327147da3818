// Rollups over real events in real day files: whatever comes late, is folded, or is cut off by a crash, sums are those of the events.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { ReportFigure } from '../../contract/report-figures.ts'
import type { ReportWish } from '../../engine/ports/reports.ts'
import { openEvents } from '../../store/sqlite/events/events.ts'
import { chance } from '../../../testkit/chance.ts'
import { commitEvents } from '../../../testkit/event-lines.ts'
import { REPORT_START as START, reportHappened, reportWish } from '../../../testkit/rollup-samples.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { ReportsCore } from './reports-core.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

function countAll(core: ReportsCore): void {
  core.look()
  while (core.step()) continue
}

function homeOf(path: string): { readonly events: string; readonly reports: string } {
  return { events: join(path, 'events'), reports: join(path, 'reports') }
}

test('what is counted is what happened, by whatever it is divided, across crashes, late events and months', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const draw = chance(seed)
    const random = (below: number): number => Math.floor(draw() * below)
    using folder = temporaryFolder()
    const home = homeOf(folder.path)
    using store = openEvents(home.events)
    const all: NumberedEvent[] = []
    const last = new Map([
      [0, 100],
      [3, 5000],
    ])
    const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T
    let core = new ReportsCore(home)
    for (let round = 0; round < 25; round++) {
      const shard = pick([0, 3])
      const batch = Array.from({ length: 1 + random(80) }, () => {
        const n = (last.get(shard) ?? 0) + 1
        last.set(shard, n)
        const domain = pick(['one.test', 'two.test', 'three.test'])
        const of = {
          account: pick([1000, 1001]),
          mailing: pick([null, 'autumn', 'spring']),
          domain,
          site: `mx.${domain}`,
          source: pick([undefined, 's1']),
        }
        // Most in their time, some weeks before.
        const at = START + round * 2 * HOUR + random(1000) - pick([0, 0, 0, 0, 20 * DAY])
        const kind = pick(['accepted', 'delivered', 'delivered', 'deferred', 'failed', 'bounced', 'opened'])
        const own =
          kind === 'accepted'
            ? { recipients: 3, recipient: `a@${domain}`, others: [`b@${domain}`, 'c@three.test'] }
            : { failureCode: pick([2001, 3001]), queuedFor: random(100_000), category: 'Soft', machine: null, stream: 'bulk' }
        return reportHappened(shard, n, { ...of, at, kind, ...own })
      })
      commitEvents(store, batch)
      all.push(...batch)
      if (random(2) === 0) countAll(core)
      // A crash: what was not written comes again.
      if (random(4) === 0) core = new ReportsCore(home)
      else if (random(2) === 0) core.write()
    }
    countAll(core)
    const count = (kind: string, fits: (event: NumberedEvent) => boolean = () => true): number =>
      all.filter((event) => event.kind === kind && fits(event)).length
    const total = core.query(reportWish()).total
    assert.deepEqual(
      (['messages', 'delivered', 'deferred', 'failed', 'bouncedSoft', 'opened'] as const).map((figure) => total.figures[figure]),
      ['accepted', 'delivered', 'deferred', 'failed', 'bounced', 'opened'].map((kind) => count(kind)),
      `seed ${seed}`,
    )
    assert.equal(total.figures.recipients, 3 * count('accepted'))
    assert.ok(total.times !== null && total.times.p50 > 10_000 && total.times.p99 <= 140_000)
    for (const by of ['account', 'stream', 'mailing', 'domain', 'site', 'source', 'code'] as const)
      for (const interval of ['total', 'day', 'month'] as const) {
        const { rows } = core.query(reportWish({ by, interval }))
        const sum = (figure: ReportFigure): number => rows.reduce((all, { figures }) => all + figures[figure], 0)
        assert.equal(sum('deferred'), count('deferred'), `${by} ${interval}`)
        assert.equal(sum('failed'), count('failed'))
        if (by === 'domain') assert.equal(sum('recipients'), 3 * count('accepted'))
      }
    const codes = core.query(reportWish({ by: 'code', filter: { domain: 'two.test' }, account: 1001 as AccountId }))
    for (const { value, figures } of codes.rows)
      assert.equal(
        figures.failed,
        count(
          'failed',
          (event) => 'failureCode' in event && String(event.failureCode) === value && event.domain === 'two.test' && event.account === 1001,
        ),
      )
    // Counted again it is the same.
    core.rebuild()
    countAll(core)
    assert.deepEqual(core.query(reportWish()).total, total)
    assert.equal(core.query(reportWish()).isBehind, false)
    core[Symbol.dispose]()
  }
})

test('days are those of the zone, and what is not kept together is told', () => {
  using folder = temporaryFolder()
  const home = homeOf(folder.path)
  using store = openEvents(home.events)
  // 23:30 UTC is the next day in Vienna, and the month after it is November.
  const at = [Date.UTC(2026, 9, 30, 22, 30), Date.UTC(2026, 9, 30, 23, 30), Date.UTC(2026, 9, 31, 23, 30)]
  commitEvents(
    store,
    at.map((one, n) => reportHappened(0, n + 1, { kind: 'delivered', at: one, queuedFor: 1 })),
  )
  using core = new ReportsCore(home)
  countAll(core)
  const span = { from: Date.UTC(2026, 9, 29, 23), to: Date.UTC(2026, 10, 2, 23), zone: 'Europe/Vienna' }
  const shown = (interval: ReportWish['interval']): [string, number][] =>
    core
      .query(reportWish({ ...span, interval }))
      .rows.filter(({ figures }) => figures.delivered > 0)
      .map(({ at: begins, figures }) => [new Date(begins ?? 0).toISOString(), figures.delivered])
  assert.deepEqual(shown('day'), [
    ['2026-10-29T23:00:00.000Z', 1],
    ['2026-10-30T23:00:00.000Z', 1],
    ['2026-10-31T23:00:00.000Z', 1],
  ])
  assert.deepEqual(shown('month'), [
    ['2026-10-29T23:00:00.000Z', 2],
    ['2026-10-31T23:00:00.000Z', 1],
  ])
  const compared = core.query(reportWish({ from: Date.UTC(2026, 9, 31), to: Date.UTC(2026, 10, 1), compare: true, by: 'domain' }))
  assert.deepEqual([compared.total.figures.delivered, compared.total.before?.delivered, compared.rows[0]?.before?.delivered], [1, 2, 2])
  assert.throws(() => core.query(reportWish({ by: 'mailing', filter: { code: '2001' } })), /not counted by code and mailing together/)
  assert.throws(() => core.query(reportWish({ by: 'code', filter: { domain: 'x' }, interval: 'hour' })), /by day, not by hour/)
})

test('whoever makes values up takes the room of nobody else, and sums agree', () => {
  using folder = temporaryFolder()
  const home = homeOf(folder.path)
  using store = openEvents(home.events)
  let n = 0
  using core = new ReportsCore(home)
  for (let round = 0; round < 8; round++) {
    const flood = Array.from({ length: 2000 }, () => {
      n++
      const isReal = n % 20 === 0
      const of = isReal ? { domain: 'real.test', mailing: 'real' } : { domain: `d${n}.test`, mailing: `m${n}` }
      return reportHappened(0, n, { kind: 'delivered', queuedFor: 5, at: START + round * 60_000, ...of })
    })
    commitEvents(store, flood)
    countAll(core)
    core.write()
  }
  for (const by of ['domain', 'mailing'] as const) {
    const { rows, next, total } = core.query(reportWish({ by, interval: 'total', limit: 1 }))
    assert.deepEqual(
      [rows[0]?.value, rows[0]?.figures.delivered, total.figures.delivered],
      ['real' + (by === 'domain' ? '.test' : ''), 800, 16_000],
    )
    assert.equal(next, '1')
    const all = core.query(reportWish({ by, limit: 10_000 }))
    assert.ok(all.rows.length < 3100, `${all.rows.length} rows`)
    assert.equal(
      all.rows.reduce((sum, { figures }) => sum + figures.delivered, 0),
      16_000,
    )
  }
})

test('names that are made up are not kept: those of a flood are other at once, and those that nothing has any more go', () => {
  using folder = temporaryFolder()
  const home = homeOf(folder.path)
  using store = openEvents(home.events)
  const month = join(home.reports, '2026-10.db')
  const inMonth = <T>(work: (database: DatabaseSync) => T): T => {
    using database = new DatabaseSync(month)
    return work(database)
  }
  const names = (): number => inMonth((database) => Number(database.prepare('SELECT count(*) AS n FROM name').get()?.['n']))
  let n = 0
  const flood = (rounds: number, isWrittenEach: boolean): void => {
    using core = new ReportsCore(home)
    for (let round = 0; round < rounds; round++) {
      commitEvents(
        store,
        Array.from({ length: 2000 }, () => {
          n++
          const of = n % 4 === 0 ? { mailing: 'real', domain: 'real.test' } : { mailing: `m${n}`, domain: `d${n}.test` }
          return reportHappened(0, n, { kind: n % 3 === 0 ? 'failed' : 'delivered', failureCode: 2001, queuedFor: 5, ...of })
        }),
      )
      if (isWrittenEach || round === rounds - 1) {
        countAll(core)
        core.write()
      }
    }
    for (const by of ['mailing', 'domain'] as const) {
      const { rows, total } = core.query(reportWish({ by, limit: 1000 }))
      assert.equal(total.figures.delivered + total.figures.failed, n)
      const real = rows.find(({ value }) => value?.startsWith('real'))
      assert.equal((real?.figures.delivered ?? 0) + (real?.figures.failed ?? 0), n / 4)
      assert.ok(total.times !== null)
    }
  }
  flood(20, false)
  assert.ok(names() < 10_000, `${names()} names of 60,000`)
  const made = 250_000
  const before = inMonth((database) => {
    const kept = database.prepare('SELECT max(id) AS id FROM name').get()?.['id']
    database.exec(`WITH RECURSIVE many(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM many WHERE n < ${made})
      INSERT INTO name (text) SELECT 'made-up-' || n FROM many`)
    return Number(kept)
  })
  flood(4, true)
  assert.ok(names() < 20_000, `${names()} names are left of ${made}`)
  // Numbers are given out again.
  const highest = inMonth((database) => Number(database.prepare('SELECT max(id) AS id FROM name').get()?.['id']))
  assert.ok(highest < before + made + 3000, `${highest} of ${before + made}`)
})

test('what is posted is of the place it goes to, without the path, when it is taken and when it is delivered', () => {
  using folder = temporaryFolder()
  const home = homeOf(folder.path)
  using store = openEvents(home.events)
  const domain = 'https://hooks.test:8443'
  const [one, other] = ['In?token=secret', 'Other'].map((path) => `post@${domain}/${path}`)
  commitEvents(store, [
    reportHappened(0, 1, { kind: 'accepted', domain: undefined, recipient: one, recipients: 1 }),
    reportHappened(0, 2, { kind: 'accepted', domain: undefined, recipient: one, others: [other, 'x@one.test'], recipients: 3 }),
    reportHappened(0, 3, { kind: 'delivered', recipient: one, domain, queuedFor: 1 }),
  ])
  using core = new ReportsCore(home)
  countAll(core)
  const { rows } = core.query(reportWish({ by: 'domain' }))
  assert.deepEqual(
    rows.map(({ value, figures }) => [value, figures.recipients, figures.delivered]),
    [
      [domain, 3, 1],
      ['one.test', 1, 0],
    ],
  )
})

test('months that are let go of stay so, whatever comes late', () => {
  using folder = temporaryFolder()
  const home = homeOf(folder.path)
  using store = openEvents(home.events)
  const old = START - 60 * DAY
  commitEvents(store, [
    reportHappened(0, 1, { kind: 'delivered', at: old, queuedFor: 1 }),
    reportHappened(0, 2, { kind: 'delivered', queuedFor: 1 }),
  ])
  {
    using core = new ReportsCore(home)
    countAll(core)
    core.write()
    assert.deepEqual(
      readdirSync(home.reports).filter((name) => name.endsWith('.db')),
      ['2026-08.db', '2026-10.db'],
    )
    core.prune('2026-10')
    core.prune('2026-12')
  }
  using core = new ReportsCore(home)
  commitEvents(store, [reportHappened(0, 3, { kind: 'delivered', at: old, queuedFor: 1 })])
  countAll(core)
  core.write()
  assert.deepEqual(
    readdirSync(home.reports).filter((name) => name.endsWith('.db')),
    ['2026-10.db'],
  )
})
