// Reports agree to the message with counters, events and logs, after kills of worker and desk under load; and are had by command and API.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ReportRow } from '../src/contract/report-operations.ts'
import { LoadApart, SinkApart } from '../testkit/apart.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

/** Of all accounts. */
function logged(server: TestServer): Map<string, number> {
  const kinds = new Map<string, number>()
  for (const account of readdirSync(join(server.home, 'accounts'))) {
    const folder = join(server.home, 'accounts', account, 'logfiles')
    for (const name of existsSync(folder) ? readdirSync(folder).filter((one) => one.endsWith('Events.jsonl')) : [])
      for (const line of readFileSync(join(folder, name), 'utf8').trimEnd().split('\n')) {
        const { kind } = JSON.parse(line) as { kind: string }
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      }
  }
  return kinds
}

test('reports, counters, events and logs agree after kills of worker and desk, and when all is counted again', async () => {
  const crashFile = join(tmpdir(), `hms-report-crash-${process.pid}`)
  await using sink = await SinkApart.start()
  await using server = await startServer({
    workers: 2,
    config: { 'delivery.retry_first': '1s' },
    environment: { HMS_TEST_CRASH: crashFile },
  })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await using load = await LoadApart.start({ port: server.smtpPort, connections: 6 })
  // A desk that was killed is back in a moment.
  const total = async (): Promise<ReportRow['figures']> => {
    let figures: ReportRow['figures'] | null = null
    await until(
      async () =>
        (figures = await server.call('report.query', {}).then(
          (report) => report.total.figures,
          () => null,
        )) !== null,
    )
    assert.ok(figures !== null)
    return figures
  }
  for (const kill of ['desk', 0, 'desk', 1] as const) {
    await load.more(60)
    // Whoever asks has it written; then the desk dies with some counted and some not.
    await total()
    await load.more(30)
    await server.kill9(kill)
  }
  await load.more(30)
  writeFileSync(crashFile, 'events-committed 2')
  await load.more(30)
  await until(() => !existsSync(crashFile), 'the desk comes to events-committed')
  const acknowledged = await load.stop()
  await server.until(({ queued, accepted, delivered }) => queued === 0 && accepted >= acknowledged.length && delivered === accepted)
  const counters = await server.status()
  const seen = async (): Promise<void> => {
    await until(async () => (await total()).delivered >= counters.delivered, 'all is counted')
    const figures = await total()
    assert.deepEqual(
      [figures.recipients, figures.delivered, figures.deferred, figures.failed + figures.expired],
      [counters.accepted, counters.delivered, counters.deferred, counters.failed],
    )
    for (const by of ['account', 'domain', 'site', 'stream', 'mailing', 'source'] as const) {
      const { rows } = await server.call('report.query', { by, interval: 'day', limit: 1000 })
      assert.equal(
        rows.reduce((sum, row) => sum + row.figures.delivered, 0),
        counters.delivered,
        by,
      )
    }
  }
  await seen()
  // As a table, by the API: the same sums.
  const key = (await server.call('key.add', { name: 'tables', role: 'viewer' })).secret
  const tableOf = async (query: string, accept: string): Promise<readonly (readonly string[])[]> => {
    const url = `http://127.0.0.1:${server.panelPort}/api/v1/reports/mail?${query}`
    const response = await fetch(url, { headers: { authorization: `Bearer ${key}`, accept } })
    assert.equal(response.status, 200)
    assert.match(response.headers.get('content-type') ?? '', /^text\/csv; charset=utf-8/)
    return (await response.text())
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','))
  }
  for (const [query, accept] of [
    ['by=site&interval=day', 'text/csv'],
    ['by=site&interval=day&format=csv', '*/*'],
  ] as const) {
    const [head, ...rows] = await tableOf(query, accept)
    const column = head?.indexOf('delivered') ?? -1
    assert.deepEqual(head?.slice(0, 3), ['at', 'account', 'value'])
    assert.equal(
      rows.reduce((sum, row) => sum + Number(row[column]), 0),
      counters.delivered,
    )
  }
  const url = `http://127.0.0.1:${server.panelPort}/api/v1/reports/mail?format=xml`
  const xml = await (await fetch(url, { headers: { authorization: `Bearer ${key}` } })).text()
  assert.equal(/<total><figures>.*?<delivered>(\d+)<\/delivered>/.exec(xml)?.[1], String(counters.delivered))
  const kinds = logged(server)
  assert.deepEqual([kinds.get('accepted'), kinds.get('delivered')], [(await total()).messages, counters.delivered])
  writeFileSync(crashFile, 'report-rebuild-noted')
  await server.call('report.rebuild', {}).catch(() => undefined)
  await until(() => !existsSync(crashFile), 'the desk comes to report-rebuild-noted')
  await total()
  await until(async () => !(await server.call('report.query', {})).isBehind, 'it is counted again')
  await seen()
  // A home that has events and no rollups counts what happened.
  await server.stop()
  rmSync(join(server.home, 'reports'), { recursive: true })
  await server.startAgain()
  await seen()
})
