// Sums of what receivers report of mail in our name. Workers hand them in as they read them.
import type { ReportSum } from '../../../contract/sums.ts'
import { dmarcDays, tlsDays } from '../../../message/report-sums.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params, refused } from '../params.ts'

const DAY = 86_400_000
const USUAL_DAYS = 30
const MOST_ROWS = 100

interface Wanted {
  readonly since: number
  readonly domain: string | null
  readonly each: boolean
}

export function reportOperations({ events, now }: OperationContext): OperationsOf<'reports'> {
  const wanted = (values: unknown): Wanted => {
    const params = new Params(values)
    const days = params.optional('days', () => params.count('days', { least: 1, most: 400 })) ?? USUAL_DAYS
    const domain = params.optional('domain', () => params.domain('domain')) ?? null
    const each = params.optional('byReporter', () => params.flag('byReporter')) ?? false
    params.done()
    return { since: now() - days * DAY, domain, each }
  }
  return {
    'reports.take': async (values) => {
      const params = new Params(values)
      const sums = params.list('sums', MOST_ROWS)
      params.done()
      events.sums.take(sums.map(sumOf))
      return {}
    },
    'reports.dmarc': async (values) => {
      const { since, domain, each } = wanted(values)
      return dmarcDays(events.sums.list('dmarc', since, domain), each)
    },
    'reports.tls': async (values) => {
      const { since, domain, each } = wanted(values)
      return tlsDays(events.sums.list('tls', since, domain), each)
    },
  }
}

/** From a worker of the same release: what the table needs is looked at. */
function sumOf(value: unknown): ReportSum {
  const sum = value as ReportSum
  const texts = [sum.reporter, sum.report, sum.domain]
  const isWhole = (sum.kind === 'dmarc' || sum.kind === 'tls') && Number.isInteger(sum.day) && typeof sum.counts === 'object'
  if (!isWhole || texts.some((text) => typeof text !== 'string')) throw refused('A sum is not whole.')
  return sum
}
