// Delivery rules: shown, applied, taken back, explained and looked over. A document is checked whole before anything changes.
import { Fault } from '../../../base/fault.ts'
import type { WhoseRules } from '../../../contract/operations.ts'
import { type Origin, RULES_BOUNDS, RULES_HISTORY, type RulesDocument } from '../../../contract/rules.ts'
import type { Explained, ExplainedPool } from '../../../contract/rules-answers.ts'
import { RuleBook } from '../../../policy/rules/book.ts'
import { compareLines } from '../../../policy/rules/compare-lines.ts'
import { rulesDifference } from '../../../policy/rules/difference.ts'
import { explain } from '../../../policy/rules/explain.ts'
import { lintSmartRules, ruledDomains } from '../../../policy/rules/lint.ts'
import { canonicalName } from '../../../policy/rules/masks.ts'
import { readRulesText, type RulesReading } from '../../../policy/rules/read.ts'
import { whatIsWrong } from '../../../policy/rules/reader.ts'
import { smartInForce } from '../../../policy/rules/smart.ts'
import { linesOfRules, writeRulesDocument } from '../../../policy/rules/write.ts'
import { explainPool } from '../../../policy/sources/shares.ts'
import type { OperationContext, OperationsOf, SiteAnswer } from '../context.ts'
import { Params, refused } from '../params.ts'
import { pluginNotes } from './plugin-notes.ts'
import { Rules, rulesInvalid } from './rules-in-force.ts'
import { rulesTraffic } from './rules-traffic.ts'
import { capNotes } from './warmup.ts'

const WHOSE: readonly WhoseRules[] = ['owner', 'smart']
const LONGEST_NOTE = 500
const MOST_HOSTS = 100

function checked(reading: RulesReading): RulesDocument {
  if (!reading.ok) throw rulesInvalid(reading.problems)
  return reading.document
}

/** A document as it travels to where it is checked: as text, or as JSON. */
function givenOf(params: Params): { readonly json: string; readonly form: 'file' | 'text' } {
  const given = (['document', 'json', 'text'] as const).filter((name) => params.has(name))
  if (given.length > 1) throw refused('Give the rules as one of document, json and text.')
  if (given[0] === 'text') return { json: params.lines('text', RULES_BOUNDS.octets), form: 'text' }
  return {
    json: given[0] === 'json' ? params.lines('json', RULES_BOUNDS.octets) : JSON.stringify(params.raw('document') ?? null),
    form: 'file',
  }
}

function whoseOf(params: Params): WhoseRules {
  return params.optional('whose', () => params.choice('whose', WHOSE)) ?? 'owner'
}

function noSuchVersion(version: number): Fault {
  return new Fault('no-rules', `There is no version ${version} of the rules.`, {
    blame: 'caller',
    mend: `'hms rules history' lists those that are kept, at most ${RULES_HISTORY.versions}.`,
  })
}

function hostsOf(params: Params): readonly string[] {
  return params.list('mx', MOST_HOSTS).map((value) => {
    const host = typeof value === 'string' ? canonicalName(value) : undefined
    if (host === undefined) throw refused('mx holds something that is no host name.')
    return host
  })
}

function noteOf(params: Params): string {
  return params.optional('note', () => params.text('note', LONGEST_NOTE)) ?? ''
}

/** As it is for one source of the pool. */
function onlyFrom(explained: Explained, domain: string, source: string, isKnown: boolean): Explained {
  const { pool } = explained
  const sources = pool?.sources.filter((one) => one.source === source) ?? []
  if (pool !== null && sources.length > 0) return { ...explained, pool: { ...pool, sources } }
  if (!isKnown) throw refused(`There is no source ${source} in the rules.`, "'hms sources ls' lists them.")
  const named = pool === null ? `Mail to ${domain} leaves from no pool.` : `The pool of mail to ${domain} is ${pool.name}.`
  throw refused(`The source ${source} is not used for ${domain}.`, `${named} 'hms sources ls' shows the pools of each source.`)
}

