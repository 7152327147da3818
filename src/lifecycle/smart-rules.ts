// The Smart Delivery Rules that the program ships: `bin/smart-rules.yaml` of an installation, `data/smart-rules.yaml` of a checkout.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../base/fault.ts'
import { NO_RULES, type RulesDocument } from '../contract/rules.ts'
import { readRulesText } from '../policy/rules/read.ts'
import { describeRulesProblem } from '../policy/rules/reader.ts'
import { programFolder } from './program.ts'

const FILE = 'smart-rules.yaml'

export interface ShippedRules {
  readonly document: RulesDocument
  /** Why there are none, where the file cannot be used: mail goes without them. */
  readonly trouble: string | null
}

export function shippedSmartRules(program = programFolder): ShippedRules {
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
