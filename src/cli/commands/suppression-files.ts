// `hms suppression import` and `export`: a list from a file and to one, part by part, while mail goes on.
import { once } from 'node:events'
import { createWriteStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { type ImportRow, SUPPRESSION_REASONS, type SuppressionEntry, type SuppressionReason } from '../../contract/suppression.ts'
import { csvRow } from '../../base/csv.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import { actor, badArgument, type Cli } from '../cli.ts'
import { connectCaller, type OpenCaller } from '../operations.ts'
import { progressLine } from '../output/progress.ts'
import { visible } from '../output/visible.ts'
import { CSV_HEAD, linesOf, type RowFormat, RowReader } from './suppression-rows.ts'

const ROWS_AT_ONCE = 10_000
/** Lines that cannot be used and are named; the others are counted. */
const NAMED = 1000
const SHOWN = 20

interface ImportOptions {
  readonly list: string
  readonly stream?: string
  readonly reason?: string
  readonly format?: string
  readonly dryRun?: true
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
    .action((options: { list: string; to?: string; format?: string }) => exportList(cli, options))
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

interface BadLine {
  readonly line: number
  readonly problem: string
}

class Import {
  added = 0
  changed = 0
  rows = 0
  badLines = 0
  readonly bad: BadLine[] = []
  readonly #caller: OpenCaller
  readonly #params: { readonly list: string; readonly origin: string; readonly dryRun: boolean }
  #part: ImportRow[] = []
  #numbers: number[] = []
  #sending: Promise<void> = Promise.resolve()

  constructor(caller: OpenCaller, params: Import['params']) {
    this.#caller = caller
    this.#params = params
  }

  get params(): { readonly list: string; readonly origin: string; readonly dryRun: boolean } {
    return this.#params
  }

  refuse(line: number, problem: string): void {
    this.badLines++
    if (this.bad.length < NAMED) this.bad.push({ line, problem })
  }

  /** Resolves when more may come: a part is read while the one before it is written. */
  async add(row: ImportRow, line: number): Promise<void> {
    this.#part.push(row)
    this.#numbers.push(line)
    this.rows++
    if (this.#part.length >= ROWS_AT_ONCE) await this.#send()
  }

  async end(): Promise<void> {
    await this.#send(true)
    await this.#sending
    this.bad.sort((a, b) => a.line - b.line)
  }

  async #send(isLast = false): Promise<void> {
    const [rows, numbers] = [this.#part, this.#numbers]
    this.#part = []
    this.#numbers = []
    await this.#sending
    this.#sending = this.#write(rows, numbers, isLast)
    // Its failure is told where it is waited for.
    this.#sending.catch(() => undefined)
  }

  async #write(rows: readonly ImportRow[], numbers: readonly number[], isLast: boolean): Promise<void> {
    const last = isLast ? { last: { rows: this.rows } } : {}
    const { added, changed, bad } = await this.#caller.call('suppression.import', { ...this.#params, rows, ...last })
    this.added += added
    this.changed += changed
    for (const { row, problem } of bad) this.refuse(numbers[row] ?? 0, problem)
  }
}

async function importFile(cli: Cli, file: string, options: ImportOptions): Promise<void> {
  const { list, dryRun = false } = options
  const size = sizeOf(file)
  const reader = new RowReader(formatOf(file, options.format))
  if (options.reason !== undefined) reasonOf(options.reason)
  await using caller = await connectCaller(cli)
  const work = new Import(caller, {
    list,
    origin: `import of ${file === '-' ? 'standard input' : basename(file)} by ${actor()}`.slice(0, 300),
    dryRun,
  })
  const preset = {
    ...(options.stream !== undefined && { stream: options.stream }),
    ...(options.reason !== undefined && { reason: options.reason }),
  }
  {
    using progress = progressLine(cli.terminal, dryRun ? 'Looking' : 'Importing')
    for await (const lines of linesOf(file)) {
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

async function exportList(cli: Cli, { list, to, format: given }: { list: string; to?: string; format?: string }): Promise<void> {
  const format = given === undefined && to === undefined && cli.json ? 'jsonl' : formatOf(to ?? '', given)
  await using caller = await connectCaller(cli)
  // Asked before the file is made: a wrong name leaves none.
  let part = await caller.call('suppression.export', { list, limit: ROWS_AT_ONCE })
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
    await write(part.entries.map((entry) => lineOf(entry, format)).join(''))
    if (part.next === null) break
    part = await caller.call('suppression.export', { list, after: part.next, limit: ROWS_AT_ONCE })
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

function lineOf({ target, stream, reason, at, expires, origin }: SuppressionEntry, format: RowFormat): string {
  const times = [at, expires].map((time) => (time === null ? null : new Date(time).toISOString()))
  const [since = null, until = null] = times
  if (format === 'jsonl') return `${JSON.stringify({ address: target, stream, reason, at: since, expires: until, origin })}\n`
  // To the letter, as it is read back: an entry such as @shop.example is no formula to us.
  return `${csvRow([target, stream, reason, since, until, origin])}\n`
}
