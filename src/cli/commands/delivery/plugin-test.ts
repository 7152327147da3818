// `hms plugin test`: a plug-in on trial, with a session that is none: what each hook answered, how long it took, what was wrong. Needs no server
// and no home; a plug-in of the home is tried with its own settings.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Ms } from '../../../base/brand.ts'
import { messageOf } from '../../../base/fault.ts'
import { late } from '../../../base/late.ts'
import { parseDuration } from '../../../base/quantities.ts'
import type { TrialCall, TrialDone, TrialLine, TrialMail, TrialStep } from '../../../contract/plugin-trial.ts'
import { loadConfig } from '../../../lifecycle/config.ts'
import { sealOf } from '../../../lifecycle/plugins/home-seal.ts'
import { type PluginSpec, wantedPlugins } from '../../../plugins/plugin-spec.ts'
import { PluginTrial } from '../../../plugins/harness/plugin-trial.ts'
import { readSteps, usualSteps } from '../../../plugins/harness/steps.ts'
import { badArgument, type Cli } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { visible, visibleLines } from '../../output/visible.ts'

const yaml = late('yaml')
const LONGEST_ANSWER = 300

interface TestOptions {
  settings?: string
  budget?: string
  show?: true
}

interface Tested {
  readonly plugin: string
  readonly hooks: readonly string[]
  readonly steps: readonly TrialDone[]
  readonly lines: readonly TrialLine[]
  /** Of what was wrong, a sentence each. */
  readonly problems: readonly string[]
}

export function registerTest(command: Command, cli: Cli): void {
  command
    .command('test <folder> [script]')
    .description('run a session that is none against a plug-in, and show what each hook answers')
    .option('--settings <file>', 'its settings, in YAML or JSON')
    .option('--budget <time>', 'for each answer (2s, or what config/plugins.yaml says)')
    .option('--show', 'show messages as they would be stored')
    .addHelpText(
      'after',
      [
        '',
        'The folder is that of a plug-in, or the name of one of the home, which is tried with its entry in config/plugins.yaml.',
        'It runs in a process of its own with the rights and limits that it has in the server; no mail is sent and nothing is stored.',
        '',
        'A script is a list of steps in YAML; each may say what it expects, as an outcome or the beginning of the reply:',
        '  - connect: { address: 192.0.2.1, account: 1001 }',
        '  - hello: client.example',
        '  - auth: someone',
        '  - from: sender@example.com',
        '  - recipient: recipient@example.net',
        '    expect: 550 5.7.1',
        '  - recipient: another@example.net',
        '  - message: { file: mail.eml }     # or the text itself',
        '    expect: held',
        '  - event: mxStart                 # what happens beside sessions',
        '    with: { host: mx.example.net }',
        '  - reset',
        '  - close',
        '',
        'Exit code 1 where the plug-in does not start, a hook fails, or something else came than was expected.',
        '',
        'Examples:',
        '  hms plugin test ./disclaimer',
        '  hms plugin test ./disclaimer trial.yaml --settings settings.yaml --show',
      ].join('\n'),
    )
    .action(async (folder: string, script: string | undefined, options: TestOptions) => {
      const steps = script === undefined ? null : stepsIn(script)
      const tested = await tryOut(cli, { folder, options, steps })
      cli.answer(tested, () => textOf(tested, options.show === true, cli.terminal.width))
      if (tested.problems.length > 0) process.exitCode = 1
    })
}

interface Order {
  readonly folder: string
  readonly options: TestOptions
  readonly steps: readonly TrialStep[] | null
}

async function tryOut(cli: Cli, { folder, options, steps }: Order): Promise<Tested> {
  let trial: PluginTrial
  try {
    trial = await start(cli, folder, options)
  } catch (error) {
    return { plugin: folder, hooks: [], steps: [], lines: [], problems: [messageOf(error)] }
  }
  await using running = trial
  const done = await running.run(steps ?? usualSteps(running.hooks))
  const missed = done.flatMap(({ step, missed, text, outcome }) =>
    missed === null ? [] : [`${step}: "${missed}" was expected, and it was ${text === '' ? (outcome ?? 'not reached') : `"${text}"`}`],
  )
  return { plugin: running.name, hooks: running.hooks, steps: done, lines: running.lines, problems: [...running.problems, ...missed] }
}

