// `hms config merge`: the new default that lies beside an edited file is merged into it. Clean changes apply; what both the owner
// and the new version changed is shown side by side and chosen, one by one. `hms config ls` shows what was edited.
import type { Command } from 'commander'
import { Fault } from '../../../base/fault.ts'
import type { Conflict, Side } from '../../../lifecycle/config/merge.ts'
import { applyMerge, decided, type Merge, openMerge } from '../../../lifecycle/config/merge-home.ts'
import type { SettingChange } from '../../../lifecycle/config/setting-changes.ts'
import { configFiles, shippedBy } from '../../../lifecycle/config/shipped.ts'
import { requireHome } from '../../../lifecycle/home-state.ts'
import { badArgument, type Cli } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { counted } from '../../output/when.ts'

export function registerLs(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('show which files of config/ were edited, and which have a new default beside them')
    .action(() => {
      requireHome(cli.home)
      cli.answer(configFiles(cli.home, shippedBy(cli.version)), (rows) =>
        table(
          rows,
          [
            { title: 'FILE', of: ({ file }) => file },
            { title: 'STATE', of: ({ state }) => state },
            { title: 'FROM', of: ({ from, guessed }) => `${from}${guessed ? ' (guessed)' : ''}` },
            { title: 'NEW BESIDE IT', of: ({ beside }) => beside },
          ],
          cli.terminal.width,
          '',
        ),
      )
    })
}

interface MergeOptions {
  readonly take?: readonly string[]
  readonly dryRun?: true
}

export function registerMerge(command: Command, cli: Cli): void {
  command
    .command('merge')
    .description('merge the new default beside an edited file into it; the result is checked before it takes its place')
    .option('--take <side>', 'decide conflicts: mine, theirs, or SETTING=mine for one (may be repeated)', (one, all: string[] = []) => [
      ...all,
      one,
    ])
    .option('--dry-run', 'show what would be done, change nothing')
    .action(async (options: MergeOptions) => {
      requireHome(cli.home)
      const merge = openMerge(cli.home, 'hms.yaml')
      if (merge === undefined)
        return cli.answer({ file: 'config/hms.yaml', merged: false, conflicts: [], settings: [] }, () => 'There is nothing to merge.\n')
      if (!cli.json) tell(cli, merge)
      const sides = await choose(cli, merge, options)
      const text = decided(merge, sides)
      if (text === undefined && options.dryRun !== true) throw undecided(merge, sides)
      const merged = text !== undefined && options.dryRun !== true
      if (merged) applyMerge(cli.home, merge, text, shippedBy(cli.version))
      cli.answer(outcome(merge, sides, merged), () => told(merge, text, merged))
    })
}

function outcome({ file, origin, conflicts, settings }: Merge, sides: ReadonlyMap<string, Side>, merged: boolean) {
  const { version: from, guessed } = origin
  return {
    file: `config/${file}`,
    merged,
    from,
    guessed,
    conflicts: conflicts.map(({ id, line, base, mine, theirs }) => ({ id, line, base, mine, theirs, taken: sides.get(id) ?? null })),
    settings,
  }
}

function told({ file, conflicts }: Merge, text: string | undefined, merged: boolean): string {
  if (merged) return `config/${file} is merged and in order; the file as it was is config/_old_${file}. It counts at the next start.\n`
  return text === undefined
    ? `Nothing was changed: ${counted(conflicts.length, 'conflict')} to decide.\n`
    : 'Nothing was changed: the merged file would be in order.\n'
}

const CHANGED: Readonly<Record<SettingChange['what'], string>> = {
  gone: 'is no longer a setting',
  meaning: 'means or takes something else',
  default: 'has another default',
  new: 'is new',
}

function tell(cli: Cli, { origin, settings, conflicts }: Merge): void {
  const guess = origin.guessed ? ' (a guess: this home kept no record)' : ''
  cli.terminal.write(`config/hms.yaml started from the default of ${origin.version}${guess}.\n`)
  for (const { setting, what, set, was, now } of settings) {
    cli.terminal.write(`${setting} ${CHANGED[what]}${set ? ', and you set it' : ''}.\n`)
    for (const [name, text] of Object.entries({ was, now })) if (text !== null) cli.terminal.write(`    ${name}: ${visible(text)}\n`)
  }
  for (const [i, conflict] of conflicts.entries()) cli.terminal.write(sideBySide(conflict, i + 1, cli.terminal.width))
}

/** Yours left, the new default right. */
export function sideBySide({ id, line, mine, theirs }: Conflict, number: number, width: number): string {
  const half = Math.max(20, Math.floor((Math.min(width, 140) - 3) / 2))
  const cut = (text: string): string => (text.length > half ? `${text.slice(0, half - 1)}…` : text)
  const [left, right] = [mine, theirs].map((lines) => (lines.length === 0 ? ['(not there)'] : lines.map((one) => cut(visible(one))))) as [
    string[],
    string[],
  ]
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
    `${(left[i] ?? '').padEnd(half)} | ${right[i] ?? ''}`.trimEnd(),
  )
  const place = line === null ? '' : `, line ${line}`
  return `\nConflict ${number}: ${id}${place}\n${'yours (mine)'.padEnd(half)} | new default (theirs)\n${rows.join('\n')}\n`
}

/** What `--take` says, and what a person answers to the rest. */
async function choose(cli: Cli, { conflicts }: Merge, { take = [], dryRun }: MergeOptions): Promise<ReadonlyMap<string, Side>> {
  const sides = new Map<string, Side>()
  for (const one of take) {
    const [side, id] = one.split('=').toReversed() as [string, string | undefined]
    if (side !== 'mine' && side !== 'theirs')
      throw badArgument(`"${one}" is neither mine nor theirs.`, 'Write --take mine, --take theirs or --take SETTING=mine.')
    const meant = conflicts.filter((conflict) => id === undefined || conflict.id === id)
    if (id !== undefined && meant.length === 0)
      throw badArgument(`There is no conflict about ${id}.`, "'hms config merge --dry-run' shows them.")
    for (const conflict of meant) if (id !== undefined || !sides.has(conflict.id)) sides.set(conflict.id, side)
  }
  for (const { id } of dryRun === true || cli.json ? [] : conflicts) {
    while (!sides.has(id)) {
      const answer = (await cli.terminal.ask(`${id}: take [m]ine or [t]heirs, or [q]uit? `))?.toLowerCase()
      if (answer === undefined || answer.startsWith('q')) return sides
      if (answer.startsWith('m')) sides.set(id, 'mine')
      if (answer.startsWith('t')) sides.set(id, 'theirs')
    }
  }
  return sides
}

function undecided({ conflicts }: Merge, sides: ReadonlyMap<string, Side>): Fault {
  const open = conflicts.filter(({ id }) => !sides.has(id)).map(({ id }) => id)
  return new Fault('config-conflicts', `Nothing was changed: ${counted(open.length, 'conflict')} to decide: ${open.join(', ')}.`, {
    blame: 'caller',
    mend: "'hms config merge --dry-run' shows both sides; decide with --take mine, --take theirs or --take SETTING=mine.",
  })
}
