import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { NO_RULES } from '../../contract/rules.ts'
import { mailReportOperations } from '../../api/operations/returned/mail-reports.ts'
import type { OperationContext } from '../../api/operations/context.ts'
import { openEvents } from '../../store/sqlite/events/events.ts'
import { commitEvents } from '../../../testkit/event-lines.ts'
import { settingsWith } from '../../../testkit/engine-home.ts'
import { REPORT_START, reportHappened } from '../../../testkit/rollup-samples.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { ReportsCore } from './reports-core.ts'

test('sites in a report have the provider that the rules know them as, the narrowest; others have none', async () => {
  using folder = temporaryFolder()
  using events = openEvents(join(folder.path, 'events'))
  const sites = ['(@|alt1).in.big.example', 'mx.big.example', 'mx.one.test', '(60 hosts 0123456789abcdef).big.example']
  commitEvents(
    events,
    sites.map((site, i) => reportHappened(0, i + 1, { kind: 'delivered', site, queuedFor: 1 })),
  )
  using core = new ReportsCore({ events: join(folder.path, 'events'), reports: join(folder.path, 'reports') })
  while (core.step()) continue
  const providers = { big: ['*.big.example'], mailbox: ['*.in.big.example'] }
  const context = {
    reports: { query: async (wish: Parameters<typeof core.query>[0]) => core.query(wish), rebuild: async () => core.rebuild() },
    settings: { read: () => settingsWith() },
    delivery: { shipped: { ...NO_RULES, edition: 1, providers } },
    now: () => REPORT_START,
  } as unknown as OperationContext
  const operations = mailReportOperations(context)
  const { rows } = await operations['report.query']({ by: 'site', limit: 10 })
  const known = Object.fromEntries(rows.map(({ value, provider }) => [value, provider]))
  assert.deepEqual(known, { [sites[0] ?? '']: 'mailbox', 'mx.big.example': 'big', 'mx.one.test': undefined, [sites[3] ?? '']: undefined })
  const byDomain = await operations['report.query']({ by: 'domain', limit: 10 })
  assert.ok(byDomain.rows.length > 0 && byDomain.rows.every((row) => !('provider' in row)))
})
