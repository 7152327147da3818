// `hms assemble`: one message for many recipients, from a job file. The recipients are read here, by whoever calls it, and handed to the server,
// which sends in the background.
import { readFileSync } from 'node:fs'
import { dirname, extname } from 'node:path'
import { type Command, Option } from 'commander'
import type { AccountId, Ms } from '../../../base/brand.ts'
import { every, machineClock } from '../../../base/clock.ts'
import { isMissing } from '../../../base/fault.ts'
import { type Job, JOB_BOUNDS, type JobRow } from '../../../contract/jobs.ts'
import { type JobFile, readJobFile } from '../../../policy/jobs/job-file.ts'
import { batched } from '../../../policy/jobs/rows.ts'
import { badArgument, type Cli, wholeNumber } from '../../cli.ts'
import { jobRows } from '../../job-rows.ts'
import { fields, table } from '../../output/table.ts'
import { visibleLines } from '../../output/visible.ts'
import { dateTime } from '../../output/when.ts'

interface Options {
  readonly dryRun?: true
  readonly paused?: true
}

interface ListOptions {
  readonly limit: number
  readonly before?: number
  readonly account?: number
}

const jobId = wholeNumber(1, Number.MAX_SAFE_INTEGER)
const SHOWN_MESSAGES = 3
const SHOWN_ROWS = 20
const MORE_SHOWN = 1000
const LISTED = 50
const MOST_LISTED = 1000
/** While no rows come, the server is told that there will be. */
const SIGN_OF_LIFE: Ms = 60_000

export function register(command: Command, cli: Cli): void {
  command
    .argument('[job]', 'file of the job, .yaml or .xml')
    .addOption(new Option('--dry-run', 'read and check all of it, show the first messages, send nothing').conflicts('paused'))
    .option('--paused', 'read it, and send nothing until it is resumed')
    .action(async (file: string | undefined, options: Options) => {
      if (file === undefined) throw badArgument('No job file was named.', "'hms assemble --help' shows what there is.")
      await assemble(file, options, cli)
    })
  command
    .command('ls')
    .description('list jobs, and how far each came; the newest first')
    .option('--limit <n>', 'so many of them', wholeNumber(1, MOST_LISTED), LISTED)
    .option('--before <id>', 'those older than this one', jobId)
    .option('--account <id>', 'those of one account', wholeNumber(1000, 2 ** 31 - 1))
    .action(async ({ limit, before, account }: ListOptions) => {
      const asked = { ...(before !== undefined && { after: before }), ...(account !== undefined && { account: account as AccountId }) }
      const { jobs } = await cli.call('job.list', { limit, ...asked })
      cli.answer(jobs, () => listing(jobs, cli.terminal.width) + more(jobs, limit))
    })
  command
    .command('show <id>')
    .description('show a job, with rows that could not be used and recipients that were refused')
    .option('--bad <n>', 'so many of them', wholeNumber(1, MORE_SHOWN), SHOWN_ROWS)
    .action(async (text: string, { bad: limit }: { bad: number }) => {
      const id = jobId(text)
      const job = await cli.call('job.show', { id })
      const { rows } = await cli.call('job.bad', { id, limit })
      cli.answer({ ...job, rows }, () => describe(job) + badRows(rows, job))
    })
  const acts = [
    ['pause', 'hand in nothing more until it is resumed', (id: number) => cli.call('job.pause', { id })],
    ['resume', 'go on with a job that is paused', (id: number) => cli.call('job.resume', { id })],
    ['cancel', 'never hand in what was not yet; what is in the queue is sent', (id: number) => cli.call('job.cancel', { id })],
  ] as const
  for (const [name, what, act] of acts)
    command
      .command(`${name} <id>`)
      .description(what)
      .action(async (text: string) => cli.answer(await act(jobId(text)), describe))
  command.addHelpText(
    'after',
    '\nExamples:\n  hms assemble spring.yaml --dry-run\n  hms assemble spring.yaml\n  hms assemble show 7\n  hms assemble pause 7',
  )
}

function jobFile(path: string): JobFile {
  const format = { '.yaml': 'yaml', '.yml': 'yaml', '.xml': 'xml' } as const
  const found = Object.entries(format).find(([end]) => end === extname(path).toLowerCase())
  if (found === undefined) throw badArgument(`${path} is neither .yaml nor .xml.`)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) throw badArgument(`There is no file ${path}.`)
    throw error
  }
  if (text.length > JOB_BOUNDS.file) throw badArgument(`${path} has more than ${JOB_BOUNDS.file} characters.`)
  const job = readJobFile(text, found[1])
  if (typeof job === 'string') throw badArgument(`${path}: ${job}`)
  return job
}

