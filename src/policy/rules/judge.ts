// A document of rules, judged whole: whether it is in order, what would change, and what is odd in it. All that is needed travels as JSON and
// plain values, so that a thread of its own can do it: a hundred thousand rules take seconds.
import type { Config } from '../../contract/options.ts'
import { NO_RULES, type RulesDocument } from '../../contract/rules.ts'
import type { RulesDifference, RulesFinding } from '../../contract/rules-answers.ts'
import { rulesDifference } from './difference.ts'
import { lintRules } from './lint.ts'
import { readRulesText, readRulesValue, type RulesReading } from './read.ts'
import type { RulesProblem } from './reader.ts'

export interface RulesQuestion {
  /** A document. `form`: that of a file, to be read and checked, the text of one, or that in which one is stored. */
  readonly json: string
  readonly form: 'file' | 'text' | 'stored'
  /** The version in force, as it is stored; null: there is none. */
  readonly inForce: string | null
  readonly smart: RulesDocument
  readonly accounts: readonly number[]
  readonly config: Config
}

export type RulesJudgement =
  | { readonly ok: false; readonly problems: readonly RulesProblem[] }
  /** `json`: the document as it is stored. */
  | { readonly ok: true; readonly json: string; readonly difference: RulesDifference; readonly findings: readonly RulesFinding[] }

export function judgeRules({ json, form, inForce, smart, accounts, config }: RulesQuestion): RulesJudgement {
  const reading = readingOf(json, form)
  if (!reading.ok) return reading
  const { document } = reading
  const before = inForce === null ? NO_RULES : (JSON.parse(inForce) as { readonly document: RulesDocument }).document
  const findings = lintRules(document, { smart, accounts: new Set(accounts), config, sites: new Map() })
  return {
    ok: true,
    json: form === 'stored' ? json : JSON.stringify(document),
    difference: rulesDifference(before, document),
    findings,
  }
}

function readingOf(json: string, form: RulesQuestion['form']): RulesReading {
  if (form === 'text') return readRulesText(json, 'owner')
  const value = valueOf(json)
  if (value === undefined) return { ok: false, problems: [{ line: null, path: '', expected: 'JSON', found: json.slice(0, 40) }] }
  return form === 'stored' ? { ok: true, document: value as RulesDocument } : readRulesValue(value, 'owner')
}

function valueOf(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json)
    return value
  } catch {
    return undefined
  }
}
