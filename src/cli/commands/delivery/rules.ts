// `hms rules`: what the delivery rules are, what holds for a domain and why, their history, and the Smart rules.
import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { AccountId } from '../../../base/brand.ts'
import type { OperationParams, OperationResult, RulesApplied, WhoseRules } from '../../../contract/operations.ts'
import type { Origin, Rule, RulesDocument, RuleSettingName } from '../../../contract/rules.ts'
import type { ExplainedLimit, ExplainedPool, ExplainedSetting } from '../../../contract/rules-answers.ts'
import { formatAmount, formatValue } from '../../../policy/rules/values.ts'
import { accountId, type Cli, domainName, list, wholeNumber } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { counted, dateTime } from '../../output/when.ts'
import { differenceLines, findingLines, readRulesFile } from './apply.ts'

interface Whose {
  readonly smart?: true
}

const whoseOf = ({ smart }: Whose): { whose?: WhoseRules } => (smart === true ? { whose: 'smart' } : {})

export function register(command: Command, cli: Cli): void {
  registerLs(command, cli)
  registerExplain(command, cli)
  registerHistory(command, cli)
  command
    .command('lint')
    .description('name rules that never count, names that mean nothing, and Smart rules that loosen yours')
    .action(async () => {
      const { findings, lookedUp } = await cli.call('rules.lint', {})
      if (findings.length > 0) process.exitCode = 1
      const looked = lookedUp === 0 ? '' : ` ${counted(lookedUp, 'domain')} of your rules ${lookedUp === 1 ? 'was' : 'were'} looked up.`
      cli.answer(
        { findings, lookedUp },
        () => `${[...findingLines(findings), ...(findings.length === 0 ? [`Nothing is odd.${looked}`] : [])].join('\n')}\n`,
      )
    })
  registerTrial(command, cli)
  registerUpdate(command, cli)
  command.addHelpText(
    'after',
    '\nExamples:\n  hms rules ls\n  hms rules explain gmail.com\n  hms rules explain gmail.com --account 1007\n  hms rules explain gmail.com --source mta1\n  hms rules history\n  hms rules try rules.yaml\n  hms rules diff 11 12\n  hms rules revert 12\n  hms rules lint\n  hms rules update smart-rules.yaml',
  )
}

interface RuleRow {
  readonly level: string
  readonly rule: Rule
}

function registerLs(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list your rules, in the order of the document')
    .option('--smart', 'the Smart rules that are in force')
    .option('--account <id>', "an account's rules and overrides only", accountId)
    .action(async ({ account, ...options }: Whose & { account?: AccountId }) => {
      const shown = await cli.call('rules.get', whoseOf(options))
      const rows = rowsOf(shown.document, options.smart === true ? 'smart' : 'mta').filter(
        ({ level }) => account === undefined || level.startsWith(`account ${account}`),
      )
      cli.answer({ version: shown.version, rules: rows.map(({ level, rule }) => ({ level, ...rule })) }, () =>
        ruleTable(rows, cli.terminal.width),
      )
    })
}

function rowsOf({ rules, accounts }: RulesDocument, level: string): readonly RuleRow[] {
  const rows = (of: string, its: readonly Rule[]): readonly RuleRow[] => its.map((rule) => ({ level: of, rule }))
  const own = Object.entries(accounts).flatMap(([id, { rules: its, overrides }]) =>
    rows(`account ${id}`, its).concat(rows(`account ${id} override`, overrides)),
  )
  return rows(level, rules).concat(own)
}

function ruleTable(rows: readonly RuleRow[], width: number): string {
  return table(
    rows,
    [
      { title: 'LEVEL', of: ({ level }) => level },
      { title: 'RULE', of: ({ rule }) => rule.name, shrinks: true },
      { title: 'FOR', of: ({ rule: { by, mask } }) => (by === 'all' ? '*' : `${by} ${mask}`), shrinks: true },
      { title: 'SETS', of: ({ rule }) => setWords(rule), shrinks: true },
      { title: '', of: ({ rule }) => (rule.estimate === true ? 'estimate' : '') },
    ],
    width,
    "There are no rules: hms.yaml's delivery settings hold, and the Smart rules ('hms rules ls --smart').",
  )
}

function setWords({ set }: Rule): string {
  return (Object.entries(set) as [RuleSettingName, never][]).map(([name, value]) => `${name}: ${formatValue(name, value)}`).join(', ')
}

interface ExplainOptions {
  readonly account?: AccountId
  readonly mx?: readonly string[]
  readonly source?: string
}

function registerExplain(command: Command, cli: Cli): void {
  command
    .command('explain <domain>')
    .description('show every setting for mail to a domain, and the rule that gave it')
    .option('--account <id>', 'for mail of this account', accountId)
    .option('--mx <hosts>', 'as if these were its MX hosts, in place of a look-up', list)
    .option('--source <name>', 'from this source of its pool')
    .action(async (domain: string, { account, mx, source }: ExplainOptions) => {
      const params: OperationParams<'rules.explain'> = {
        domain: domainName(domain),
        ...(account !== undefined && { account }),
        ...(mx && { mx }),
        ...(source !== undefined && { source }),
      }
      cli.answer(await cli.call('rules.explain', params), (explained) => explainWords(explained, cli.terminal.width, source))
    })
}