/** Each rule that gave something with its line. */
function withLines({ settings, limits, blocks, ...others }: Explained, rules: Rules, account: number | null): Explained {
  const lines = { owner: linesOfRules(rules.document('owner')), smart: linesOfRules(rules.document('smart')) }
  const at = (from: Origin): Origin => {
    const place = { rule: from.rule, account: from.level === 'account' ? account : null, isOverride: from.isOverride }
    const line = lines[from.level === 'smart' ? 'smart' : 'owner'](place)
    return line === undefined ? from : { ...from, line }
  }
  const placed = <T extends { readonly from: Origin | null; readonly unset: Origin | null }>(one: T): T => ({
    ...one,
    from: one.from && at(one.from),
    unset: one.unset && at(one.unset),
  })
  const its = blocks.map((one) => ({ ...one, from: at(one.from) }))
  return { ...others, settings: settings.map(placed), limits: limits.map(placed), blocks: its }
}

function versionOperations(
  context: OperationContext,
): Pick<OperationsOf<'rules'>, 'rules.get' | 'rules.apply' | 'rules.history' | 'rules.revert'> {
  const { settings } = context
  const rules = new Rules(context)
  return {
    'rules.get': async (values) => {
      const params = new Params(values)
      const whose = whoseOf(params)
      const asked = params.optional('version', () => params.count('version', { least: 0, most: 2 ** 31 }))
      params.done()
      const version = asked ?? rules.version(whose)
      const document = asked === undefined ? rules.document(whose) : rules.documentAt(whose, version)
      if (document === undefined) throw noSuchVersion(version)
      const known = settings.rulesHistory(whose, RULES_HISTORY.versions).find((one) => one.version === version)
      return { ...(known ?? { version, at: 0, by: '', note: '' }), document, text: writeRulesDocument(document) }
    },
    'rules.apply': async (values) => {
      const params = new Params(values)
      const { json, form } = givenOf(params)
      const how = {
        form,
        note: noteOf(params),
        by: context.by,
        dryRun: params.flag('dryRun'),
        force: params.flag('force'),
      }
      params.done()
      return rules.put(json, how)
    },
    'rules.history': async (values) => {
      const params = new Params(values)
      const whose = whoseOf(params)
      const limit = params.optional('limit', () => params.count('limit', { least: 1, most: RULES_HISTORY.versions }))
      params.done()
      return settings.rulesHistory(whose, limit ?? RULES_HISTORY.versions)
    },
    'rules.revert': async (values) => {
      const params = new Params(values)
      const whose = whoseOf(params)
      const version = params.count('version', { least: whose === 'smart' ? 0 : 1, most: 2 ** 31 })
      const note = noteOf(params) || `back to version ${version}`
      params.done()
      const document = rules.documentAt(whose, version)
      if (document === undefined) throw noSuchVersion(version)
      if (whose === 'owner')
        return rules.put(JSON.stringify(document), { form: 'stored', note, by: context.by, dryRun: false, force: true })
      return rules.putSmart(version === 0 ? null : document, { note, by: context.by, pinned: version !== 0 })
    },
  }
}

function trialOperations(context: OperationContext): Pick<OperationsOf<'rules'>, 'rules.try' | 'rules.compare'> {
  const rules = new Rules(context)
  const documentAt = (whose: WhoseRules, version: number): RulesDocument => {
    const document = version === rules.version(whose) ? rules.document(whose) : rules.documentAt(whose, version)
    if (document === undefined) throw noSuchVersion(version)
    return document
  }
  return {
    'rules.try': async (values) => {
      const params = new Params(values)
      const { json, form } = givenOf(params)
      const traffic = params.flag('traffic')
      params.done()
      const judged = await rules.judge(json, form)
      if (!judged.ok) {
        const problems = judged.problems.map((one) => ({ line: one.line, path: one.path, what: whatIsWrong(one) }))
        return { problems, difference: null, findings: [], traffic: null }
      }
      const { difference, findings } = judged
      const isOther = difference.reordered || difference.added.length + difference.removed.length + difference.changed.length > 0
      const documents = { smart: rules.document('smart'), before: rules.document('owner') }
      const after = (): RulesDocument => JSON.parse(judged.json) as RulesDocument
      return {
        problems: [],
        difference,
        findings,
        traffic: traffic && isOther ? await rulesTraffic(context, { ...documents, after: after() }) : null,
      }
    },
    'rules.compare': async (values) => {
      const params = new Params(values)
      const whose = whoseOf(params)
      const from = params.count('from', { least: 0, most: 2 ** 31 })
      const to = params.optional('to', () => params.count('to', { least: 0, most: 2 ** 31 })) ?? rules.version(whose)
      params.done()
      const [before, after] = [documentAt(whose, from), documentAt(whose, to)]
      const lines = compareLines(writeRulesDocument(before), writeRulesDocument(after))
      return { from, to, difference: rulesDifference(before, after), ...lines }
    },
  }
}

