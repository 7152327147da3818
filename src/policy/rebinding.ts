// Which mail of the queue somebody bound to another pool or route: what matches all that is said, and was accepted before that was said.
import type { Domain, MessageId } from '../base/brand.ts'
import type { Rebinding } from '../contract/settings.ts'

export interface Rebindable {
  readonly id: MessageId
  readonly account: number
  readonly mailing: string | null
  readonly sender: string
  readonly acceptedAt: number
}

/** What is known of where a recipient's mail would go otherwise. */
export interface Otherwise {
  readonly domain: Domain
  /** Null: of the message as a whole; what is said of recipients matches nothing then. */
  readonly address: string | null
  /** Null: nobody knows. */
  readonly site: string | null
  readonly source: () => string | null
}

/** The latest that matches. */
export function findRebinding(
  all: readonly Rebinding[],
  head: Rebindable,
  { domain, address, site, source }: Otherwise,
): Rebinding | undefined {
  return all.findLast(({ selection: its }) => {
    const { id, account, mailing, sender, acceptedAt } = head
    if (its.domain !== undefined && its.domain !== domain) return false
    if (its.account !== undefined && its.account !== account) return false
    if (its.mailing !== undefined && its.mailing !== mailing) return false
    if (acceptedAt >= (its.acceptedBefore ?? Infinity) || acceptedAt < (its.acceptedAfter ?? 0)) return false
    if (its.site !== undefined && its.site !== site) return false
    if (its.source !== undefined && its.source !== source()) return false
    if (its.ids !== undefined && !its.ids.includes(id)) return false
    if (its.sender !== undefined && !matchesGlob(its.sender, sender.toLowerCase())) return false
    return its.recipient === undefined || (address !== null && matchesGlob(its.recipient, address.toLowerCase()))
  })
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
