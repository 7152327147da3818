// Mail that is kept back until somebody resumes it. What waits and matches is held at once, what comes later when its turn comes.
import type { AccountId } from '../../../base/brand.ts'
import type { QueueCriteria } from '../../../contract/criteria.ts'
import type { Suspension } from '../../../contract/settings.ts'
import { suspendedReason } from '../../../policy/suspension.ts'
import type { OperationContext, OperationTable } from '../context.ts'
import { Params, refused } from '../params.ts'
import { criteriaOf } from './selection.ts'

type Table = Pick<OperationTable, 'queue.suspensions' | 'queue.suspend' | 'queue.resume'>

/** Each is looked at for every recipient. */
const MOST = 1000
/** Of those that somebody of one account made: of his, and of all such. */
const MOST_OWN = { each: 20, all: 500 } as const
const MOST_NOTED = 500

export function suspensionOperations(context: OperationContext): Table {
  const { settings, workers, now, live, by, actor } = context
  // Workers read the settings before the queue is changed: else they would hold again what was just released.
  const announced = (): Promise<unknown> => workers.all('settings.changed', {})
  const holdWaiting = async (suspension: Suspension, criteria: QueueCriteria): Promise<number> => {
    await announced()
    const selection = { state: 'waiting' as const, ...criteria }
    return sumOf(await workers.all('queue.act', { action: 'hold', selection, by: suspension.by, reason: suspendedReason(suspension) }))
  }
  return {
    'queue.suspensions': async (values) => {
      const params = new Params(values)
      const id = params.optional('id', () => params.count('id', { least: 1, most: Number.MAX_SAFE_INTEGER }))
      const account = params.optional('account', () => params.account('account'))
      params.done()
      const isWanted = (one: Suspension): boolean =>
        (id === undefined || one.id === id) && (account === undefined || one.account === account)
      return settings.read().suspensions.filter(isWanted)
    },
    'queue.suspend': async (values) => {
      const { suspensions } = settings.read()
      if (suspensions.length >= MOST) throw refused(`There are ${MOST} suspensions, as many as there may be.`, 'Suspend more at once.')
      const isOwn = actor.account !== undefined
      if (isOwn) checkOwn(suspensions, actor.account)
      const id = Math.max(0, ...suspensions.map((one) => one.id)) + 1
      const params = new Params(values)
      const criteria = criteriaOf(params)
      const note = params.optional('note', (given) => given.text('note', 200)) ?? ''
      params.done()
      const { domain = null, account = null, mailing = null, ...others } = criteria
      const suspension: Suspension = { id, domain, account, mailing, ...others, note, by, at: now(), ...(isOwn && { isOwn }) }
      settings.putSuspension(suspension, by)
      const held = live().running ? await holdWaiting(suspension, criteria) : 0
      settings.note(by, 'queue suspend', `${held} that waited, and what comes, of ${JSON.stringify(criteria).slice(0, MOST_NOTED)}`)
      return { suspension, held }
    },
    'queue.resume': async (values) => {
      const params = new Params(values)
      const id = params.count('id', { least: 1, most: Number.MAX_SAFE_INTEGER })
      params.done()
      const suspension = settings.read().suspensions.find((one) => one.id === id)
      if (suspension === undefined || !settings.removeSuspension(id, by)) return { removed: false, released: 0 }
      if (!live().running) return { removed: true, released: 0 }
      await announced()
      const selection = { state: 'held' as const, reason: suspendedReason(suspension) }
      return { removed: true, released: sumOf(await workers.all('queue.act', { action: 'release', selection, by })) }
    },
  }
}

function checkOwn(suspensions: readonly Suspension[], account: AccountId): void {
  const own = suspensions.filter((one) => one.isOwn === true)
  if (own.length >= MOST_OWN.all || own.filter((one) => one.account === account).length >= MOST_OWN.each)
    throw refused(`There are as many suspensions of accounts as there may be (${MOST_OWN.each} of each).`, 'Suspend more at once.')
}

const sumOf = (answers: readonly { readonly recipients: number }[]): number => answers.reduce((sum, { recipients }) => sum + recipients, 0)
