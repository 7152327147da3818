// The Smart Delivery Rules that the program ships: `bin/smart-rules.yaml` of an installation, `data/smart-rules.yaml` of a checkout.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../base/fault.ts'
import { NO_RULES, type RulesDocument } from '../contract/rules.ts'
import { readRulesText } from '../policy/rules/read.ts'
import { describeRulesProblem } from '../policy/rules/reader.ts'
import { programFolder } from './program.ts'

const FILE = 'smart-rules.yaml'
/** In `dist/`: the checked document. */
const BUILT_SMART_RULES = 'smart-rules.json'

export interface ShippedRules {
  readonly document: RulesDocument
  /** Why there are none, where the file cannot be used: mail goes without them. */
  readonly trouble: string | null
}

/** What the build made of the file, which costs a start a hundredth of reading it; the file itself where there is none. */
export function shippedSmartRules(program = programFolder): ShippedRules {
  const built = join(program, 'dist', BUILT_SMART_RULES)
  if (!existsSync(built)) return readSmartRulesFile(program)
  return { document: JSON.parse(readFileSync(built, 'utf8')) as RulesDocument, trouble: null }
}

export function readSmartRulesFile(program = programFolder): ShippedRules {
  const installed = join(program, 'bin', FILE)
  const file = existsSync(installed) ? installed : join(program, 'data', FILE)
  try {
    const reading = readRulesText(readFileSync(file, 'utf8'), 'smart')
    if (reading.ok) return { document: reading.document, trouble: null }
    return { document: NO_RULES, trouble: `${file}: ${reading.problems.map(describeRulesProblem).join(' ')}` }
  } catch (error) {
    return { document: NO_RULES, trouble: `${file}: ${messageOf(error)}` }
  }
}