/** Where anything fails, or with --dry-run, no job is left. */
async function assemble(file: string, { dryRun, paused }: Options, cli: Cli): Promise<void> {
  const { document, recipients } = jobFile(file)
  const { id } = await cli.call('job.add', { document, ...(dryRun && { trial: true as const }) })
  let isKept = false
  try {
    const job = await fill(id, jobRows(recipients, { folder: dirname(file), home: cli.home }), cli)
    if (dryRun) {
      const { messages } = await cli.call('job.preview', { id, limit: SHOWN_MESSAGES })
      const { rows } = await cli.call('job.bad', { id, limit: SHOWN_ROWS })
      const { recipients: good, bad } = job
      cli.answer({ recipients: good, bad, messages, rows }, () => preview(messages) + counted(job) + badRows(rows, job))
      return
    }
    if (paused) await cli.call('job.pause', { id })
    const begun = await cli.call('job.begin', { id })
    isKept = true
    cli.answer(begun, (it) => `${describe(it)}\n'hms assemble show ${it.id}' tells how far it is.\n`)
  } finally {
    if (!isKept) await cli.call('job.forget', { id })
  }
}

async function fill(id: number, rows: AsyncIterable<readonly JobRow[]>, cli: Cli): Promise<Job> {
  let job = await cli.call('job.show', { id })
  let after = 0
  let isSending: Promise<unknown> = Promise.resolve()
  using _signs = every(machineClock, SIGN_OF_LIFE, () => {
    isSending = cli.call('job.rows', { id, after, rows: [] }).catch(() => undefined)
  })
  for await (const some of batched(rows)) {
    job = await cli.call('job.rows', { id, after, rows: some })
    after += some.length
    if (cli.terminal.watched) cli.terminal.warn(`\r\x1b[KReading: ${job.recipients} recipients, ${job.bad} bad rows`)
  }
  await isSending
  if (cli.terminal.watched) cli.terminal.warn('\r\x1b[K')
  return job
}

function stateOf({ state, paused, start }: Job): string {
  if (state !== 'sending') return state
  if (paused !== null) return 'paused'
  return start > Date.now() ? 'scheduled' : 'sending'
}

function more(jobs: readonly Job[], limit: number): string {
  const last = jobs.at(-1)
  return last === undefined || jobs.length < limit ? '' : `Older ones: hms assemble ls --before ${last.id}\n`
}

const handedIn = ({ queued, refused, recipients }: Job): string =>
  recipients === 0 ? '' : `${Math.floor((100 * (queued + refused)) / recipients)} %`

function listing(jobs: readonly Job[], width: number): string {
  return table(
    jobs,
    [
      { title: 'JOB', of: ({ id }) => id, right: true },
      { title: 'ACCOUNT', of: ({ account }) => account, right: true },
      { title: 'NAME', of: ({ name }) => name, shrinks: true },
      { title: 'STATE', of: stateOf },
      { title: 'DONE', of: handedIn, right: true },
      { title: 'RECIPIENTS', of: ({ recipients }) => recipients, right: true },
      { title: 'BAD', of: ({ bad, refused }) => bad + refused, right: true },
      { title: 'MADE', of: ({ at }) => dateTime(at) },
    ],
    width,
    'No jobs.',
  )
}

function describe(job: Job): string {
  const { id, account, name, by, at, start, paused, trouble, ended, recipients, bad, queued, refused } = job
  return fields([
    ['job', id],
    ['account', account],
    ['name', name],
    ['made', `${dateTime(at)} by ${by}`],
    ['state', ended === null ? stateOf(job) : `${stateOf(job)} ${dateTime(ended)}`],
    ...(start > at ? [['begins', dateTime(start)] as const] : []),
    ...(paused === null ? [] : [['paused by', paused] as const]),
    ...(trouble === null ? [] : [['waits', trouble] as const]),
    ['recipients', recipients],
    ['handed in', recipients === 0 ? queued : `${queued} (${handedIn(job)})`],
    ['refused', refused],
    ['bad rows', bad],
  ])
}

function counted({ recipients, bad }: Job): string {
  return `${recipients} ${recipients === 1 ? 'recipient' : 'recipients'}, ${bad} bad ${bad === 1 ? 'row' : 'rows'}. Nothing was sent.\n`
}

function preview(messages: readonly { readonly to: string; readonly text: string }[]): string {
  return messages.map(({ to, text }) => `To ${to}:\n${visibleLines(text.trimEnd()).replaceAll(/^/gm, '  ')}\n\n`).join('')
}

function badRows(rows: readonly { readonly line: number; readonly problem: string }[], { bad, refused }: Job): string {
  const more = bad + refused - rows.length
  const lines = rows.map(({ line, problem }) => `  line ${line}: ${problem}\n`).join('')
  return rows.length === 0 ? '' : `\nNot sent to:\n${lines}${more > 0 ? `  and ${more} more\n` : ''}`
}