function start({ home }: Cli, folder: string, options: TestOptions): Promise<PluginTrial> {
  const more = options.settings === undefined ? {} : { settings: readYaml(options.settings) }
  const ofHome = (): readonly PluginSpec[] => wantedPlugins(home, () => sealOf(home, loadConfig(home))()).specs
  const own = folder.includes('/') || isFolder(folder) ? undefined : ofHome().find(({ name }) => name === folder)
  if (own === undefined) return PluginTrial.start({ folder: resolve(folder), ...more, ...(options.budget && { budget: options.budget }) })
  return PluginTrial.ofSpec({ ...own, ...more, ...(options.budget && { budget: time(options.budget) }) })
}

function time(text: string): Ms {
  const found = parseDuration(text)
  if (found === undefined) throw new Error(`"${text}" is no time: write 500ms or 2s.`)
  return found
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory()
}

function stepsIn(file: string): readonly TrialStep[] {
  const value = readYaml(file)
  try {
    return readSteps(value, dirname(resolve(file)))
  } catch (error) {
    throw badArgument(`${file} is no script: ${messageOf(error)}`)
  }
}

/** JSON is YAML. */
function readYaml(file: string): unknown {
  try {
    return yaml().parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw badArgument(`${file} cannot be read: ${messageOf(error)}`)
  }
}

interface Row {
  readonly step: string
  readonly call: TrialCall | null
  readonly reads: string
}

function textOf({ plugin, hooks, steps, lines, problems }: Tested, shows: boolean, width: number): string {
  if (steps.length === 0) return problems.map((problem) => `${visibleLines(problem)}\n`).join('')
  const rows = steps.flatMap(({ step, calls, text, outcome }): Row[] => {
    const reads = outcome === null ? 'the session was over' : text === '' ? outcome : text
    const first = { step, call: calls[0] ?? null, reads: ['held', 'ignored'].includes(outcome ?? '') ? `${outcome}: ${reads}` : reads }
    return [first, ...calls.slice(1).map((call) => ({ step: '', call, reads: '' }))]
  })
  const asked = table(
    rows,
    [
      { title: 'STEP', of: ({ step }) => visible(step) },
      { title: 'HOOK', of: ({ call }) => call?.hook ?? '-' },
      { title: 'ANSWER', of: ({ call }) => visible(call === null ? '' : answerOf(call)), shrinks: true },
      { title: 'MS', of: ({ call }) => call?.took.toFixed(1) ?? '', right: true },
      { title: 'OUTCOME', of: ({ reads }) => visible(reads), shrinks: true },
    ],
    width,
    '',
  )
  const said = lines.map(({ level, text }) => `${level}: ${visibleLines(text)}\n`).join('')
  const mail = shows ? steps.flatMap(({ mail }) => (mail === null ? [] : [mailText(mail)])).join('') : ''
  const wrong = problems.map((problem) => `  ${visibleLines(problem)}\n`).join('')
  return [
    `${plugin} has the hooks ${hooks.join(', ')}.\n\n${asked}`,
    ...(said === '' ? [] : [`\nIt said:\n${said}`]),
    mail,
    problems.length === 0 ? '\nNothing was wrong.\n' : `\nWhat was wrong:\n${wrong}`,
  ].join('')
}

function answerOf({ answer, failed }: TrialCall): string {
  if (failed !== null) return `${failed.how}: ${failed.reason.split('\n')[0] ?? ''}`.slice(0, LONGEST_ANSWER)
  if (answer === null || answer === undefined) return '-'
  const { action, ...rest } = answer as { readonly action?: unknown }
  const more = JSON.stringify(rest, (_key, value: unknown) => plain(value)) ?? ''
  return `${String(action)}${more === '{}' ? '' : ` ${more}`}`.slice(0, LONGEST_ANSWER)
}

/** Octets are told by their number. */
function plain(value: unknown): unknown {
  const { type, data } = (typeof value === 'object' && value !== null ? value : {}) as { readonly type?: unknown; readonly data?: unknown }
  return type === 'Buffer' && Array.isArray(data) ? `${data.length} octets` : value
}

function mailText({ account, sender, recipients, octets }: TrialMail): string {
  const text = visibleLines(Buffer.from(octets).toString('utf8').replaceAll('\r\n', '\n'))
  return `\nMail of account ${account} from <${sender}> to ${recipients.map((one) => `<${one}>`).join(', ')}:\n\n${text}`
}
