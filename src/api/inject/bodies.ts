// The forms in which one message may come: JSON; a whole MIME message as it is, with its envelope and wishes in the query; or a form with
// the message as JSON, files to attach, or a MIME message as a file.
import type { Problem } from '../../contract/injection.ts'
import { parameter } from '../../message/mime.ts'
import { jsonOf, parseJson } from './json-body.ts'
import type { Call } from './route.ts'

type Body = { readonly value: unknown } | { readonly problem: Problem }

/** Of the query of a MIME message: those that may be given once, and those that may be given again. */
const ONCE = new Set(['sender', 'messageId', 'mailing', 'stream', 'pool', 'priority', 'sendAt', 'expiresAt'])
const LISTS = new Set(['to', 'cc', 'bcc', 'tags'])
const MOST_PARAMETERS = 5000
/** Parts of a form: a message, and what belongs to it. */
const MOST_PARTS = 200
/** Of one of them. */
const LARGEST_HEADER = 4096
const HYPHEN = 45

export async function messageIn(call: Call): Promise<Body> {
  const type = (call.headers['content-type'] ?? '').toLowerCase()
  if (type.startsWith('message/rfc822')) return ofQuery(call)
  return type.startsWith('multipart/form-data') ? ofForm(call) : jsonOf(call)
}

function ofQuery({ query, body }: Call): Body {
  const value: Record<string, unknown> = { raw: body.toString('base64') }
  let count = 0
  for (const [name, text] of new URLSearchParams(query)) {
    if (++count > MOST_PARAMETERS) return problem('The query has too many parameters.', 'to')
    if (LISTS.has(name)) value[name] = [...((value[name] as string[] | undefined) ?? []), text]
    else if (!ONCE.has(name)) return problem(`There is no parameter ${name.replaceAll(/[^ -~]/g, '?').slice(0, 100)}.`, name.slice(0, 100))
    else if (name in value) return problem(`${name} is given twice.`, name)
    else value[name] = text
  }
  return { value }
}

/** rfc:7578. `message`: JSON. `raw`: a MIME message. Each other file is attached, and one whose part is named `inline` is shown in the HTML. */
async function ofForm({ body, headers }: Call): Promise<Body> {
  const form = await formOf(body, headers['content-type'] ?? '')
  if (form === null)
    return {
      problem: {
        code: 'invalid-body',
        message: `The body is no form (multipart/form-data) of at most ${MOST_PARTS} parts that can be read.`,
      },
    }
  const { message, parts } = form
  const json = message === undefined ? { value: {} } : parseJson(Buffer.from(message))
  if ('problem' in json) return json
  if (typeof json.value !== 'object' || json.value === null || Array.isArray(json.value))
    return problem('message must be an object.', 'message')
  const value: Record<string, unknown> = { ...json.value }
  const attachments: unknown[] = Array.isArray(value['attachments']) ? [...(value['attachments'] as unknown[])] : []
  for (const { name, file } of parts) {
    if (typeof file === 'string')
      return problem(
        `There is no field ${name.replaceAll(/[^ -~]/g, '?').slice(0, 100)}: fields are in message, as JSON.`,
        name.slice(0, 100),
      )
    const content = Buffer.from(await file.arrayBuffer()).toString('base64')
    if (name === 'raw') value['raw'] = content
    else attachments.push(attached(name, file, content))
  }
  if (attachments.length > 0) value['attachments'] = attachments
  return { value }
}

/** What HTML names as `cid:` is the name of the file. */
function attached(part: string, { name, type }: File, content: string): unknown {
  const typed = type === '' ? {} : { type: type.split(';')[0] }
  return { name, ...typed, content, ...(part === 'inline' && { inline: true, contentId: name }) }
}

interface Form {
  readonly message: string | undefined
  readonly parts: readonly { readonly name: string; readonly file: File | string }[]
}

/** Looked at before it is parsed, as millions of parts, or of lines in the header of one, are seconds of the worker. */
function isBounded(body: Buffer, type: string): boolean {
  const boundary = parameter(type, 'boundary')
  if (boundary === null || boundary === '') return false
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  let parts = 0
  let at = body.subarray(0, delimiter.length - 2).equals(delimiter.subarray(2)) ? 0 : body.indexOf(delimiter)
  while (at >= 0) {
    at += delimiter.length - (at === 0 ? 2 : 0)
    // The last one closes the form.
    if (++parts > MOST_PARTS + 1) return false
    const header = body.subarray(at, at + LARGEST_HEADER)
    if (!isClosed(header) && !header.includes('\r\n\r\n')) return false
    at = body.indexOf(delimiter, at)
  }
  return parts > 0
}

function isClosed(header: Buffer): boolean {
  return header[0] === HYPHEN && header[1] === HYPHEN
}

async function formOf(body: Buffer, type: string): Promise<Form | null> {
  if (!isBounded(body, type)) return null
  try {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
    const given = form.get('message')
    const message = given === null || typeof given === 'string' ? given : await given.text()
    form.delete('message')
    return { message: message ?? undefined, parts: [...form].map(([name, file]) => ({ name, file })) }
  } catch {
    return null
  }
}

function problem(message: string, field: string): Body {
  return { problem: { code: 'invalid-field', message, field } }
}
