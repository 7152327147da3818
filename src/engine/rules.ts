// The rules that are in force, as a book that is made anew when they changed and not before.
import type { Config } from '../contract/options.ts'
import type { RulesDocument, RulesInForce, SmartRulesInForce } from '../contract/rules.ts'
import type { Settings } from '../contract/settings.ts'
import { RuleBook } from '../policy/rules/book.ts'
import { smartInForce } from '../policy/rules/smart.ts'

export interface RuleSurroundings {
  readonly settings: () => Settings
  readonly config: Config
  /** Smart rules that the program ships. */
  readonly smartRules: RulesDocument
}

/** Gives the newest book; the same one as long as the rules are the same. */
export function newestBook({ settings, config, smartRules }: RuleSurroundings): () => RuleBook {
  let made: { readonly owner: RulesInForce; readonly smart: SmartRulesInForce; readonly book: RuleBook } | null = null
  return () => {
    const { rules: owner, smartRules: smart } = settings()
    if (made !== null && made.owner === owner && made.smart === smart) return made.book
    const book = new RuleBook({ smart: smartInForce(smartRules, smart).document, owner: owner.document, config })
    made = { owner, smart, book }
    return book
  }
}
