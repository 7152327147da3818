// Suppression lists: made, filled, asked, written out; and what accounts want of them.
import type { AccountId } from '../../../base/brand.ts'
import type { OperationResult } from '../../../contract/operations.ts'
import type { Settings } from '../../../contract/settings.ts'
import {
  type AccountSuppression,
  type Holds,
  MOST_PATTERNS,
  NO_SUPPRESSION,
  SOFT_BOUNDS,
  SUPPRESSION_REASONS,
  type SuppressionEntry,
  type SuppressionList,
} from '../../../contract/suppression.ts'
import type { EntryCriteria, EntryPlace, PutEntry, SuppressionBook } from '../../../engine/ports/suppression.ts'
import { isPattern } from '../../../policy/suppression/targets.ts'
import { Fault } from '../../../base/fault.ts'
import type { OperationContext, OperationTable } from '../context.ts'
import { existingAccount } from '../existing-account.ts'
import { Params, refused } from '../params.ts'
import { listName, readRow, readTarget, streamName } from './suppression-input.ts'

type Room = Pick<
  OperationTable,
  | 'suppression.lists'
  | 'suppression.create'
  | 'suppression.drop'
  | 'suppression.policy'
  | 'suppression.add'
  | 'suppression.remove'
  | 'suppression.find'
  | 'suppression.import'
  | 'suppression.export'
>

const MOST_TARGETS = 1000
const MOST_ROWS = 10_000
/** Entries that one search looks at, and those of them that it looks at before others have their turn. */
const MOST_LOOKED = 1_000_000
const LOOKED_AT_ONCE = 10_000
const TIMES = { least: 0, most: Number.MAX_SAFE_INTEGER } as const
const LONGEST = 100 * 366 * 86_400_000

export function suppressionOperations(context: OperationContext): Room {
  return { ...listOperations(context), ...policyOperation(context), ...entryOperations(context), ...fileOperations(context) }
}

function listOperations({
  settings,
  suppression,
  by,
}: OperationContext): Pick<Room, 'suppression.lists' | 'suppression.create' | 'suppression.drop'> {
  return {
    'suppression.lists': async (values) => {
      const params = new Params(values)
      const named = params.optional('name', () => params.text('name', 200))
      const of = params.optional('account', () => params.account('account'))
      params.done()
      const users = usersOf(settings.read())
      const lists = await suppression.lists({ name: named, account: of })
      return lists.map(({ name, account, entries }) => ({
        name,
        account,
        entries,
        checkedBy: users('check', name),
        addedToBy: users('add', name),
      }))
    },
    'suppression.create': async (values) => {
      const params = new Params(values)
      const name = listName(params, 'name')
      const account = params.optional('account', () => params.account('account')) ?? null
      params.done()
      if (account !== null) existingAccount(settings.read(), account)
      if (!(await suppression.create(name, account)))
        throw refused(`There is a list ${name} already.`, 'Choose another name.', 'name-taken')
      settings.note(by, 'suppression list made', account === null ? name : `${name} of account ${account}`)
      return { name, account, entries: 0 }
    },
    'suppression.drop': async (values) => {
      const params = new Params(values)
      const name = listName(params, 'name')
      params.done()
      const users = usersOf(settings.read())
      const [user] = [...users('check', name), ...users('add', name)]
      if (user !== undefined)
        throw refused(`Account ${user} uses the list ${name}.`, `Name another: hms suppression policy ${user} --check none --add none.`)
      const [list] = await suppression.lists({ name })
      await suppression.drop(name)
      settings.note(by, 'suppression list removed', `${name}: ${list?.entries ?? 0} entries`)
      return { entries: list?.entries ?? 0 }
    },
  }
}

function policyOperation({ settings, suppression, by, actor, delivery }: OperationContext): Pick<Room, 'suppression.policy'> {
  return {
    'suppression.policy': async (values) => {
      const params = new Params(values)
      const id = params.account('account')
      const change = params.optional('change', () => policyChange(params.raw('change'))) ?? {}
      params.done()
      const account = existingAccount(settings.read(), id)
      const policy: AccountSuppression = { ...NO_SUPPRESSION, ...account.suppression, ...change }
      if (Object.keys(change).length === 0) return policy
      if (actor.account !== undefined && !delivery.config['suppression.policy_by_accounts'])
        throw refused(
          'What suppresses recipients is decided by whoever runs the server.',
          'Set suppression.policy_by_accounts.',
          'not-allowed',
        )
      const lists = await suppression.lists()
      const isTaken = (name: string): boolean => [account.suppression?.check, account.suppression?.add].includes(name)
      for (const name of [change.check, change.add])
        if (typeof name === 'string')
          requireList(actor.account === undefined ? lists : lists.filter((one) => one.account === id || isTaken(one.name)), name, id)
      settings.putAccount({ ...existingAccount(settings.read(), id), suppression: policy }, by)
      return policy
    },
  }
}

