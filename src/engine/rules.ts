// The rules that are in force, as a book that is made anew when they changed and not before.
import type { Clock } from '../base/clock.ts'
import type { Config } from '../contract/options.ts'
import type { RulesDocument, RulesInForce } from '../contract/rules.ts'
import type { Settings } from '../contract/settings.ts'
import { RuleBook } from '../policy/rules/book.ts'
import { smartInForce } from '../policy/rules/smart.ts'
import { WarmupBook } from '../policy/warmup/book.ts'

export interface RuleSurroundings {
  readonly settings: () => Settings
  readonly config: Config
  readonly clock: Clock
  /** Smart rules that the program ships. */
  readonly smartRules: RulesDocument
}

/** Gives the newest book; the same one as long as the rules are the same, and how far warm-up came. */
export function newestBook({ settings, config, clock, smartRules }: RuleSurroundings): () => RuleBook {
  let made: (Pick<Settings, 'smartRules' | 'warmups'> & { readonly owner: RulesInForce; readonly book: RuleBook }) | null = null
  return () => {
    const { rules: owner, smartRules: ofHome, warmups: states } = settings()
    if (made !== null && made.owner === owner && made.smartRules === ofHome) {
      // Each day is looked at, and most change nothing.
      if (made.warmups !== states && made.book.warmups?.isSameFor(states, clock.now()) !== false) made = { ...made, warmups: states }
      if (made.warmups === states) return made.book
    }
    const smart = smartInForce(smartRules, ofHome).document
    const warmups = new WarmupBook({ smart, owner: owner.document, states, now: clock.now() })
    const book = new RuleBook({ smart, owner: owner.document, config, warmups: warmups.isEmpty ? null : warmups })
    made = { owner, smartRules: ofHome, warmups: states, book }
    return book
  }
}
