// Changed rules held against the mail of the last day: for which sites something would be another, and how much mail they had. Domains with
// most mail are looked at, as far as a bounded time goes; the rest is told as not seen.
import type { AccountId, Domain, EpochMs, Ms } from '../../../base/brand.ts'
import { Fault } from '../../../base/fault.ts'
import type { RulesDocument } from '../../../contract/rules.ts'
import type { Explained, RulesTraffic, TrafficChange } from '../../../contract/rules-answers.ts'
import { RuleBook } from '../../../policy/rules/book.ts'
import { explain } from '../../../policy/rules/explain.ts'
import type { OperationContext, SiteAnswer } from '../context.ts'

const DAY: Ms = 86_400_000
/** Of all mail, and of that of one account with rules of its own. */
const MOST_DOMAINS = { all: 500, own: 100 } as const
const MOST_ACCOUNTS = 20
const AT_ONCE = 20
/** So long name servers are asked. */
const PATIENCE: Ms = 5000
const MOST_NAMED = 10
const MOST_ROWS = 500

interface Load {
  readonly domain: Domain
  readonly recipients: number
}

interface Books {
  readonly before: RuleBook
  readonly after: RuleBook
}

interface Documents {
  readonly smart: RulesDocument
  readonly before: RulesDocument
  readonly after: RulesDocument
}

/** Null: no figures are kept. */
export async function rulesTraffic(context: OperationContext, documents: Documents): Promise<RulesTraffic | null> {
  const to = context.now()
  const span = { from: to - DAY, to }
  const all = await loadsOf(context, span, null)
  if (all === null) return null
  const { smart, before, after } = documents
  const { config } = context.delivery
  const books = { before: new RuleBook({ smart, owner: before, config }), after: new RuleBook({ smart, owner: after, config }) }
  const sites = new Map<Domain, SiteAnswer>()
  const until = to + PATIENCE
  await lookUp(context, all.loads, sites, until)
  const found = changesOf(books, all.loads, sites, null)
  const usual = new Map(found.map(({ load, change }) => [load.domain, keyOf(change)]))
  for (const account of accountsThatChange(before, after)) {
    const own = await loadsOf(context, span, account)
    if (own === null) continue
    await lookUp(context, own.loads, sites, until)
    // What changes for everybody's mail is told there.
    for (const one of changesOf(books, own.loads, sites, account)) if (usual.get(one.load.domain) !== keyOf(one.change)) found.push(one)
  }
  const seen = all.loads.filter(({ domain }) => sites.has(domain)).reduce((sum, { recipients }) => sum + recipients, 0)
  const changed = found.filter(({ change }) => change.account === null).reduce((sum, { load }) => sum + load.recipients, 0)
  return { ...span, recipients: all.total, changed, unseen: all.total - seen, rows: grouped(found).slice(0, MOST_ROWS) }
}

async function loadsOf(
  { reports }: OperationContext,
  span: { readonly from: EpochMs; readonly to: EpochMs },
  account: AccountId | null,
): Promise<{ readonly loads: readonly Load[]; readonly total: number } | null> {
  const wish = { ...span, zone: 'UTC', interval: 'total', by: 'domain', account, filter: {}, order: 'recipients', after: 0 } as const
  try {
    const { rows, total } = await reports.query({ ...wish, limit: account === null ? MOST_DOMAINS.all : MOST_DOMAINS.own, compare: false })
    const loads = rows.flatMap(({ value, figures: { recipients } }) =>
      value === null || value === '' || recipients === 0 ? [] : [{ domain: value as Domain, recipients }],
    )
    return { loads, total: total.figures.recipients }
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}

async function lookUp(context: OperationContext, loads: readonly Load[], sites: Map<Domain, SiteAnswer>, until: EpochMs): Promise<void> {
  const left = loads.map(({ domain }) => domain).filter((domain) => !sites.has(domain))
  const look = async (): Promise<void> => {
    for (let domain = left.shift(); domain !== undefined && context.now() < until; domain = left.shift())
      sites.set(domain, await context.delivery.siteOf(domain))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, look))
}

/** With rules of their own in either, which are not the same in both. */
function accountsThatChange(before: RulesDocument, after: RulesDocument): readonly AccountId[] {
  const ids = new Set([...Object.keys(before.accounts), ...Object.keys(after.accounts)])
  const isOther = (id: string): boolean => JSON.stringify(before.accounts[id] ?? null) !== JSON.stringify(after.accounts[id] ?? null)
  return [...ids]
    .filter(isOther)
    .slice(0, MOST_ACCOUNTS)
    .map((id) => Number(id) as AccountId)
}

type Change = Pick<TrafficChange, 'site' | 'provider' | 'account' | 'changes'>

interface Found {
  readonly load: Load
  readonly change: Change
}

function changesOf(books: Books, loads: readonly Load[], sites: ReadonlyMap<Domain, SiteAnswer>, account: AccountId | null): Found[] {
  return loads.flatMap((load) => {
    const answer = sites.get(load.domain)
    if (answer === undefined) return []
    const { site, hosts } = answer.kind === 'site' ? answer : { site: null, hosts: [] }
    const told = (book: RuleBook): Explained => explain(book, { site: site ?? '', hosts, domain: load.domain, account }, () => null)
    const after = told(books.after)
    const changes = differing(shown(told(books.before)), shown(after))
    return changes.length === 0 ? [] : [{ load, change: { site, provider: after.provider, account, changes } }]
  })
}

const NOTHING = 'none'

/** Each setting in words. */
function shown({ settings, limits, blocks }: Explained): ReadonlyMap<string, string> {
  const words = new Map<string, string>()
  const add = (name: string, text: string): void => void words.set(name, words.has(name) ? `${words.get(name)}; ${text}` : text)
  for (const { setting, limit, shown: text, counted, scope } of limits)
    if (limit !== null) add(scope === 'own' ? `${setting} (of the account)` : setting, `${text} ${counted}`)
  for (const { setting, shown: text } of settings) add(setting, text)
  for (const { name, shown: text } of blocks) add(`block ${name}`, text)
  return words
}

function differing(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): TrafficChange['changes'] {
  const names = new Set([...before.keys(), ...after.keys()])
  return [...names].flatMap((setting) => {
    const [was, is] = [before.get(setting) ?? NOTHING, after.get(setting) ?? NOTHING]
    return was === is ? [] : [{ setting, before: was, after: is }]
  })
}

const keyOf = ({ site, changes }: Change): string => JSON.stringify([site, changes])

/** The same change at the same site once, with its domains. */
function grouped(found: readonly Found[]): readonly TrafficChange[] {
  const groups = Map.groupBy(found, ({ change }) => JSON.stringify([change.account, keyOf(change)]))
  const rows = [...groups.values()].flatMap((some): readonly TrafficChange[] => {
    const domains = some.map(({ load }) => load).toSorted((a, b) => b.recipients - a.recipients)
    const recipients = domains.reduce((sum, one) => sum + one.recipients, 0)
    const named = domains.slice(0, MOST_NAMED).map(({ domain }) => domain)
    const [first] = some
    return first === undefined ? [] : [{ ...first.change, domains: named, more: domains.length - named.length, recipients }]
  })
  return rows.toSorted((a, b) => b.recipients - a.recipients)
}
