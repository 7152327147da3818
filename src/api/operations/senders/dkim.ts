// DKIM keys: made, taken over, rotated; a key signs once its record was seen. Of several seen selectors for one domain and
// algorithm the newest signs (message/dkim/select.ts), so a rotation needs no more than a new key whose record comes to be seen.
import type { AccountId, Domain, EpochMs } from '../../../base/brand.ts'
import type { DkimKeyView } from '../../../contract/operations.ts'
import type { DkimAlgorithm, DkimKey, Settings } from '../../../contract/settings.ts'
import { generateDkimKey, importDkimKey } from '../../../message/dkim/keys.ts'
import { compareRecord, dkimRecord } from '../../../message/dkim/record.ts'
import { existingAccount } from '../existing-account.ts'
import type { OperationContext, OperationsOf, OperationTable } from '../context.ts'
import { recordsOf } from './domains.ts'
import { dkimProblem } from '../../../net/proof/published.ts'
import { Params, refused } from '../params.ts'

const ALGORITHMS: readonly DkimAlgorithm[] = ['rsa-sha256', 'ed25519-sha256']
const ROLES = ['author', 'provider'] as const
/** rfc:6376#3.1: labels joined by dots. */
const SELECTOR = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/
const LONGEST_SELECTOR = 120
const LONGEST_PEM = 20_000

function viewOf(key: DkimKey): DkimKeyView {
  const { domain, selector, algorithm, account, role, seenAt } = key
  return { domain, selector, algorithm, account, role, seenAt, record: dkimRecord(key) }
}

/** `hms-20261122-rsa`, with a number behind it where that is taken. */
function freeSelector(keys: readonly DkimKey[], domain: Domain, algorithm: DkimAlgorithm, now: EpochMs): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '')
  const base = `hms-${day}-${algorithm === 'rsa-sha256' ? 'rsa' : 'ed25519'}`
  const isTaken = (selector: string): boolean => keys.some((key) => key.domain === domain && key.selector === selector)
  if (!isTaken(base)) return base
  for (let n = 2; ; n++) if (!isTaken(`${base}-${n}`)) return `${base}-${n}`
}

function selectorOf(params: Params): string {
  const selector = params.text('selector', LONGEST_SELECTOR).toLowerCase()
  if (!SELECTOR.test(selector)) throw refused('A selector is made of letters, digits and hyphens, like a part of a domain name.')
  return selector
}

function refuseTaken({ dkimKeys }: Settings, domain: Domain, selector: string): void {
  if (dkimKeys.some((key) => key.domain === domain && key.selector === selector))
    throw refused(`There is a key ${selector} of ${domain} already.`, 'Choose another selector, or remove that key.', 'selector-taken')
}

function keysOf({ dkimKeys }: Settings, domain: Domain): readonly DkimKey[] {
  const keys = dkimKeys.filter((key) => key.domain === domain)
  if (keys.length === 0) throw refused(`There is no DKIM key of ${domain}.`, "Make one with 'hms dkim create'.", 'no-dkim-key')
  return keys
}

interface Belonging {
  readonly account: AccountId | null
  readonly role: 'author' | 'provider'
}

function belongingOf(params: Params, settings: Settings): Belonging {
  const account = params.optional('account', () => params.account('account')) ?? null
  if (account !== null) existingAccount(settings, account)
  return { account, role: params.optional('role', () => params.choice('role', ROLES)) ?? 'author' }
}

/** Keys that stand for the same thing: one of them signs. */
function group({ algorithm, account, role }: DkimKey): string {
  return `${algorithm} ${account} ${role}`
}

/** Looks at one key's record and notes the first time that it was seen. */
async function verified(context: OperationContext, key: DkimKey, force: boolean): Promise<DkimKeyView & { problem: string | null }> {
  const { settings, lookupTxt, now, by } = context
  const record = dkimRecord(key)
  const comparison = force ? ({ kind: 'match' } as const) : compareRecord(record, await recordsOf(lookupTxt, record.name))
  const seen = comparison.kind === 'match' || comparison.kind === 'testing'
  const changed = seen && key.seenAt === null ? { ...key, seenAt: now() } : key
  const stillThere = settings.read().dkimKeys.some((other) => other.domain === key.domain && other.selector === key.selector)
  if (changed !== key && stillThere) settings.putDkimKey(changed, by)
  return { ...viewOf(changed), problem: dkimProblem(comparison) }
}