function usersOf({ accounts }: Settings): (part: 'check' | 'add', list: string) => readonly AccountId[] {
  const users = { check: new Map<string, AccountId[]>(), add: new Map<string, AccountId[]>() }
  for (const { id, suppression } of accounts.values())
    for (const part of ['check', 'add'] as const) {
      const list = suppression?.[part]
      if (typeof list === 'string') users[part].set(list, [...(users[part].get(list) ?? []), id])
    }
  return (part, list) => users[part].get(list) ?? []
}

/** `lists`: those that whoever asks may name. */
function requireList(lists: readonly SuppressionList[], name: string, account: AccountId): void {
  const list = lists.find((one) => one.name === name)
  if (list === undefined)
    throw refused(`There is no suppression list ${JSON.stringify(name)}.`, "'hms suppression create' makes one.", 'no-list')
  if (list.account !== null && list.account !== account)
    throw refused(`The list ${name} is that of account ${list.account} alone.`, 'Name another, or make a shared one.')
}

function policyChange(values: unknown): Partial<AccountSuppression> {
  const params = new Params(values, 'change')
  const list = (name: string): string | null => (params.raw(name) === null ? null : listName(params, name))
  const change = {
    check: params.optional('check', () => list('check')),
    add: params.optional('add', () => list('add')),
    reject: params.optional('reject', () => params.flag('reject')),
    hard: params.optional('hard', () => holds(params, 'hard')),
    soft: params.optional('soft', () => softPolicy(params.raw('soft'))),
    complaint: params.optional('complaint', () => holds(params, 'complaint')),
    unsubscribe: params.optional('unsubscribe', () => holds(params, 'unsubscribe')),
  }
  params.done()
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
}

function softPolicy(values: unknown): AccountSuppression['soft'] {
  const params = new Params(values, 'soft')
  const soft = {
    count: params.count('count', SOFT_BOUNDS.count),
    within: params.count('within', { least: 60_000, most: SOFT_BOUNDS.within }),
    holds: holds(params, 'holds'),
  }
  params.done()
  return soft
}

function holds(params: Params, name: string): Holds {
  const value = params.raw(name)
  return value === 'ever' || value === 'off' ? value : params.count(name, { least: 1000, most: LONGEST })
}

function entryOperations({
  settings,
  suppression,
  now,
  by,
}: OperationContext): Pick<Room, 'suppression.add' | 'suppression.remove' | 'suppression.find'> {
  return {
    'suppression.add': async (values) => {
      const params = new Params(values)
      const list = listName(params, 'list')
      const targets = targetsOf(params)
      const stream = params.optional('stream', () => streamName(params.text('stream', 64))) ?? null
      const reason = params.optional('reason', () => params.choice('reason', SUPPRESSION_REASONS)) ?? 'Manual'
      const span =
        params.optional('for', () => (params.raw('for') === null ? null : params.count('for', { least: 1000, most: LONGEST }))) ?? null
      params.done()
      const at = now()
      const rest = { stream, reason, at, expires: span === null ? null : at + span, origin: by }
      const result = await suppression.put(
        list,
        targets.map((target) => ({ target, ...rest })),
      )
      settings.note(by, 'suppression added', `${list}: ${shown(targets)}${stream === null ? '' : ` (stream ${stream})`}`)
      return result
    },
    'suppression.remove': async (values) => {
      const params = new Params(values)
      const list = listName(params, 'list')
      const targets = targetsOf(params)
      const stream = params.has('stream') ? (params.raw('stream') === null ? null : streamName(params.text('stream', 64))) : undefined
      const dryRun = params.flag('dryRun')
      params.done()
      const removed = await suppression.remove(list, targets, stream, dryRun)
      if (removed > 0 && !dryRun) settings.note(by, 'suppression removed', `${list}: ${shown(targets)}`)
      return { removed }
    },
    'suppression.find': async (values) => {
      const params = new Params(values)
      const target = targetOf(params.text('target', 400))
      const list = params.optional('list', () => listName(params, 'list')) ?? null
      params.done()
      return { entries: await suppression.find(target, list, now()) }
    },
  }
}

function targetsOf(params: Params): readonly string[] {
  const targets = params.list('targets', MOST_TARGETS).map((text) => targetOf(typeof text === 'string' ? text : ''))
  if (targets.length === 0) throw refused('Nothing is named.', 'Name addresses, domains or patterns.')
  return [...new Set(targets)]
}

function targetOf(text: string): string {
  const read = readTarget(text)
  if (typeof read !== 'string') return read.target
  throw refused(
    `${JSON.stringify(text.slice(0, 100))} cannot be suppressed: ${read}.`,
    'Examples: ann@example.com, @example.com, *@spam.example.',
  )
}

