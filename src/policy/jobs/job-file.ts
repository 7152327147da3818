// A job file, in YAML or in XML: what is sent, to whom, and when. Checked whole before anything is read or sent.
import { parse } from 'yaml'
import { z } from 'zod'
import { messageOf } from '../../base/fault.ts'
import { inPlainWords, INJECTION, MESSAGE, namedValues } from '../../contract/injection.ts'
import { readXml, type XmlValue } from './xml.ts'

const within = (most: number) => z.string('must be a text').max(most, `must have at most ${most} characters`)
const line = (most: number) => within(most).regex(/^[^\r\n\0]+$/, 'must be one line that is not empty')

const SOURCE = z
  .strictObject({
    file: line(4096).optional(),
    format: z.enum(['csv', 'jsonl'], 'must be csv or jsonl').optional(),
    separator: z.string('must be a text').length(1, 'must be one character').optional(),
    encoding: z.enum(['utf-8', 'windows-1252'], 'must be utf-8 or windows-1252').optional(),
    sqlite: line(4096).optional(),
    /** Of config/databases.yaml, or a URL. */
    database: line(2000).optional(),
    query: within(100_000).optional(),
    address: line(INJECTION.address).optional(),
    name: line(INJECTION.address).optional(),
    id: line(INJECTION.address).optional(),
  })
  .refine(
    ({ file, sqlite, database }) => [file, sqlite, database].filter((one) => one !== undefined).length === 1,
    'must have one of file, sqlite and database',
  )
  .refine(({ file, query }) => (file === undefined) === (query !== undefined), 'must have a query where it has sqlite or database')

/** What is sent, without the recipients; the rest of a job file. */
export const JOB_DOCUMENT = z.strictObject(
  {
    account: z.int('must be the number of an account').min(1000, 'must be the number of an account'),
    name: line(200).optional(),
    message: MESSAGE.omit({ to: true, cc: true, bcc: true, raw: true, messageId: true, data: true, missing: true }),
    data: namedValues(z.unknown(), 'must be an object').optional(),
    missing: z.enum(['error', 'empty'], 'must be error or empty').optional(),
    /** When it begins to hand messages in; `message.sendAt` is when they leave. */
    start: line(100).optional(),
    spread: line(20).optional(),
    window: line(500).optional(),
  },
  'must be an object',
)
const JOB_FILE = JOB_DOCUMENT.extend({ recipients: SOURCE })

export type RecipientSource = z.output<typeof SOURCE>
export type JobDocument = z.output<typeof JOB_DOCUMENT>

export interface JobFile {
  readonly document: JobDocument
  readonly recipients: RecipientSource
}

/** A string: what is wrong with it, a sentence. */
export function readJobFile(text: string, format: 'yaml' | 'xml'): JobFile | string {
  let values: unknown
  try {
    values = format === 'yaml' ? parse(text) : xmlValues(text)
  } catch (error) {
    return `It is no ${format === 'yaml' ? 'YAML' : 'XML'}: ${saidOf(error)}.`
  }
  const checked = JOB_FILE.safeParse(values, { error: inPlainWords })
  if (!checked.success) return problemOf(checked.error)
  const { recipients, ...document } = checked.data
  return { document, recipients }
}

/** Without the lines of the file that a parser puts below what it says. */
function saidOf(error: unknown): string {
  const [said = ''] = messageOf(error).split('\n')
  return said.replace(/[:.]$/, '')
}

/** What is wrong, with its place: a field with another name first, as what it was to be is missing then. */
export function problemOf({ issues }: z.ZodError): string {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  const place = (issue?.path ?? []).reduce<string>(
    (path, part) => (typeof part === 'number' ? `${path}[${part}]` : `${path}${path && '.'}${String(part)}`),
    '',
  )
  if (issue?.code === 'unrecognized_keys') return `There is no field ${[place, issue.keys[0] ?? ''].filter(Boolean).join('.')} in a job.`
  return `${place === '' ? 'The job' : place} ${issue?.message ?? 'is not of its form'}.`
}

/** XML knows texts only, and cannot tell one thing from a list of one. */
function xmlValues(text: string): unknown {
  const { name, value } = readXml(text)
  if (name !== 'job') throw new Error(`its element is <${name}> and not <job>`)
  const job = objectOf(value)
  const { message, account, ...rest } = job
  return { ...rest, account: numberIn(account), ...(message !== undefined && { message: xmlMessage(objectOf(message)) }) }
}

type XmlObject = Readonly<Record<string, XmlValue>>

function objectOf(value: XmlValue | undefined): XmlObject {
  return typeof value === 'object' && !Array.isArray(value) ? (value as XmlObject) : {}
}

function xmlMessage(message: XmlObject): unknown {
  const { replyTo, tags, attachments, template, tracking, ...rest } = message
  const { version, ...named } = objectOf(template)
  return {
    ...rest,
    ...listIn('replyTo', replyTo),
    ...listIn('tags', tags),
    ...listIn('attachments', attachments),
    ...(template !== undefined && { template: { ...named, ...(version !== undefined && { version: numberIn(version) }) } }),
    ...(tracking !== undefined && {
      tracking: Object.fromEntries(Object.entries(objectOf(tracking)).map(([key, value]) => [key, flagIn(value)])),
    }),
  }
}

function listIn(name: string, value: XmlValue | undefined): object {
  return value === undefined ? {} : { [name]: Array.isArray(value) ? value : [value] }
}

const numberIn = (value: XmlValue | undefined): unknown =>
  typeof value === 'string' && /^\d{1,10}$/.test(value.trim()) ? Number(value) : value
const flagIn = (value: XmlValue): unknown =>
  value === 'true' || value === 'on' ? true : value === 'false' || value === 'off' ? false : value
