// What mail of the queue is chosen by, checked: ids, criteria, and what only a recipient in the queue has.
import type { Domain } from '../../../base/brand.ts'
import type { QueueCriteria } from '../../../contract/criteria.ts'
import type { QueueSelection } from '../../../contract/queue-operations.ts'
import { parseDomain } from '../../../smtp/address.ts'
import { parsePostDomain } from '../../../smtp/post-address.ts'
import { messageIdOf, Params, refused } from '../params.ts'

const MOST_IDS = 10_000
const MOST_STARS = 4
/** A last reply has 1,024 characters at most, and may have words before it. */
const MOST_REASON = 2000

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
