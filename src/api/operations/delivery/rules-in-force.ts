// The delivery rules as the operations see them: what counts now, what counted before, and a new version of them.
import { Fault } from '../../../base/fault.ts'
import type { RulesApplied, WhoseRules } from '../../../contract/operations.ts'
import type { RulesDocument } from '../../../contract/rules.ts'
import type { RulesFinding } from '../../../contract/rules-answers.ts'
import { rulesDifference } from '../../../policy/rules/difference.ts'
import { lintRules, lintSmartRules } from '../../../policy/rules/lint.ts'
import { describeRulesProblem, type RulesProblem } from '../../../policy/rules/reader.ts'
import { smartInForce } from '../../../policy/rules/smart.ts'
import type { RulesJudgement, RulesQuestion } from '../../../policy/rules/judge.ts'
import type { OperationContext } from '../context.ts'
import { domainOf } from '../params.ts'

/** Domains whose MX is asked for by one look over the rules, and how many at once. */
const MOST_LOOKED_UP = 500
const AT_ONCE = 20

interface PutRules {
  readonly form: RulesQuestion['form']
  readonly note: string
  readonly by: string
  readonly dryRun: boolean
  /** Also where mail waits by them. */
  readonly force: boolean
}

type Sites = ReadonlyMap<string, { readonly site: string; readonly hosts: readonly string[] }>

export class Rules {
  readonly #context: OperationContext

  constructor(context: OperationContext) {
    this.#context = context
  }

  /** What counts now. */
  document(whose: WhoseRules): RulesDocument {
    const { rules, smartRules } = this.#context.settings.read()
    return whose === 'owner' ? rules.document : smartInForce(this.#context.delivery.shipped, smartRules).document
  }

  version(whose: WhoseRules): number {
    const { rules, smartRules } = this.#context.settings.read()
    return whose === 'owner' ? rules.version : smartRules.version
  }

  /** Of an old version; undefined where it is not kept. */
  documentAt(whose: WhoseRules, version: number): RulesDocument | undefined {
    const { settings, delivery } = this.#context
    if (whose === 'smart' && version === 0) return delivery.shipped
    const state = settings.rulesAt(whose, version)
    return state === undefined ? undefined : (state.document ?? delivery.shipped)
  }

  findings(owner: RulesDocument, sites: Sites = new Map()): readonly RulesFinding[] {
    const { settings, delivery } = this.#context
    const accounts = new Set<number>(settings.read().accounts.keys())
    return lintRules(owner, { smart: this.document('smart'), accounts, config: delivery.config, sites })
  }

  /** What is to be said of a document, held against what counts now. */
  judge(json: string, form: RulesQuestion['form']): Promise<RulesJudgement> {
    const { settings, delivery } = this.#context
    const facts = { smart: this.document('smart'), accounts: [...settings.read().accounts.keys()], config: delivery.config }
    return delivery.judge({ json, form, inForce: settings.storedRules(), ...facts })
  }

  /** A new version, where it says something else. `json`: in the form of a file, which is checked first, or as one is stored. */
  async put(json: string, { form, force, ...how }: PutRules): Promise<RulesApplied> {
    const { settings } = this.#context
    for (;;) {
      const version = this.version('owner')
      const judged = await this.judge(json, form)
      if (!judged.ok) throw rulesInvalid(judged.problems)
      // Somebody else was quicker: what changes is another thing now.
      if (this.version('owner') !== version) continue
      const { difference, findings } = judged
      const { added, removed, changed, reordered } = difference
      const isOther = reordered || added.length + removed.length + changed.length > 0
      if (!isOther || how.dryRun) return { version, applied: false, difference, findings }
      const waiting = findings.filter(({ waits }) => waits)
      if (waiting.length > 0 && !force) throw mailWaits(waiting)
      return { version: settings.putRules('owner', { json: judged.json, pinned: false }, how), applied: true, difference, findings }
    }
  }

  putSmart(document: RulesDocument | null, how: { readonly note: string; readonly by: string; readonly pinned: boolean }): RulesApplied {
    const { shipped } = this.#context.delivery
    const difference = rulesDifference(this.document('smart'), document ?? shipped)
    const version = this.#context.settings.putRules('smart', { document, pinned: how.pinned }, how)
    return { version, applied: true, difference, findings: lintSmartRules(document ?? shipped) }
  }

  async lookUp(domains: readonly string[]): Promise<Sites> {
    const sites = new Map<string, { site: string; hosts: readonly string[] }>()
    const left = domains.slice(0, MOST_LOOKED_UP)
    const look = async (): Promise<void> => {
      for (let domain = left.pop(); domain !== undefined; domain = left.pop()) {
        const found = await this.#context.delivery.siteOf(domainOf(domain, 'A mask'))
        if (found.kind === 'site') sites.set(domain, found)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, look))
    return sites
  }
}

function mailWaits(findings: readonly RulesFinding[]): Fault {
  const [first, ...others] = findings.map(({ rule, what }) => `${rule}: ${what}`)
  const more = others.length === 0 ? '' : ` The same is wrong in ${others.length} more.`
  return new Fault('rules-invalid', `${first ?? ''}${more}`, {
    blame: 'caller',
    mend: "Nothing was changed. Add the pool to the rules; 'hms apply --force' puts them in force as they are, and mail by them waits.",
  })
}

export function rulesInvalid(problems: readonly RulesProblem[]): Fault {
  const lines = problems.map(describeRulesProblem)
  const message = lines.length === 1 ? (lines[0] ?? '') : `The rules have ${lines.length} problems:\n${lines.join('\n')}`
  return new Fault('rules-invalid', message, {
    blame: 'caller',
    mend: 'Nothing was changed. docs/reference/rules.md tells what a rule can set.',
  })
}