function shown(targets: readonly string[]): string {
  const some = targets.slice(0, 5).join(', ')
  return targets.length > 5 ? `${some} and ${targets.length - 5} more` : some
}

function fileOperations({ settings, suppression, now, by }: OperationContext): Pick<Room, 'suppression.import' | 'suppression.export'> {
  return {
    'suppression.import': async (values) => {
      const params = new Params(values)
      const list = listName(params, 'list')
      const rows = params.list('rows', MOST_ROWS)
      const origin = params.text('origin', 300)
      const dryRun = params.flag('dryRun')
      const last = params.optional('last', () => new Params(params.raw('last'), 'last').count('rows', { least: 0, most: 1e12 }))
      params.done()
      const entries: PutEntry[] = []
      const bad: { row: number; problem: string }[] = []
      let patterns = 0
      const at = now()
      for (const [row, value] of rows.entries()) {
        const entry = readRow(value, at, origin)
        const problem = typeof entry === 'string' ? entry : dryRun ? null : await putPattern(suppression, list, entry)
        if (problem !== null) bad.push({ row, problem })
        else if (typeof entry !== 'string' && (dryRun || !isPattern(entry.target))) entries.push(entry)
        else patterns++
      }
      if (dryRun && (await suppression.lists({ name: list })).length === 0) requireList([], list, 1000 as AccountId)
      const part = { from: origin, isLast: last !== undefined }
      const result = dryRun ? { added: entries.length, changed: 0 } : await suppression.gather(list, entries, part)
      if (last !== undefined && !dryRun) settings.note(by, 'suppression imported', `${list}: ${last} rows, ${origin}`)
      return { added: result.added + patterns, changed: result.changed, bad }
    },
    'suppression.export': async (values) => {
      const params = new Params(values)
      const list = listName(params, 'list')
      const criteria = criteriaOf(params)
      const after = params.optional('after', () => placeOf(params.raw('after'))) ?? null
      const limit = params.count('limit', { least: 1, most: MOST_ROWS })
      params.done()
      if (criteria !== null) return searched(suppression, list, criteria, after, limit)
      const entries = await suppression.page(list, after, limit)
      const end = entries.length < limit ? undefined : entries.at(-1)
      return { entries, next: end === undefined ? null : placeAt(end), isCut: false }
    },
  }
}

const placeAt = ({ target, stream }: SuppressionEntry): { target: string; stream: string | null } => ({ target, stream })

/** Null: all of them. */
function criteriaOf(params: Params): EntryCriteria | null {
  const criteria = {
    match: params.optional('match', () => params.text('match', 320).trim().toLowerCase()) ?? null,
    reason: params.optional('reason', () => params.choice('reason', SUPPRESSION_REASONS)) ?? null,
    origin: params.optional('origin', () => params.text('origin', 300)) ?? null,
    since: params.optional('since', () => params.count('since', TIMES)) ?? null,
    until: params.optional('until', () => params.count('until', TIMES)) ?? null,
  }
  return Object.values(criteria).every((one) => one === null) ? null : criteria
}

/** Slice by slice, so that what comes back is taken in between; there is no index but of what entries name. */
async function searched(
  suppression: SuppressionBook,
  list: string,
  criteria: EntryCriteria,
  from: EntryPlace | null,
  limit: number,
): Promise<OperationResult<'suppression.export'>> {
  const entries: SuppressionEntry[] = []
  let after = from
  for (let looked = 0; looked < MOST_LOOKED; looked += LOOKED_AT_ONCE) {
    const found = await suppression.search(list, criteria, after, LOOKED_AT_ONCE)
    entries.push(...found.entries)
    const end = entries[limit - 1]
    if (end !== undefined && (entries.length > limit || found.looked === LOOKED_AT_ONCE))
      return { entries: entries.slice(0, limit), next: placeAt(end), isCut: false }
    if (found.looked < LOOKED_AT_ONCE || found.last === null) return { entries, next: null, isCut: false }
    after = found.last
  }
  return { entries, next: after === null ? null : { target: after.target, stream: after.stream || null }, isCut: true }
}

/** What is wrong with it, where it is a pattern of which a list has few; the others of its file are used all the same. */
async function putPattern(suppression: SuppressionBook, list: string, entry: PutEntry): Promise<string | null> {
  if (!isPattern(entry.target)) return null
  try {
    await suppression.put(list, [entry])
    return null
  } catch (error) {
    if (error instanceof Fault && error.code === 'too-many-patterns') return `it is a pattern, and the list has ${MOST_PATTERNS} already`
    throw error
  }
}

function placeOf(values: unknown): { readonly target: string; readonly stream: string } {
  const params = new Params(values, 'after')
  const target = params.text('target', 400)
  const stream = params.raw('stream') === null ? '' : params.text('stream', 64)
  params.done()
  return { target, stream }
}
