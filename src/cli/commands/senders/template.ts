// `hms template`: stored templates, by version; what messages that name them are made of.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { AccountId } from '../../../base/brand.ts'
import { isMissing } from '../../../base/fault.ts'
import type { OperationResult } from '../../../contract/operations.ts'
import { accountId, badArgument, type Cli } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { notFound } from '../../not-found.ts'

interface Which {
  readonly account?: AccountId
}

const OF = ['--account <id>', 'of this account; without it, of all', accountId] as const

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list templates')
    .option(...OF)
    .action(async (options: Which) => cli.answer(await cli.call('template.list', options), (rows) => listing(rows, cli.terminal.width)))
  command
    .command('versions <id>')
    .description('list the stored versions of a template')
    .option(...OF)
    .action(async (id: string, options: Which) =>
      cli.answer(await cli.call('template.versions', { id, ...options }), (rows) => listing(rows, cli.terminal.width)),
    )
  registerAdd(command, cli)
  registerShow(command, cli)
  registerPreview(command, cli)
  command
    .command('rm <id>')
    .description('remove a template with all of its versions; messages already submitted are not affected')
    .option(...OF)
    .action(async (id: string, options: Which) => {
      const { removed } = await cli.call('template.remove', { id, ...options })
      if (!removed)
        throw notFound(
          `There is no template ${id}.`,
          `'hms template ls' lists them, with the account that each is of${options.account === undefined ? ': add --account' : ''}.`,
        )
      cli.answer({ removed }, () => `Removed ${id}.\n`)
    })
  command.addHelpText(
    'after',
    '\nExamples:\n  hms template add welcome --account 1001 --subject \'Welcome, {{ name }}\' --html welcome.html --text welcome.txt\n  hms template preview welcome --account 1001 --data \'{"name":"Ann"}\'',
  )
}

function listing(rows: OperationResult<'template.list'>, width: number): string {
  return table(
    rows,
    [
      { title: 'TEMPLATE', of: (row) => row.id, shrinks: true },
      { title: 'ACCOUNT', of: (row) => row.account ?? 'all', right: true },
      { title: 'VERSION', of: (row) => row.version, right: true },
      { title: 'SINCE', of: (row) => new Date(row.at).toISOString().slice(0, 16).replace('T', ' ') },
      { title: 'BY', of: (row) => row.by, shrinks: true },
      { title: 'NOTE', of: (row) => row.note, shrinks: true },
    ],
    width,
    'No templates.',
  )
}

interface AddOptions extends Which {
  readonly subject?: string
  readonly text?: string
  readonly html?: string
  readonly note?: string
}

function registerAdd(command: Command, cli: Cli): void {
  command
    .command('add <id>')
    .description('store a template, or a new version of it')
    .option(...OF)
    .option('--subject <liquid>', 'the subject')
    .option('--text <file>', 'the text')
    .option('--html <file>', 'the HTML')
    .option('--note <text>', 'what is new')
    .action(async (id: string, { text, html, ...options }: AddOptions) => {
      const parts = { ...(text !== undefined && { text: contents(text) }), ...(html !== undefined && { html: contents(html) }) }
      cli.answer(
        await cli.call('template.add', { id, ...options, ...parts }),
        (head) => `Template ${head.id} is at version ${head.version}.\n`,
      )
    })
}

function registerShow(command: Command, cli: Cli): void {
  command
    .command('show <id>')
    .description('show a template')
    .option(...OF)
    .option('--at <version>', 'this version instead of the newest', Number)
    .action(async (id: string, { at, ...options }: Which & { at?: number }) =>
      cli.answer(await cli.call('template.show', { id, ...options, ...(at !== undefined && { version: at }) }), shown),
    )
}

interface PreviewOptions extends Which {
  readonly at?: number
  readonly data?: string
  readonly empty?: boolean
}

function registerPreview(command: Command, cli: Cli): void {
  command
    .command('preview <id>')
    .description('preview a template with data')
    .option(...OF)
    .option('--at <version>', 'this version instead of the newest', Number)
    .option('--data <json|file>', 'an object, or a file with one')
    .option('--empty', 'what is missing is empty, and no error')
    .action(async (id: string, { at, data, empty, account }: PreviewOptions) => {
      const which = { id, ...(account !== undefined && { account }), ...(at !== undefined && { version: at }) }
      const filled = { ...(data !== undefined && { data: objectOf(data) }), ...(empty === true && { missing: 'empty' as const }) }
      cli.answer(await cli.call('template.preview', { ...which, ...filled }), parts)
    })
}

function shown(template: OperationResult<'template.show'>): string {
  const head = fields([
    ['template', template.id],
    ['account', template.account === null ? 'all' : String(template.account)],
    ['version', String(template.version)],
    ['by', template.by],
    ['note', template.note],
  ])
  return `${head}\n${parts(template)}`
}

function parts({ subject, text, html }: OperationResult<'template.preview'>): string {
  const named = [
    ['Subject', subject],
    ['Text', text],
    ['HTML', html],
  ] as const
  return named.flatMap(([name, part]) => (part === undefined ? [] : [`--- ${name}\n${part.trimEnd()}\n`])).join('')
}

function contents(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    if (isMissing(error)) throw badArgument(`There is no file ${file}.`)
    throw badArgument(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function objectOf(data: string): Record<string, unknown> {
  const text = data.trimStart().startsWith('{') ? data : contents(data)
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw badArgument('The data is no JSON object.', 'Such as: --data \'{"name":"Ann"}\', or the name of a file with one.')
}
