// The queue of all workers as one: asked of all, merged by id.
import { type AttemptDialog, MOST_DIALOGS } from '../../../contract/dialogs.ts'
import type { QueueEntry } from '../../../contract/queue-operations.ts'
import type { OperationContext, OperationTable } from '../context.ts'
import { countedSelection, countedText, countOf, requireNoMore } from './counted.ts'
import { addressKey } from '../../../policy/suppression/targets.ts'
import { Params } from '../params.ts'
import { selectionOf } from './selection.ts'

const MOST_LISTED = 10_000
const MOST_EVENTS = 1000
const MOST_NOTED = 500
const ACTIONS = ['retry', 'hold', 'release', 'delete', 'bounce'] as const

const byId = (a: QueueEntry, b: QueueEntry): number => (a.id < b.id ? -1 : 1)

export function queueOperations({
  workers,
  by,
  events,
  data,
  settings,
  now,
}: OperationContext): Pick<OperationTable, 'queue.list' | 'queue.count' | 'queue.show' | 'queue.dialogs' | 'queue.act'> {
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
      const at = now()
      const found = await countOf(workers, selection)
      return { ...found, counted: countedText(selection, at, found.recipients) }
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
    'queue.dialogs': async (values) => {
      const params = new Params(values)
      const id = params.message('id')
      const recipient = params.optional('recipient', () => addressKey(params.text('recipient', 320)))
      params.done()
      const wanted = ({ recipients, more }: AttemptDialog): boolean =>
        recipient === undefined || more > 0 || recipients.some((one) => addressKey(one) === recipient)
      return { dialogs: (await data.dialogs.find(id, MOST_DIALOGS)).filter(wanted) }
    },
    'queue.act': async (values) => {
      const params = new Params(values)
      const action = params.choice('action', ACTIONS)
      const { selection, most } = countedSelection(params.raw('selection'))
      params.done()
      if (most !== null) await requireNoMore(workers, selection, most)
      const answers = await workers.all('queue.act', { action, selection, by })
      const recipients = answers.reduce((total, each) => total + each.recipients, 0)
      // What became of each is in the events; that it was done, and by which words, is in the audit.
      if (recipients > 0) settings.note(by, `queue ${action}`, `${recipients} of ${JSON.stringify(selection).slice(0, MOST_NOTED)}`)
      return { recipients }
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
