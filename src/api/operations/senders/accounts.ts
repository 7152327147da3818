// Accounts.
import type { AccountId } from '../../../base/brand.ts'
import { ANONYMOUS_ACCOUNT } from '../../../base/brand.ts'
import { ACCOUNT_STATES } from '../../../contract/accounts.ts'
import { atMost, PRIORITIES } from '../../../contract/priority.ts'
import { type Account, FEEDBACK_ID, newAccount, WEIGHTS } from '../../../contract/settings.ts'
import { drawPassword, verifierFor } from '../../../smtp/new-login.ts'
import { LONGEST_WINDOW, parseWindow } from '../../../policy/time/delivery-window.ts'
import { accountStateOperations, changeState, stateContext } from './account-states.ts'
import { keepSetting } from '../history/kept.ts'
import { existingAccount, existingStream } from '../existing-account.ts'
import type { OperationContext, OperationTable } from '../context.ts'
import { freeUser } from './credentials.ts'
import { Params, refused } from '../params.ts'
import { ensureTokenKey } from './tokens.ts'

const LONGEST_NAME = 200

function deliveryWindow(text: string): string {
  const window = parseWindow(text)
  if (typeof window !== 'string') return window.text
  throw refused(`"${text}" is no delivery window: ${window}.`, 'Examples: Mon-Fri 08:00-20:00 Europe/Vienna; quiet 22:00-07:00 UTC.')
}

function feedbackId(params: Params): string {
  const text = params.text('feedbackId', 100)
  if (FEEDBACK_ID.test(text)) return text
  throw refused(
    `"${text}" is no sender of a Feedback-ID.`,
    'It has 5 to 15 letters, digits, hyphens and underscores, and is the same for all mail of the sender.',
  )
}

/** One that can be seen in a list. */
function nameFrom(params: Params): string {
  const name = params.text('name', LONGEST_NAME)
  if (name.trim() === '') throw refused('name must be more than spaces.')
  return name
}

function accountChange(values: unknown): Partial<Omit<Account, 'id'>> {
  const params = new Params(values, 'change')
  const change = {
    name: params.optional('name', () => nameFrom(params)),
    state: params.optional('state', () => params.choice('state', ACCOUNT_STATES)),
    bounceMail: params.optional('bounceMail', () => params.flag('bounceMail')),
    delayNotices: params.optional('delayNotices', () => params.flag('delayNotices')),
    unsigned: params.optional('unsigned', () => params.choice('unsigned', ['refuse', 'provider', 'allow'])),
    verifiedSendersOnly: params.optional('verifiedSendersOnly', () => params.flag('verifiedSendersOnly')),
    messagesPerHour: params.optional('messagesPerHour', () =>
      params.raw('messagesPerHour') === null ? null : params.count('messagesPerHour', { least: 0, most: 1_000_000_000 }),
    ),
    priority: params.optional('priority', () => params.choice('priority', PRIORITIES)),
    highestPriority: params.optional('highestPriority', () => params.choice('highestPriority', PRIORITIES)),
    weight: params.optional('weight', () => params.count('weight', WEIGHTS)),
    stream: params.optional('stream', () => params.text('stream', 32)),
    returnPathDomain: params.optional('returnPathDomain', () =>
      params.raw('returnPathDomain') === null ? null : params.domain('returnPathDomain'),
    ),
    returnPathNames: params.optional('returnPathNames', () => params.flag('returnPathNames')),
    feedbackId: params.optional('feedbackId', () => (params.raw('feedbackId') === null ? null : feedbackId(params))),
    keep: params.optional('keep', () => keepSetting(params.raw('keep'))),
    pickup: params.optional('pickup', () => params.flag('pickup')),
    window: params.optional('window', () => (params.raw('window') === null ? null : deliveryWindow(params.text('window', LONGEST_WINDOW)))),
  }
  params.done()
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
}

/** What asks for more than is allowed would be less than it says. */
function checkPriorities({ priority, highestPriority }: Account): void {
  if (atMost(priority, highestPriority) === priority) return
  throw refused(
    `The priority of the account would be ${priority}, and the highest that its mail may ask for ${highestPriority}.`,
    'Set both, such as --priority bulk --highest-priority normal.',
  )
}

export function accountOperations(
  context: OperationContext,
): Pick<OperationTable, 'account.list' | 'account.add' | 'account.set' | 'account.state'> {
  const { settings, by } = context
  return {
    ...accountStateOperations(context),
    'account.list': async (values) => {
      new Params(values).done()
      return [...settings.read().accounts.values()].toSorted((a, b) => a.id - b.id)
    },
    'account.add': async (values) => {
      const params = new Params(values)
      const name = nameFrom(params)
      params.done()
      const password = drawPassword()
      // Everything slow comes before the look at the settings, so that two calls cannot draw one id.
      const verifier = await verifierFor(password)
      const known = settings.read()
      if ([...known.accounts.values()].some((account) => account.name === name))
        throw refused(`There is an account named ${JSON.stringify(name)} already.`, 'Choose another name.', 'name-taken')
      const id = Math.max(ANONYMOUS_ACCOUNT, ...known.accounts.keys()) + 1
      const account = newAccount(id as AccountId, name)
      const user = freeUser(known, account.id)
      settings.putAccount(account, by)
      settings.putCredential({ ...verifier, user, account: account.id, networks: [] }, by)
      return { account, credential: { user, password } }
    },
    'account.set': async (values) => {
      const params = new Params(values)
      const id = params.account('id')
      const change = accountChange(params.raw('change'))
      params.done()
      const before = existingAccount(settings.read(), id)
      const { state = before.state, ...others } = change
      const account = { ...before, ...others }
      if (change.priority !== undefined || change.highestPriority !== undefined) checkPriorities(account)
      const stream = change.stream === undefined ? account.stream : existingStream(account, change.stream)
      // Whoever says no more than that it is suspended leaves no more.
      const isPlain = state === 'suspended' && before.standing === undefined
      const changed = { ...account, stream, ...(isPlain && { state }) }
      // Before it counts: what leaves with a token can be verified when it comes back.
      if (changed.returnPathDomain !== null) ensureTokenKey(context)
      settings.putAccount(changed, by)
      if (changed.pickup === true) context.makePickup(id)
      if (state === changed.state) return changed
      return (await changeState(stateContext(context), changed, { state, reason: '', by, until: null })).account
    },
  }
}