interface ExplainRow {
  readonly setting: string
  readonly value: string
  readonly counted: string
  readonly from: string
}

function explainWords(explained: OperationResult<'rules.explain'>, width: number, source?: string): string {
  const { domain, account, site, hosts, provider, trouble, settings, limits, blocks, notes, pool } = explained
  const head = fields([
    ['domain', domain],
    ['site', site ?? 'not known'],
    ['MX hosts', hosts.join(' ')],
    ['provider', provider],
    ['account', account ?? 'any'],
    ['pool', pool?.name ?? null],
  ])
  const rows: ExplainRow[] = [
    ...limits.map((limit) => ({
      setting: limit.setting,
      value: limit.shown,
      counted: countedWords(limit, source),
      from: limitFrom(limit),
    })),
    ...settings.map((one) => ({ setting: one.setting, value: one.shown, counted: '', from: valueFrom(one) })),
  ]
  const body = table(
    rows,
    [
      { title: 'SETTING', of: (row) => row.setting },
      { title: 'VALUE', of: (row) => row.value },
      { title: 'COUNTED', of: (row) => row.counted, shrinks: true },
      { title: 'FROM', of: (row) => row.from, shrinks: true },
    ],
    width,
    '',
  )
  const replies = table(
    blocks,
    [
      { title: 'BLOCK', of: ({ name }) => name },
      { title: 'EASES OFF', of: ({ shown }) => shown, shrinks: true },
      { title: 'FROM', of: ({ from }) => originWords(from), shrinks: true },
    ],
    width,
    '',
  )
  const unknown = trouble === null ? [] : [`Rules for an MX are left out, as it is not known where the mail goes: ${trouble}`]
  return `${head}\n${pool === null ? '' : `${sourceTable(pool, width)}\n`}${body}${blocks.length === 0 ? '' : `\n${replies}`}${[...unknown, ...notes].map((note) => `Note: ${visible(note)}\n`).join('')}`
}

function sourceTable({ sources }: ExplainedPool, width: number): string {
  return table(
    sources,
    [
      { title: 'SOURCE', of: ({ source }) => source },
      { title: 'SHARE', of: ({ share }) => `${Math.round(share * 100)} %`, right: true },
      { title: 'FROM', of: ({ address, proxy }) => [proxy, address].filter((part) => part !== null).join(' ') },
      { title: 'HELO', of: ({ helo }) => helo ?? 'host.name', shrinks: true },
      { title: '', of: ({ why }) => why ?? '', shrinks: true },
    ],
    width,
    'There is no source in it.',
  )
}

/** `by site and source, 60 over all sources`. */
function countedWords({ counted, sum, setting }: ExplainedLimit, source: string | undefined): string {
  if (sum === null) return counted
  return `${counted}, ${source === undefined ? '' : `here of ${source}, `}${formatAmount(setting, sum)} over all sources`
}

function originWords({ level, isOverride, rule, mask, estimate, line }: Origin): string {
  const whose = { smart: 'Smart rule', mta: 'rule', account: isOverride ? "account's override" : "account's rule" }[level]
  return `${whose} ${rule} (${mask})${line === undefined ? '' : `, line ${line}`}${estimate ? ', estimate' : ''}`
}

function valueFrom({ from, unset, option }: ExplainedSetting): string {
  if (from !== null) return originWords(from)
  const otherwise = option === null ? 'the program' : option
  return unset === null ? otherwise : `${otherwise}, taken back by ${originWords(unset)}`
}

function limitFrom({ setting, scope, from, limit, unset }: ExplainedLimit): string {
  const own = scope === 'own' ? ', its own' : ''
  if (from !== null) return `${originWords(from)}${own}`
  const otherwise = setting === 'connections' && limit !== null ? 'delivery.connections_per_site' : ''
  return unset === null ? otherwise : `${otherwise === '' ? '' : `${otherwise}, `}taken back by ${originWords(unset)}`
}

