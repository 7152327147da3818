// The queue of all workers as one: asked of all, merged by id.
import type { Domain } from '../../base/brand.ts'
import type { QueueCriteria } from '../../contract/criteria.ts'
import type { QueueEntry, QueueSelection } from '../../contract/queue-operations.ts'
import { parseDomain } from '../../smtp/address.ts'
import { parsePostDomain } from '../../smtp/post-address.ts'
import type { OperationContext, OperationTable } from './context.ts'
import { messageIdOf, Params, refused } from './params.ts'

const MOST_LISTED = 10_000
const MOST_IDS = 10_000
/** A last reply has 1,024 characters at most, and may have words before it. */
const MOST_REASON = 2000
const MOST_EVENTS = 1000
const MOST_STARS = 4
const MOST_NOTED = 500
const ACTIONS = ['retry', 'hold', 'release', 'delete', 'bounce'] as const

export function queuedDomain(params: Params): Domain {
  const text = params.text('domain', 255)
  const domain = parseDomain(text, true) ?? parsePostDomain(text)
  if (domain === undefined) throw refused('domain is no domain name and no address literal.')
  return domain
}

/** Checks a selection; what is not a criterion in it is refused. */
export function selectionOf(values: unknown): QueueSelection {
  const params = new Params(values, 'selection')
  const ids = params.optional('ids', (given) => given.list('ids', MOST_IDS).map(messageIdOf))
  const state = params.optional('state', (given) => given.choice('state', ['waiting', 'held']))
  const address = params.optional('address', (given) => given.text('address', 320))
  const reason = params.optional('reason', (given) => given.text('reason', MOST_REASON))
  const criteria = criteriaOf(params)
  params.done()
  const own = Object.fromEntries(Object.entries({ ids, state, address, reason }).filter(([, value]) => value !== undefined))
  return { ...own, ...criteria }
}

/** Those among the parameters. */
export function criteriaOf(params: Params): QueueCriteria {
  const selection: { -readonly [K in keyof QueueCriteria]: QueueCriteria[K] } = {}
  if (params.has('domain')) selection.domain = queuedDomain(params)
  if (params.has('account')) selection.account = params.account('account')
  if (params.has('mailing')) selection.mailing = params.text('mailing', 100)
  if (params.has('site')) selection.site = params.text('site', 400)
  if (params.has('source')) selection.source = params.text('source', 100)
  for (const name of ['recipient', 'sender'] as const) if (params.has(name)) selection[name] = patternOf(params, name)
  for (const name of ['acceptedBefore', 'acceptedAfter'] as const)
    if (params.has(name)) selection[name] = params.count(name, { least: 0, most: Number.MAX_SAFE_INTEGER })
  return selection
}

/** Bounded: what a pattern costs grows with its stars. */
function patternOf(params: Params, name: 'recipient' | 'sender'): string {
  const pattern = params.text(name, 320)
  if (pattern.includes('[')) throw refused(`${name} takes * and ? as wildcards, and no [.`)
  if (pattern.split('*').length > MOST_STARS + 1) throw refused(`${name} has more than ${MOST_STARS} wildcards *.`)
  return pattern.toLowerCase()
}

const byId = (a: QueueEntry, b: QueueEntry): number => (a.id < b.id ? -1 : 1)

export function queueOperations({
  workers,
  by,
  events,
  settings,
}: OperationContext): Pick<OperationTable, 'queue.list' | 'queue.count' | 'queue.show' | 'queue.act'> {
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
      params.done()
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