function lookOperations(context: OperationContext): Pick<OperationsOf<'rules'>, 'rules.explain' | 'rules.lint'> {
  const { delivery } = context
  const rules = new Rules(context)
  return {
    'rules.explain': async (values) => {
      const params = new Params(values)
      const domain = params.domain('domain')
      const account = params.optional('account', () => params.account('account')) ?? null
      const mx = params.optional('mx', hostsOf)
      const source = params.optional('source', () => params.text('source', 100))
      params.done()
      const found: SiteAnswer = mx === undefined ? await delivery.siteOf(domain) : { kind: 'site', site: mx.join(' '), hosts: mx }
      const { site, hosts } = found.kind === 'site' ? found : { site: null, hosts: [] }
      const book = new RuleBook({ smart: rules.document('smart'), owner: rules.document('owner'), config: delivery.config })
      const trouble = found.kind === 'trouble' ? found.reason : null
      const { sourceStates } = context.settings.read()
      const poolNamed = (name: string): ExplainedPool | null => explainPool(rules.document('owner'), sourceStates, name)
      const explained = explain(book, { site: site ?? '', hosts, domain, account }, poolNamed)
      const shown =
        source === undefined ? explained : onlyFrom(explained, domain, source, Object.hasOwn(rules.document('owner').sources, source))
      const sources = shown.pool?.sources.map((one) => one.source) ?? [delivery.config['delivery.source_address']]
      const besides = await pluginNotes(context, { domain, account })
      const notes = [...shown.notes, ...capNotes(context, sources, shown.provider), ...besides]
      return { domain, account, site, hosts, trouble, ...withLines(shown, rules, account), notes }
    },
    'rules.lint': async (values) => {
      new Params(values).done()
      const owner = rules.document('owner')
      const sites = await rules.lookUp(ruledDomains(owner))
      return { findings: [...rules.findings(owner, sites), ...lintSmartRules(rules.document('smart'))], lookedUp: sites.size }
    },
  }
}

function updateOperation(context: OperationContext): Pick<OperationsOf<'rules'>, 'rules.update'> {
  const { settings, delivery } = context
  const rules = new Rules(context)
  return {
    'rules.update': async (values) => {
      const params = new Params(values)
      const text = params.lines('document', RULES_BOUNDS.octets)
      const signature = params.optional('signature', () => params.text('signature', 200)) ?? null
      const unsigned = params.flag('unsigned')
      const given = noteOf(params)
      params.done()
      const signer = delivery.signerOf(text, signature, unsigned)
      const document = checked(readRulesText(text, 'smart'))
      const note = given || `edition ${document.edition}${signer === null ? '' : `, signed by ${signer}`}`
      // What is not later than the program's own would not count otherwise.
      const pinned = document.edition <= delivery.shipped.edition
      const applied = rules.putSmart(document, { note, by: context.by, pinned })
      const { from } = smartInForce(delivery.shipped, settings.read().smartRules)
      return { ...applied, edition: document.edition, signer, from }
    },
  }
}

export function rulesOperations(context: OperationContext): OperationsOf<'rules'> {
  return { ...versionOperations(context), ...trialOperations(context), ...lookOperations(context), ...updateOperation(context) }
}
