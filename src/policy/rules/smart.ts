// Which Smart rules count: those that the program ships, or those that were loaded into the home.
import type { RulesDocument, SmartRulesInForce } from '../../contract/rules.ts'

export interface SmartChoice {
  readonly document: RulesDocument
  readonly from: 'program' | 'home'
}

/** The later edition; what the owner went back to by hand counts whatever the program ships. */
export function smartInForce(shipped: RulesDocument, { document, pinned }: SmartRulesInForce): SmartChoice {
  if (document !== null && (pinned || document.edition > shipped.edition)) return { document, from: 'home' }
  return { document: shipped, from: 'program' }
}
