// Writes docs/reference/ from the contract: every option from src/contract/options.ts, every command as `hms --help` has it; and
// src/contract/generated/, what the types of the contract say, for what runs without them.
// With --check it writes nothing and fails where a page is not what it would write.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import type { Cli } from '../src/cli/cli.ts'
import { ALL, buildProgram } from '../src/cli/program.ts'
import { ADVICE } from '../src/contract/error-advice.ts'
import { ERRORS } from '../src/contract/errors.ts'
import { type ErrorCode, statusOfCode } from '../src/contract/management/errors.ts'
import type { Option } from '../src/contract/option-kinds.ts'
import { OPTIONS } from '../src/contract/options.ts'
import { variableOf } from '../src/lifecycle/config.ts'
import { expectation, formatOption } from '../src/lifecycle/config/option-value.ts'
import { NEEDS, SYSTEMS } from '../src/lifecycle/preflight/requirements.ts'
import { clientFiles } from './client.ts'
import { apiPage } from './reference-api.ts'
import { rulesPage } from './reference-rules.ts'
import { alarmsPage } from './reference-alarms.ts'
import { smartRulesPage } from './reference-smart-rules.ts'
import { schemasFile } from './schemas/schemas.ts'

const root = join(import.meta.dirname, '..')
const MADE = '<!-- Made by `node scripts/reference.ts`. Change the sources that it names, not this page. -->'

function optionsPage(): string {
  const lines = [
    MADE,
    '# Settings',
    '',
    'All settings of `config/hms.yaml`, from `src/contract/options.ts`. A setting may be written dotted (`smtp.listen: …`) or nested;',
    'the environment variable wins over the file. `hms config check` checks all, `hms config describe SETTING` tells one.',
  ]
  let group = ''
  for (const [name, option] of Object.entries(OPTIONS) as [string, Option][]) {
    const head = name.includes('.') ? (name.split('.')[0] ?? '') : 'general'
    if (head !== group) lines.push('', `## ${head}`)
    group = head
    lines.push('', `### \`${name}\``, '', option.doc, '')
    lines.push(
      `- Takes ${expectation(option)}`,
      `- Default: \`${formatOption(option, option.default)}\``,
      `- Environment: \`${variableOf(name)}\``,
    )
  }
  return `${lines.join('\n')}\n`
}

function errorsPage(): string {
  const rows = (Object.keys(ERRORS) as ErrorCode[])
    .toSorted()
    .map((code) => `| \`${code}\` | ${statusOfCode(code) ?? ''} | ${ERRORS[code]} | ${ADVICE[code]} |`)
  return `${[
    MADE,
    '# Error codes',
    '',
    'The `code` of a problem that the management API answers, and `error.code` of what `hms … --json` gives on standard error; from',
    '`src/contract/errors.ts` and `error-advice.ts`. A code never changes its meaning. The `mend` of an answer knows more than this table. Where no',
    'status of HTTP stands, it goes by who can mend it: 400 the caller, 500 the owner of the server, 502 a peer, and 503 passes by itself.',
    'Paths are below `/api/v1`.',
    '',
    '| code | HTTP | when | what to do |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n')}\n`
}

