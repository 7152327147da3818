// The queue of all workers as one: asked of all, merged by id.
import type { AccountId, Domain, MessageId } from '../../base/brand.ts'
import type { QueueEntry, QueueSelection } from '../../contract/operations.ts'
import { parseDomain } from '../../smtp/address.ts'
import type { OperationContext, OperationsOf, OperationTable } from './context.ts'
import { messageIdOf, Params, refused } from './params.ts'

const MOST_LISTED = 10_000
const MOST_IDS = 10_000
const MOST_EVENTS = 1000
const ACTIONS = ['retry', 'hold', 'release', 'delete', 'bounce'] as const

function queuedDomain(params: Params): Domain {
  const domain = parseDomain(params.text('domain', 255), true)
  if (domain === undefined) throw refused('domain is no domain name and no address literal.')
  return domain
}

/** Checks a selection; what is not a criterion in it is refused. */
export function selectionOf(values: unknown): QueueSelection {
  const params = new Params(values, 'selection')
  const selection: { ids?: readonly MessageId[]; domain?: Domain; account?: AccountId; mailing?: string; state?: 'waiting' | 'held' } = {}
  if (params.has('ids')) selection.ids = params.list('ids', MOST_IDS).map(messageIdOf)
  if (params.has('domain')) selection.domain = queuedDomain(params)
  if (params.has('account')) selection.account = params.account('account')
  if (params.has('mailing')) selection.mailing = params.text('mailing', 100)
  if (params.has('state')) selection.state = params.choice('state', ['waiting', 'held'])
  params.done()
  return selection
}

const byId = (a: QueueEntry, b: QueueEntry): number => (a.id < b.id ? -1 : 1)

export function queueOperations({ workers, events }: OperationContext): OperationsOf<'queue'> {
  return {
    'queue.list': async (values) => {
      const params = new Params(values)
      const selection = selectionOf(params.raw('selection'))
      const after = params.has('after') ? params.message('after') : null
      const limit = params.count('limit', { least: 1, most: MOST_LISTED })
      params.done()
      // Each may have up to `limit` that come first; one more tells whether there is a next page.
      const pages = await workers.all('queue.list', { selection, after, limit: Math.min(limit + 1, MOST_LISTED) })
      const merged = pages.flat().toSorted(byId)
      const entries = merged.slice(0, limit)
      const more = merged.length > limit || pages.some((page) => page.length >= MOST_LISTED)
      return { entries, next: more ? (entries.at(-1)?.id ?? null) : null }
    },
    'queue.count': async (values) => {
      const params = new Params(values)
      const selection = selectionOf(params.raw('selection'))
      params.done()
      const counts = await workers.all('queue.count', { selection })
      const sum = (of: 'messages' | 'recipients'): number => counts.reduce((total, count) => total + count[of], 0)
      return { messages: sum('messages'), recipients: sum('recipients') }
    },
    'queue.show': async (values) => {
      const params = new Params(values)
      const id = params.message('id')
      params.done()
      const answers = await workers.all('queue.show', { id })
      const owner = answers.find(({ entry }) => entry !== null)
      const history = (await events.find({ message: id }, null, MOST_EVENTS)).toReversed()
      return { entry: owner?.entry ?? null, header: owner?.header ?? null, events: history }
    },
    'queue.act': async (values) => {
      const params = new Params(values)
      const action = params.choice('action', ACTIONS)
      const selection = selectionOf(params.raw('selection'))
      const by = params.text('by', 200)
      params.done()
      const answers = await workers.all('queue.act', { action, selection, by })
      return { recipients: answers.reduce((total, { recipients }) => total + recipients, 0) }
    },
  }
}

export function spoolOperations({ workers }: OperationContext): Pick<OperationTable, 'spool.check'> {
  return {
    'spool.check': async (values) => {
      new Params(values).done()
      const answers = await workers.all('spool.check', {})
      return {
        recipients: answers.reduce((total, { recipients }) => total + recipients, 0),
        problems: answers.flatMap(({ problems }) => problems),
      }
    },
  }
}
