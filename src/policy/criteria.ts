// Whether mail is among what somebody chose by criteria, as far as that can be said of a recipient whose turn comes.
import type { Domain } from '../base/brand.ts'
import type { QueueCriteria } from '../contract/criteria.ts'

/** Of a message. */
export interface Choosable {
  readonly account: number
  readonly mailing: string | null
  readonly sender: string
  readonly acceptedAt: number
}

/** Of a recipient, and of where its mail would go. */
export interface Whither {
  readonly domain: Domain
  /** Null: of the message as a whole; what is said of recipients matches nothing then. */
  readonly address: string | null
  /** Null: nobody knows. */
  readonly site: string | null
  readonly source: () => string | null
}

type Nullable = 'domain' | 'account' | 'mailing'
/** Null is as good as left out. */
type Criteria = Omit<QueueCriteria, Nullable> & { readonly [Name in Nullable]?: QueueCriteria[Name] | null }

export function isChosen(its: Criteria, head: Choosable, { domain, address, site, source }: Whither): boolean {
  const { account, mailing, sender, acceptedAt } = head
  if ((its.domain ?? domain) !== domain) return false
  if ((its.account ?? account) !== account) return false
  if ((its.mailing ?? mailing) !== mailing) return false
  if (acceptedAt >= (its.acceptedBefore ?? Infinity) || acceptedAt < (its.acceptedAfter ?? 0)) return false
  if ((its.site ?? site) !== site) return false
  if (its.sender !== undefined && !matchesGlob(its.sender, sender.toLowerCase())) return false
  if (its.recipient !== undefined && (address === null || !matchesGlob(its.recipient, address.toLowerCase()))) return false
  return its.source === undefined || its.source === source()
}

/** `*` is anything, `?` one character. Goes back to the last star only: what it costs grows with both lengths, and no faster. */
export function matchesGlob(pattern: string, text: string): boolean {
  let [p, t, star, from] = [0, 0, -1, 0]
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      from = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++from
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
