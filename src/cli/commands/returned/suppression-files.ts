// `hms suppression import` and `export`: a list from a file and to one, part by part, while mail goes on.
import { once } from 'node:events'
import { createReadStream, createWriteStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { SUPPRESSION_REASONS, type SuppressionReason } from '../../../contract/suppression.ts'
import { Fault, messageOf } from '../../../base/fault.ts'
import { type BadLine, ImportWork, ROWS_AT_ONCE } from '../../../policy/suppression/import-work.ts'
import { CSV_HEAD, entryLine, linesIn, type RowFormat, RowReader } from '../../../policy/suppression/list-files.ts'
import { actor, badArgument, type Cli } from '../../cli.ts'
import { connectCaller } from '../../operations.ts'
import { momentAgo } from '../../moment-ago.ts'
import { progressLine } from '../../output/progress.ts'
import { visible } from '../../output/visible.ts'

const SHOWN = 20

interface ImportOptions {
  readonly list: string
  readonly stream?: string
  readonly reason?: string
  readonly format?: string
  readonly dryRun?: true
}

interface ExportOptions {
  readonly list: string
  readonly to?: string
  readonly format?: string
  readonly match?: string
  readonly reason?: SuppressionReason
  readonly origin?: string
  readonly since?: number
}

export function registerFiles(command: Command, cli: Cli): void {
  command
    .command('import <file>')
    .description('take addresses, domains and patterns in from a file (- for standard input): CSV or JSON lines')
    .requiredOption('--list <name>', 'the list')
    .option('--stream <name>', 'of rows that say none: of this stream alone')
    .option('--reason <reason>', 'of rows that say none: Failure, Bounce, Unsubscribe, Complaint or Manual')
    .option('--format <csv|jsonl>', 'where the name of the file does not tell')
    .option('--dry-run', 'only say what would be taken in')
    .action((file: string, options: ImportOptions) => importFile(cli, file, options))
  command
    .command('export')
    .description('write a list out as CSV or JSON lines')
    .requiredOption('--list <name>', 'the list')
    .option('--to <file>', 'a file in place of standard output')
    .option('--format <csv|jsonl>', 'where the name of the file does not tell')
    .option('--match <part>', 'only what names this, such as *@example.com')
    .option('--reason <reason>', SUPPRESSION_REASONS.join(', '), reasonOf)
    .option('--origin <part>', 'only what comes from there, such as "import of old.csv"')
    .option('--since <time>', 'only what is on it since then: 2026-11-22, or 7d for the last days', momentAgo)
    .action((options: ExportOptions) => exportList(cli, options))
}

/** Throws where there is no such reason. */
export function reasonOf(text: string): SuppressionReason {
  const found = SUPPRESSION_REASONS.find((reason) => reason.toLowerCase() === text.toLowerCase())
  if (found === undefined) throw badArgument(`"${text}" is no reason.`, `There are ${SUPPRESSION_REASONS.join(', ')}.`)
  return found
}

function formatOf(name: string, given: string | undefined): RowFormat {
  if (given === 'csv' || given === 'jsonl') return given
  if (given !== undefined) throw badArgument(`"${given}" is no format.`, 'There are csv and jsonl.')
  return /\.(?:jsonl|ndjson|json)$/i.test(name) ? 'jsonl' : 'csv'
}

async function importFile(cli: Cli, file: string, options: ImportOptions): Promise<void> {
  const { list, dryRun = false } = options
  const size = sizeOf(file)
  const reader = new RowReader(formatOf(file, options.format))
  if (options.reason !== undefined) reasonOf(options.reason)
  await using caller = await connectCaller(cli)
  const origin = `import of ${file === '-' ? 'standard input' : basename(file)} by ${actor()}`.slice(0, 300)
  const work = new ImportWork((part) => caller.call('suppression.import', { list, origin, dryRun, ...part }))
  const preset = {
    ...(options.stream !== undefined && { stream: options.stream }),
    ...(options.reason !== undefined && { reason: options.reason }),
  }
  {
    using progress = progressLine(cli.terminal, dryRun ? 'Looking' : 'Importing')
    for await (const lines of linesIn(file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 }))) {
      for (const line of lines) {
        const row = reader.read(line)
        if (typeof row === 'string') work.refuse(line.number, row)
        else if (row !== null) await work.add({ ...preset, ...row }, line.number)
        progress(line.end, Math.max(size, line.end))
      }
    }
    await work.end()
  }
  const { added, changed, rows, badLines, bad } = work
  cli.answer({ rows, added, changed, badLines, bad, dryRun }, () => report({ rows, added, changed, badLines, bad, dryRun }, list))
}

/** 0 where it is not known. Throws a Fault where the file cannot be read. */
function sizeOf(file: string): number {
  if (file === '-') return 0
  try {
    return statSync(file).size
  } catch (error) {
    throw new Fault('not-found', `${file} cannot be read: ${messageOf(error)}.`, { blame: 'caller' })
  }
}

type Report = { readonly [N in 'rows' | 'added' | 'changed' | 'badLines']: number } & {
  readonly bad: readonly BadLine[]
  readonly dryRun: boolean
}

function report({ rows, added, changed, badLines, bad, dryRun }: Report, list: string): string {
  const named = bad.slice(0, SHOWN).map(({ line, problem }) => `  line ${line}: ${visible(problem)}\n`)
  const rest = badLines > SHOWN ? `  and ${badLines - SHOWN} more\n` : ''
  const used = dryRun
    ? `${added} of ${rows} rows could be used for`
    : `${added} new entries and ${changed} that were there already, of ${rows} rows, are in`
  return `${used} list ${visible(list)}.\n${badLines === 0 ? '' : `${badLines} lines cannot be used:\n${named.join('')}${rest}`}`
}

async function exportList(cli: Cli, { to, format: given, ...wanted }: ExportOptions): Promise<void> {
  const format = given === undefined && to === undefined && cli.json ? 'jsonl' : formatOf(to ?? '', given)
  await using caller = await connectCaller(cli)
  // Asked before the file is made: a wrong name leaves none.
  let part = await caller.call('suppression.export', { ...wanted, limit: ROWS_AT_ONCE })
  const target = to === undefined ? process.stdout : createWriteStream(to, { flags: 'wx', mode: 0o600 })
  const failed = to === undefined ? null : once(target, 'error').then(([error]) => Promise.reject(unwritable(to, error)))
  failed?.catch(() => undefined)
  const write = async (text: string): Promise<void> => {
    if (!target.write(text)) await Promise.race([once(target, 'drain'), ...(failed === null ? [] : [failed])])
  }
  if (format === 'csv') await write(CSV_HEAD)
  let entries = 0
  for (;;) {
    entries += part.entries.length
    await write(part.entries.map((entry) => entryLine(entry, format)).join(''))
    if (part.next === null) break
    part = await caller.call('suppression.export', { ...wanted, after: part.next, limit: ROWS_AT_ONCE })
  }
  if (to === undefined || failed === null) return
  await Promise.race([new Promise<void>((resolve) => target.end(resolve)), failed])
  cli.answer({ entries }, () => `${entries} ${entries === 1 ? 'entry is' : 'entries are'} in ${visible(to)}.\n`)
}

function unwritable(to: string, error: unknown): Fault {
  return new Fault('usage', `${to} cannot be written: ${messageOf(error)}.`, {
    blame: 'caller',
    mend: 'Name another file; one that is there is not replaced.',
  })
}
