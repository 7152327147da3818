// What happened, newest first by criteria, or as it is committed.
import type { Ms } from '../../../base/brand.ts'
import { MAIL_EVENT_KINDS } from '../../../contract/events.ts'
import type { OperationParams } from '../../../contract/operations.ts'
import type { EventFilter } from '../../../engine/ports/stores.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params, refused } from '../params.ts'

const MOST = 10_000
/** What is looked for in every line may take longer, and goes on where it was cut. */
const PATIENCE: Ms = 10_000
const NEWEST = { usual: 100, most: 1000 } as const
const LATEST = 8_640_000_000_000_000

type Criteria = { -readonly [K in keyof EventFilter]: EventFilter[K] }

function filterOf(params: Params): EventFilter {
  const filter: Criteria = namesIn(params)
  if (params.has('since')) filter.since = params.count('since', { least: 0, most: LATEST })
  if (params.has('until')) filter.until = params.count('until', { least: 0, most: LATEST })
  if (params.has('kinds')) {
    filter.kinds = params.list('kinds', MAIL_EVENT_KINDS.length).map((value) => {
      const kind = MAIL_EVENT_KINDS.find((known) => known === value)
      if (kind === undefined) throw refused(`kinds may hold ${MAIL_EVENT_KINDS.join(', ')}.`)
      return kind
    })
  }
  return filter
}

function namesIn(params: Params): Criteria {
  const filter: Criteria = {}
  if (params.has('message')) filter.message = params.message('message')
  if (params.has('recipient')) filter.recipient = params.text('recipient', 512)
  if (params.has('domain')) filter.domain = params.domain('domain')
  if (params.has('address')) filter.address = params.text('address', 320)
  if (params.has('clientId')) filter.clientId = params.text('clientId', 100)
  if (params.has('headerId')) filter.headerId = params.text('headerId', 252).replace(/^<(.*)>$/, '$1')
  if (params.has('subject')) filter.subject = params.text('subject', 200)
  if (params.has('account')) filter.account = params.account('account')
  if (params.has('mailing')) filter.mailing = params.text('mailing', 100)
  return filter
}

/** `shard.number`, or `@` and the time that a search came to. */
function cursorOf(params: Params): string {
  const id = params.text('before', 40)
  if (!/^(?:\d{1,4}\.\d{1,16}|@\d{1,16})$/.test(id)) throw refused('before is no event id: it has the form 3.1742.')
  return id
}

export function eventOperations({ events, tail }: OperationContext): OperationsOf<'events'> {
  return {
    'events.find': async (values: OperationParams<'events.find'>, gone?: AbortSignal) => {
      const params = new Params(values)
      const filter = filterOf(params)
      const before = params.has('before') ? cursorOf(params) : null
      const limit = params.count('limit', { least: 1, most: MOST })
      params.done()
      const { events: found, reached } = await events.search(filter, before, limit + 1, { patience: PATIENCE, gone })
      const page = found.slice(0, limit)
      if (found.length > limit) return { events: page, next: page.at(-1)?.id ?? null, isCut: false }
      return { events: page, next: reached === null ? null : `@${reached}`, isCut: reached !== null }
    },
    'events.tail': async (values) => {
      const params = new Params(values)
      const cursor = params.raw('after') ?? null
      if (cursor !== null && (typeof cursor !== 'string' || cursor.length > 100))
        throw refused('after must be what the last call gave, or null.')
      const limit = params.count('limit', { least: 1, most: MOST })
      params.done()
      return tail.after(cursor, limit)
    },
    'events.newest': async (values) => {
      const params = new Params(values)
      const after = params.has('after') ? params.text('after', 100) : null
      const account = params.has('account') ? params.account('account') : null
      const most = params.has('most') ? params.count('most', { least: 1, most: NEWEST.most }) : NEWEST.usual
      params.done()
      return tail.newest(after, most, account)
    },
  }
}
