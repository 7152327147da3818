// Assembly jobs: made, filled with recipients part by part, begun when all are there, then paused, resumed and cancelled.
import type { AccountId } from '../../../base/brand.ts'
import { JOB_BOUNDS, type JobRecipient, type JobRow } from '../../../contract/jobs.ts'
import type { JobDocument } from '../../../policy/jobs/job-file.ts'
import { parseMoment } from '../../../policy/time/moments.ts'
import { existingAccount, existingStream } from '../existing-account.ts'
import { inLoopTurn } from '../loop-turn.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params, refused } from '../params.ts'

const ID = { least: 1, most: Number.MAX_SAFE_INTEGER }
const MOST_PREVIEWED = 10

type Around = Pick<OperationContext, 'settings' | 'jobs' | 'now' | 'actor' | 'by' | 'loop'>
type Making = 'job.add' | 'job.rows' | 'job.begin'

export function jobOperations(context: Around): OperationsOf<'job'> {
  return { ...makingOperations(context), ...lookingOperations(context), ...steeringOperations(context) }
}

/** What looks at jobs is loaded with the first one, as most servers never have any. */
const jobCheck = () => import('./job-check.ts')

function named(values: unknown): number {
  const params = new Params(values)
  const id = params.count('id', ID)
  params.done()
  return id
}

function makingOperations(context: Around): Pick<OperationsOf<'job'>, Making> {
  const { settings, jobs, now, by } = context
  return {
    'job.add': async (values) => {
      const params = new Params(values)
      const said = await documentOf(params.raw('document'))
      const trial = params.optional('trial', () => params.flag('trial')) === true
      params.done()
      const account = existingAccount(settings.read(), said.account as AccountId)
      const { completed, refusedRows } = await jobCheck()
      const document = completed(said, account.id, settings)
      if (document.message.stream !== undefined) existingStream(account, document.message.stream)
      const start = startOf(document, now())
      // What is wrong with the message itself is found here; what one recipient lacks is no matter of it.
      await inLoopTurn(context, () => refusedRows(document, [{ line: 1, to: 'somebody@example.com', data: {} }]))
      const name = document.name ?? document.message.subject ?? 'job'
      return jobs.add({
        account: account.id,
        name: name.slice(0, 200),
        by,
        at: now(),
        start,
        document: JSON.stringify(document),
        ...(trial && { trial }),
      })
    },
    'job.rows': async (values) => {
      const params = new Params(values)
      const id = params.count('id', ID)
      const after = params.count('after', { least: 0, most: Number.MAX_SAFE_INTEGER })
      const rows = params.list('rows', JOB_BOUNDS.rows).map(rowOf)
      params.done()
      const document = JSON.parse((await jobs.show(id)).document) as JobDocument
      const usable = rows.filter((row) => 'to' in row)
      const bad = await (await jobCheck()).refusedRows(document, usable)
      const problems = new Map(bad.map((row) => [row.line, row]))
      return jobs.rows(
        id,
        after,
        rows.map((row) => problems.get(row.line) ?? row),
        now(),
      )
    },
    'job.begin': async (values) => {
      const id = named(values)
      const { job } = await jobs.show(id)
      if (job.recipients === 0) throw refused(`Job ${id} has no recipient.`, "'hms assemble show' lists the rows that could not be used.")
      return jobs.begin(id)
    },
  }
}

function lookingOperations(context: Around): Pick<OperationsOf<'job'>, 'job.preview'> {
  const { jobs } = context
  return {
    'job.preview': async (values) => {
      const params = new Params(values)
      const id = params.count('id', ID)
      const limit = params.count('limit', { least: 1, most: MOST_PREVIEWED })
      params.done()
      const document = JSON.parse((await jobs.show(id)).document) as JobDocument
      const first = await jobs.first(id, limit)
      const { previewOf } = await jobCheck()
      const shown = first.map(async (one) => ({ to: one.to, text: await inLoopTurn(context, () => previewOf(document, one)) }))
      return { messages: await Promise.all(shown) }
    },
  }
}

function steeringOperations({ jobs, now, by }: Around): Omit<OperationsOf<'job'>, Making | 'job.preview'> {
  return {
    'job.list': async (values) => {
      const params = new Params(values)
      const account = params.optional('account', () => params.account('account'))
      const after = params.optional('after', () => params.count('after', ID))
      const limit = params.count('limit', { least: 1, most: 1000 })
      params.done()
      return { jobs: await jobs.list({ limit, ...(account !== undefined && { account }), ...(after !== undefined && { after }) }) }
    },
    'job.show': async (values) => (await jobs.show(named(values))).job,
    'job.bad': async (values) => {
      const params = new Params(values)
      const id = params.count('id', ID)
      const after = params.optional('after', () => params.count('after', { least: 0, most: Number.MAX_SAFE_INTEGER })) ?? 0
      const limit = params.count('limit', { least: 1, most: 1000 })
      params.done()
      return { rows: await jobs.bad(id, after, limit) }
    },
    'job.pause': async (values) => {
      const params = new Params(values)
      const id = params.count('id', ID)
      params.done()
      return jobs.pause(id, by)
    },
    'job.resume': async (values) => jobs.resume(named(values)),
    'job.cancel': async (values) => jobs.cancel(named(values), now()),
    'job.forget': async (values) => {
      await jobs.forget(named(values))
      return {}
    },
  }
}

async function documentOf(value: unknown): Promise<JobDocument> {
  const { JOB_DOCUMENT, problemOf } = await import('../../../policy/jobs/job-file.ts')
  const checked = JOB_DOCUMENT.safeParse(value)
  if (!checked.success) throw refused(problemOf(checked.error))
  return checked.data
}

function startOf({ start }: JobDocument, now: number): number {
  if (start === undefined) return now
  const at = parseMoment(start)
  if (at === undefined)
    throw refused(`start: ${JSON.stringify(start)} is no time.`, 'Examples: 2027-03-01T08:00:00+01:00; 2027-03-01 08:00 Europe/Vienna.')
  return at
}

function rowOf(value: unknown): JobRow {
  const params = new Params(value, 'A row')
  const line = params.count('line', ID)
  if (params.has('problem')) return { line, problem: params.text('problem', 1000) }
  const to = params.text('to')
  const name = params.optional('name', () => params.text('name'))
  const id = params.optional('id', () => params.text('id'))
  const data = params.raw('data')
  params.done()
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw refused('data must be an object.')
  return { line, to, ...(name !== undefined && { name }), ...(id !== undefined && { id }), data: data as JobRecipient['data'] }
}