function requirementsPage(): string {
  const rows = SYSTEMS.map(({ name, versions, state, note }) => {
    const means = { tested: 'tested', expected: 'should run, not tested', refused: 'not possible' }[state]
    return `| ${name} | ${versions.join(', ') || 'any'} | ${means} | ${note} |`
  })
  const mib = (octets: number): string => `${octets / 2 ** 20} MiB`
  return `${[
    MADE,
    '# What it needs',
    '',
    'From `src/lifecycle/preflight/requirements.ts`, which `hms doctor --preflight` checks as well: run it before you install or upgrade. It',
    'tells for each check what was found, what is needed and how to mend it, and ends with exit code 1 where something has to be mended first.',
    '',
    '## Systems',
    '',
    '| system | versions | state | |',
    '|---|---|---|---|',
    ...rows,
    '',
    `Any other Linux with kernel ${NEEDS.kernel} and glibc ${NEEDS.glibc} or newer should do. Releases are made for ${NEEDS.architectures.join(' and ')};`,
    'tests were run on x64 only. `libstdc++` and `libgcc` of the system are used (packages `libstdc++6` and `libgcc-s1` on Debian). Node.js',
    'and npm are not needed: a release has its own runtime.',
    '',
    '## Machine',
    '',
    '| what | how much |',
    '|---|---|',
    `| memory | ${mib(NEEDS.memoryBase)}, and for each worker ${mib(NEEDS.memoryWorker)} and \`spool.memory\` |`,
    `| disk, program | ${mib(NEEDS.programSpace)} a version; an upgrade keeps the one before |`,
    '| disk, home | what waits in the queue, `logs.bytes`, `events.bytes`, `spool.reserve` a worker; `spool.low_water` of it stays free |',
    '| disk, upgrade | as much again as is in the home, for the backup and the copies of what is converted |',
    `| file descriptors | \`smtp.sessions\` + \`delivery.connections\` + ${NEEDS.descriptorsBase} in a process; the systemd unit allows ${NEEDS.descriptorsUnit} |`,
    '| file system | a local one (ext4, xfs) on a disk that has written what `fdatasync` returns for; no NFS, no SMB, no `nobarrier` |',
    '| clock | kept by NTP |',
    '| DNS | a name server that answers; fixed routes to addresses work without |',
    '| rights | ports below 1024 need `CAP_NET_BIND_SERVICE`, which the systemd unit gives; nothing needs root |',
  ].join('\n')}\n`
}

/** The help of a command and of all below it. */
function helpOf(command: Command, path: string): string[] {
  const text = command.helpInformation().trimEnd()
  const examples = helpAfter(command)
  const own = [
    `${'#'.repeat(path.split(' ').length + 1)} \`${path}\``,
    '',
    '```',
    text,
    ...(examples === '' ? [] : ['', examples]),
    '```',
    '',
  ]
  return [...own, ...command.commands.flatMap((sub) => helpOf(sub, `${path} ${sub.name()}`))]
}

/** What `addHelpText('after')` adds: commander gives it only to whoever prints. */
function helpAfter(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 110 })
  command.outputHelp()
  return text.slice(command.helpInformation().length).trim()
}

async function commandsPage(): Promise<string> {
  const silent = {
    width: 110,
    height: Number.POSITIVE_INFINITY,
    interactive: false,
    watched: false,
    write: () => {},
    warn: () => {},
    confirm: async () => false,
    ask: async () => undefined,
    secret: async () => undefined,
  }
  const refuse = async (): Promise<never> => {
    throw new Error('the reference calls no operation')
  }
  const cli: Cli = { home: '', json: false, version: '', programRoot: '', terminal: silent, call: refuse, answer: () => {} }
  const program = await buildProgram(cli, ALL)
  return `${[MADE, '# Commands', '', ...helpOf(program, 'hms')].join('\n').trimEnd()}\n`
}

export async function pages(): Promise<ReadonlyMap<string, string>> {
  const schemas = schemasFile()
  return new Map([
    ['src/contract/generated/schemas.json', schemas],
    ...clientFiles(schemas),
    ['docs/reference/alarms.md', `${MADE}\n${alarmsPage()}`],
    ['docs/reference/api.md', `${MADE}\n${apiPage(schemas)}`],
    ['docs/reference/options.md', optionsPage()],
    ['docs/reference/commands.md', await commandsPage()],
    ['docs/reference/errors.md', errorsPage()],
    ['docs/requirements.md', requirementsPage()],
    ['docs/reference/rules.md', `${MADE}\n${rulesPage()}`],
    ['docs/reference/smart-rules.md', `${MADE}\n${smartRulesPage()}`],
  ])
}

/** Pages that are not what they would be. */
export async function stalePages(): Promise<string[]> {
  const read = (path: string): string => {
    try {
      return readFileSync(join(root, path), 'utf8')
    } catch {
      return ''
    }
  }
  return [...(await pages())].filter(([path, text]) => read(path) !== text).map(([path]) => path)
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const stale = await stalePages()
    for (const path of stale) console.error(`${path} is not current: run node scripts/reference.ts`)
    if (stale.length > 0) process.exit(1)
  } else {
    for (const [path, text] of await pages()) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
  }
}