async function rotated({ settings, now, by }: OperationContext, domain: Domain) {
  const keys = keysOf(settings.read(), domain)
  const groups = Map.groupBy(keys, group)
  const added: DkimKeyView[] = []
  for (const [first, ...rest] of groups.values()) {
    if (first === undefined) continue
    // A key that waits to be seen is the new one already: rotating twice makes no heap of keys.
    const waiting = [first, ...rest].find((key) => key.seenAt === null)
    if (waiting !== undefined) {
      added.push(viewOf(waiting))
      continue
    }
    const made = await generateDkimKey(first.algorithm)
    const selector = freeSelector(settings.read().dkimKeys, domain, first.algorithm, now())
    const key: DkimKey = { ...made, domain, selector, account: first.account, role: first.role, seenAt: null }
    settings.putDkimKey(key, by)
    added.push(viewOf(key))
  }
  return { added, retiring: keys.filter((key) => key.seenAt !== null).map(viewOf) }
}

function keyMaking({ settings, now, by }: OperationContext): Pick<OperationTable, 'dkim.create' | 'dkim.import'> {
  return {
    'dkim.create': async (values) => {
      const params = new Params(values)
      const domain = params.domain('domain')
      const asked = params.optional('selector', () => selectorOf(params))
      const algorithm = params.optional('algorithm', () => params.choice('algorithm', ALGORITHMS)) ?? 'rsa-sha256'
      const belonging = belongingOf(params, settings.read())
      params.done()
      if (asked !== undefined) refuseTaken(settings.read(), domain, asked)
      const made = await generateDkimKey(algorithm)
      const state = settings.read()
      const selector = asked ?? freeSelector(state.dkimKeys, domain, algorithm, now())
      refuseTaken(state, domain, selector)
      const key: DkimKey = { ...made, domain, selector, ...belonging, seenAt: null }
      settings.putDkimKey(key, by)
      return viewOf(key)
    },
    'dkim.import': async (values) => {
      const params = new Params(values)
      const domain = params.domain('domain')
      const selector = selectorOf(params)
      const taken = importDkimKey(params.lines('privateKey', LONGEST_PEM))
      const belonging = belongingOf(params, settings.read())
      params.done()
      refuseTaken(settings.read(), domain, selector)
      const key: DkimKey = { ...taken, domain, selector, ...belonging, seenAt: null }
      settings.putDkimKey(key, by)
      return viewOf(key)
    },
  }
}

export function dkimOperations(context: OperationContext): OperationsOf<'dkim'> {
  const { settings, by } = context
  return {
    'dkim.list': async (values) => {
      const params = new Params(values)
      const domain = params.optional('domain', () => params.domain('domain'))
      const selector = params.optional('selector', () => selectorOf(params))
      const account = params.optional('account', () => params.account('account'))
      params.done()
      const isWanted = (key: DkimKey): boolean =>
        (domain === undefined || key.domain === domain) &&
        (selector === undefined || key.selector === selector) &&
        (account === undefined || key.account === account)
      return settings.read().dkimKeys.filter(isWanted).map(viewOf)
    },
    ...keyMaking(context),
    'dkim.rotate': async (values) => {
      const params = new Params(values)
      const domain = params.domain('domain')
      params.done()
      return rotated(context, domain)
    },
    'dkim.verify': async (values) => {
      const params = new Params(values)
      const domain = params.domain('domain')
      const selector = params.optional('selector', () => selectorOf(params))
      const force = params.flag('force')
      params.done()
      const keys = keysOf(settings.read(), domain).filter((key) => selector === undefined || key.selector === selector)
      if (keys.length === 0) throw refused(`There is no key ${selector} of ${domain}.`, "List keys with 'hms dkim ls'.", 'no-dkim-key')
      const views = []
      for (const key of keys) views.push(await verified(context, key, force))
      return { keys: views }
    },
    'dkim.remove': async (values) => {
      const params = new Params(values)
      const domain = params.domain('domain')
      const selector = selectorOf(params)
      params.done()
      return { removed: settings.removeDkimKey(domain, selector, by) }
    },
  }
}
