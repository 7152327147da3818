// What operations ask of the home besides its stores. What opens the home's databases as files or takes long runs as a command of its own.
import type { Ms } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import type { ConfigMerge, DoctorCheck, TestMessage } from '../../contract/home-tools.ts'
import type { Config } from '../../contract/options.ts'
import type { DoctorOptions, HomeTools, TestLetter } from '../../engine/ports/home-tools.ts'
import { applyMerge, decided, type Merge, openMerge } from '../../lifecycle/config/merge-home.ts'
import { configFiles, shippedBy } from '../../lifecycle/config/shipped.ts'
import { RuleBook } from '../../policy/rules/book.ts'
import { lookAtTrust } from '../trust/trust-look.ts'
import { LogQueue } from './log-queue.ts'
import type { CommandRunner } from './run-command.ts'
import { answerOf } from './trust-answer.ts'

/** Less than a call of the API may take. */
const WITHIN: Ms = 55_000

export interface ToolParts {
  readonly home: string
  readonly config: Config
  readonly version: string
  /** Null: no server runs. */
  readonly runner: CommandRunner | null
}

export function homeTools({ home, config, version, runner }: ToolParts): HomeTools {
  const logs = new LogQueue(home)
  return {
    doctor: async (options, asker) => {
      const { checks } = (await running(runner).run({ words: doctorArgs(options), asker, within: WITHIN })) as {
        checks: readonly DoctorCheck[]
      }
      return checks.map(({ name, state, what, mend }) => ({ name, state, what, mend: mend ?? null }))
    },
    sendTest: async (letter, asker) => {
      const told = (await running(runner).run({ words: sendArgs(letter), asker, within: WITHIN })) as TestMessage
      const { message, account, clientId, from, to } = told
      return { message, account, clientId, from, to }
    },
    trust: async (domain, { owner, smart }) => {
      const rules = new RuleBook({ owner, smart, config })
      return answerOf(await lookAtTrust(home, { config, rules }, domain))
    },
    log: (account, page, asker) => logs.page(account, page, asker),
    configFiles: () => configFiles(home, shippedBy(version)),
    merge: (sides, apply) => {
      const merge = openMerge(home, 'hms.yaml')
      if (merge === undefined) return NOTHING_TO_MERGE
      const { take = new Map(), rest = null } = sides ?? {}
      const taken = new Map(merge.conflicts.map(({ id }) => [id, take.get(id) ?? rest]))
      const unknown = [...take.keys()].find((id) => !taken.has(id))
      if (unknown !== undefined) throw noConflict(unknown)
      const text = decided(merge, new Map([...taken].flatMap(([id, side]) => (side === null ? [] : [[id, side] as const]))))
      if (text === undefined && apply) throw undecided([...taken].flatMap(([id, side]) => (side === null ? [id] : [])))
      if (text !== undefined && apply) applyMerge(home, merge, text, shippedBy(version))
      return mergeView(merge, taken, apply)
    },
  }
}

function running(runner: CommandRunner | null): CommandRunner {
  if (runner !== null) return runner
  throw new Fault('not-running', 'No server runs here: the command looks itself.', { blame: 'caller', mend: "Start it with 'hms start'." })
}

function doctorArgs({ network, addresses, probe, spool }: DoctorOptions): readonly string[] {
  return [
    'doctor',
    ...(spool ? ['--spool'] : []),
    ...(network ? ['--network'] : []),
    ...(addresses.length > 0 ? ['--address', ...addresses] : []),
    ...(probe === null ? [] : [`--probe=${probe}`]),
  ]
}

function sendArgs({ account, from, to, subject, text, mailing }: TestLetter): readonly string[] {
  const given = { account, from, subject, text, mailing }
  const named = Object.entries(given).flatMap(([name, value]) => (value === null ? [] : [`--${name}=${value}`]))
  return ['send', '--timeout=10s', ...to.map((address) => `--to=${address}`), ...named]
}

const NOTHING_TO_MERGE: ConfigMerge = {
  file: 'config/hms.yaml',
  isPending: false,
  merged: false,
  from: null,
  guessed: false,
  conflicts: [],
  settings: [],
}

function mergeView(
  { file, origin, conflicts, settings }: Merge,
  taken: ReadonlyMap<string, 'mine' | 'theirs' | null>,
  merged: boolean,
): ConfigMerge {
  return {
    file: `config/${file}`,
    isPending: !merged,
    merged,
    from: origin.version,
    guessed: origin.guessed,
    conflicts: conflicts.map(({ id, line, base, mine, theirs }) => ({ id, line, base, mine, theirs, taken: taken.get(id) ?? null })),
    settings: settings.map(({ setting, what, set, was, now }) => ({ setting, what, set, was, now })),
  }
}

function noConflict(id: string): Fault {
  const mend = 'GET /api/v1/settings/merge shows those that there are.'
  return new Fault('invalid-parameter', `take names ${JSON.stringify(id.slice(0, 100))}, about which there is no conflict.`, {
    blame: 'caller',
    mend,
  })
}

function undecided(open: readonly string[]): Fault {
  const mend = 'Decide with take, by setting, or with rest: mine or theirs.'
  return new Fault('config-conflicts', `Nothing was changed, as there is to be decided: ${open.join(', ')}.`, { blame: 'caller', mend })
}
