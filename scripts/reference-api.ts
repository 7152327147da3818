// docs/reference/api.md: every call of the management API and every type that comes with it, from the same document that the server gives as
// /api/openapi.json.
import { API_BASE } from '../src/contract/management.ts'
import { openapiDocument, type OpenapiDocument } from '../src/api/management/openapi.ts'
import type { DocumentedCall } from '../src/api/management/openapi-call.ts'
import type { ContractSchemas } from '../src/api/management/schemas.ts'
import type { Schema } from './schemas/schema.ts'
import { fieldsOf, typeText } from './schemas/type-text.ts'

const ABOUT = [
  `Every call of the management API, below \`${API_BASE}\` of \`panel.listen\`: the same that \`/api/openapi.json\` says and \`/api/reference\` shows.`,
  'How one begins: [management-api.md](../guides/management-api.md). Errors: [errors.md](errors.md). A call is named as in the',
  '[client](../../client/README.md). Lists answer with a page: `data` has the rows, and `next` goes into `after` of the next call.',
]

/** `schemas`: src/contract/generated/schemas.json, as it is to be. */
export function apiPage(schemas: string): string {
  const document = openapiDocument('', JSON.parse(schemas) as ContractSchemas)
  const lines = ['# Management API', '', ...ABOUT]
  for (const { name, description } of document.tags) lines.push('', `## ${name}`, '', description, ...callsOf(document, name))
  lines.push('', '## Types', ...Object.entries(document.components.schemas).flatMap(([name, schema]) => typeLines(name, schema)))
  return `${lines.join('\n')}\n`
}

function callsOf({ paths }: OpenapiDocument, tag: string): string[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, call]) => call.tags.includes(tag))
      .flatMap(([method, call]) => callLines(`${method.toUpperCase()} ${path}`, call)),
  )
}

function callLines(what: string, { operationId, summary, description, parameters, requestBody, responses }: DocumentedCall): string[] {
  const body = requestBody?.content['application/json']?.schema
  const given = parameters.map(({ name, in: place, required, description: words = '', schema }) =>
    row(`\`${name}\``, place, required, schema, words),
  )
  const inBody =
    body === undefined
      ? []
      : body['$ref'] === undefined
        ? fieldsOf(body).map((one) => fieldRow(one, 'body'))
        : [row('', 'body', true, body, '')]
  const rows = [...given, ...inBody]
  const [status = '200', answer] = Object.entries(responses)[0] ?? []
  return [
    '',
    `### \`${what}\``,
    '',
    `\`${operationId}\`: ${summary} ${description.replaceAll(/\s+/g, ' ')}`,
    ...(rows.length > 0 ? ['', '| | in | form | |', '|---|---|---|---|', ...rows] : []),
    '',
    `Answers ${status}: ${shownType(((answer as Answer).content?.['application/json']?.schema ?? {}) as Schema)}`,
  ]
}

interface Answer {
  readonly content?: Readonly<Record<string, { readonly schema: unknown }>>
}

function typeLines(name: string, schema: Schema): string[] {
  const { description } = schema
  const fields = fieldsOf(schema).map((one) => fieldRow(one, null))
  return [
    '',
    `### ${name}`,
    '',
    ...(typeof description === 'string' ? [description, ''] : []),
    ...(fields.length > 0 ? ['| field | form | |', '|---|---|---|', ...fields] : [`${shownType(schema)}${boundsOf(schema)}`]),
  ]
}

function fieldRow({ name, isOptional, schema }: ReturnType<typeof fieldsOf>[number], place: string | null): string {
  const { description } = schema
  return row(`\`${name}\``, place, !isOptional, schema, typeof description === 'string' ? description : '')
}

function row(name: string, place: string | null, isNeeded: boolean, schema: Schema, words: string): string {
  const form = `${shownType(schema).replaceAll('|', '\\|')}${boundsOf(schema)}${isNeeded ? '' : ', may be left out'}`
  return `| ${[name, ...(place === null ? [] : [place]), form, words.replaceAll('|', '\\|')].join(' | ')} |`
}

/** With links to types that the page has. */
function shownType(schema: Schema): string {
  const names = new Set<string>()
  const text = typeText(schema, (name) => {
    names.add(name)
    return name
  }).replaceAll('readonly ', '')
  const links = [...names].map((name) => `[${name}](#${name.toLowerCase()})`)
  const isName = links.length === 1 && names.has(text)
  if (isName) return links.join('')
  return `\`${text}\`${links.length === 0 ? '' : ` (${links.join(', ')})`}`
}

const BOUNDS = [
  ['minimum', 'from'],
  ['maximum', 'to'],
  ['maxLength', 'at most characters:'],
  ['maxItems', 'at most members:'],
] as const

function boundsOf(schema: Schema): string {
  const said = BOUNDS.filter(([name]) => schema[name] !== undefined).map(([name, words]) => `${words} ${String(schema[name])}`)
  return said.length === 0 ? '' : `, ${said.join(' ')}`
}