function registerHistory(command: Command, cli: Cli): void {
  command
    .command('history')
    .description('list the versions that are kept, newest first')
    .option('--smart', 'of the Smart rules that were loaded')
    .action(async (options: Whose) =>
      cli.answer(await cli.call('rules.history', whoseOf(options)), (rows) =>
        table(
          rows,
          [
            { title: 'VERSION', of: (row) => row.version, right: true },
            { title: 'AT', of: (row) => dateTime(row.at) },
            { title: 'BY', of: (row) => row.by, shrinks: true },
            { title: 'NOTE', of: (row) => row.note, shrinks: true },
          ],
          cli.terminal.width,
          options.smart === true ? 'No Smart rules were loaded: those of the program count.' : 'There never were any rules.',
        ),
      ),
    )
  command
    .command('revert <version>')
    .description('let an earlier version count again, as a new one')
    .option('--smart', 'of the Smart rules; 0: those of the program')
    .option('--note <text>', 'why, for the history')
    .action(async (version: string, { note, ...options }: Whose & { note?: string }) => {
      const number = wholeNumber(options.smart === true ? 0 : 1, 2 ** 31)(version)
      const params = { version: number, ...whoseOf(options), ...(note !== undefined && { note }) }
      cli.answer(await cli.call('rules.revert', params), (applied) => revertWords(number, applied))
    })
}

function revertWords(back: number, { applied, version, difference, findings }: RulesApplied): string {
  const said = applied
    ? `Version ${version} is in force, which says what version ${back} said.`
    : `Version ${version} says the same as version ${back}: nothing was changed.`
  return `${[...differenceLines(difference), said, ...findingLines(findings)].join('\n')}\n`
}

function registerTrial(command: Command, cli: Cli): void {
  command
    .command('try <file>')
    .description('tell what a document of rules would change, and for which mail of the last 24 hours; nothing is changed')
    .action(async (file: string) => {
      const trial = await cli.call('rules.try', { text: readRulesFile(file), traffic: true })
      if (trial.problems.length > 0) process.exitCode = 1
      cli.answer(trial, (told) => trialWords(told, cli.terminal.width))
    })
  command
    .command('diff <from> [to]')
    .description('show what two versions differ in; without the second the one in force')
    .option('--smart', 'of the Smart rules')
    .action(async (from: string, to: string | undefined, options: Whose) => {
      const number = wholeNumber(0, 2 ** 31)
      const params = { from: number(from), ...(to !== undefined && { to: number(to) }), ...whoseOf(options) }
      cli.answer(await cli.call('rules.compare', params), ({ lines, isCut }) => {
        const written = lines.map(({ kind, text }) => `${{ same: ' ', added: '+', removed: '-' }[kind]} ${visible(text)}`)
        return lines.length === 0 ? 'They say the same.\n' : `${[...written, ...(isCut ? ['There is more.'] : [])].join('\n')}\n`
      })
    })
}

function trialWords({ problems, difference, findings, traffic }: OperationResult<'rules.try'>, width: number): string {
  if (problems.length > 0) return `${problems.map(({ line, path, what }) => `line ${line ?? '?'}: ${path}: ${visible(what)}`).join('\n')}\n`
  const changes = difference === null ? [] : differenceLines(difference)
  const said = changes.length === 0 ? ['The rules say the same as those in force.'] : changes
  const head = `${[...said, ...findingLines(findings)].join('\n')}\n`
  if (traffic === null) return head
  const { recipients, changed, unseen, rows } = traffic
  const seen = unseen === 0 ? '' : ` ${unseen} are for domains that were not looked at.`
  return `${head}Of ${counted(recipients, 'recipient')} in the last 24 hours something changes for ${changed}.${seen}\n${table(
    rows,
    [
      { title: 'SITE', of: ({ site }) => site ?? 'not known', shrinks: true },
      { title: 'ACCOUNT', of: ({ account }) => account ?? 'any' },
      { title: 'RECIPIENTS', of: (row) => row.recipients, right: true },
      { title: 'DOMAINS', of: ({ domains, more }) => `${domains.join(' ')}${more === 0 ? '' : ` and ${more} more`}`, shrinks: true },
      {
        title: 'CHANGES',
        of: ({ changes: all }) => all.map((one) => `${one.setting}: ${one.before} -> ${one.after}`).join(', '),
        shrinks: true,
      },
    ],
    width,
    'Nothing changes for any of it.',
  )}`
}

interface UpdateOptions {
  readonly unsigned?: true
  readonly note?: string
}

function registerUpdate(command: Command, cli: Cli): void {
  command
    .command('update <file>')
    .description('load an edition of the Smart rules; FILE.sig beside it has its signature')
    .option('--unsigned', 'take it though no placed key signed it')
    .option('--note <text>', 'why, for the history')
    .action(async (file: string, { unsigned, note }: UpdateOptions) => {
      const document = readRulesFile(file)
      const beside = `${file}.sig`
      const signature = existsSync(beside) ? { signature: readFileSync(beside, 'utf8').trim() } : {}
      const params = { document, ...signature, ...(unsigned === true && { unsigned }), ...(note !== undefined && { note }) }
      cli.answer(await cli.call('rules.update', params), (result) => {
        const { edition, signer, version, difference, findings } = result
        const who = signer === null ? 'not signed' : `signed by ${signer}`
        const said = `Edition ${edition} of the Smart rules (${who}) is in force; 'hms rules revert --smart ${Math.max(0, version - 1)}' goes back.`
        return `${[...differenceLines(difference), said, ...findingLines(findings)].join('\n')}\n`
      })
    })
}
