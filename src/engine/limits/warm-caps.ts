// Which caps of warm-up a message falls under: by what it leaves from, the provider that it goes to, and the domains that sign it.
import type { Settings } from '../../contract/settings.ts'
import { allKeys, selectKeys } from '../../message/dkim/select.ts'
import type { RuleBook } from '../../policy/rules/book.ts'
import type { WarmupCaps } from '../../policy/warmup/book.ts'
import type { MessageHead } from '../ports/spool.ts'

export interface WarmCapsParts {
  readonly rules: () => RuleBook
  readonly settings: () => Settings
}

/** Null: nothing is warmed up. */
export function warmCapsOf(
  { rules, settings }: WarmCapsParts,
  source: string,
  provider: string | null,
  head: MessageHead,
): WarmupCaps | null {
  const { warmups } = rules()
  if (warmups === null) return null
  return warmups.at(source, provider, warmups.hasDomains ? signingDomains(settings(), head) : [])
}

/** The author's, signed or not, and those of keys that sign besides. */
function signingDomains(settings: Settings, head: MessageHead): readonly string[] {
  const keys = allKeys(selectKeys(settings, head))
  const domains = new Set<string>(keys.map(({ domain }) => domain))
  if (head.authorDomain !== null) domains.add(head.authorDomain)
  return [...domains].toSorted()
}
