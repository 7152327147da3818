// FUTURERELEASE (rfc:4865): a message that is submitted now and to be sent later.
import type { FutureRelease, MailRequest } from './handler.ts'

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i

/** The keyword of EHLO: how long ahead, in seconds and as a moment. */
export function holdKeyword({ longest, latest }: FutureRelease): string {
  return `FUTURERELEASE ${Math.floor(longest / 1000)} ${new Date(latest).toISOString().replace(/\.\d+/, '')}`
}

/** The value of HOLDFOR (at most nine digits) or HOLDUNTIL (rfc:3339#5.6); undefined: it is none. */
export function parseHold(key: 'HOLDFOR' | 'HOLDUNTIL', value: string | null): MailRequest['hold'] | undefined {
  if (value === null) return undefined
  if (key === 'HOLDFOR') return /^\d{1,9}$/.test(value) ? { for: Number(value) * 1000 } : undefined
  const moment = DATE_TIME.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(moment) ? undefined : { until: moment }
}
