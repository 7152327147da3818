// Events that reports count, and questions about them, for tests.
import type { NumberedEvent } from '../src/contract/events.ts'
import type { ReportWish } from '../src/engine/ports/reports.ts'

const DAY = 86_400_000
export const REPORT_START = Date.UTC(2026, 9, 30, 20)

export function reportHappened(shard: number, n: number, change: object): NumberedEvent {
  const base = {
    account: 1000,
    message: `m${n}`,
    clientId: null,
    mailing: null,
    sender: 'a@sender.test',
    size: 1000,
    recipient: 'x@one.test',
  }
  return {
    ...base,
    domain: 'one.test',
    attempt: 1,
    site: 'mx.one.test',
    at: REPORT_START,
    id: `${shard}.${n}`,
    ...change,
  } as unknown as NumberedEvent
}

export const reportWish = (change: Partial<ReportWish> = {}): ReportWish => ({
  from: REPORT_START - 40 * DAY,
  to: REPORT_START + 40 * DAY,
  zone: 'UTC',
  interval: 'total',
  by: null,
  account: null,
  filter: {},
  order: 'delivered',
  limit: 100,
  after: 0,
  compare: false,
  ...change,
})
