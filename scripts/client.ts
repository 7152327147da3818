// client/src/generated/: the types and the calls of the client, from the same document that the server gives as /api/openapi.json.
import { openapiDocument, type OpenapiDocument } from '../src/api/management/openapi.ts'
import type { DocumentedCall, DocumentedParameter } from '../src/api/management/openapi-call.ts'
import type { ContractSchemas } from '../src/api/management/schemas.ts'
import type { Schema } from './schemas/schema.ts'
import { fieldsOf, keyText, typeText } from './schemas/type-text.ts'

const MADE = '// Made by `node scripts/reference.ts` of the route table and the types of the contract. Change those, not this file.'
/** A class of its own (client/src/problem.ts). */
const NOT_TYPES = new Set(['Problem'])

/** By path. `schemas`: src/contract/generated/schemas.json, as it is to be. */
export function clientFiles(schemas: string): ReadonlyMap<string, string> {
  const document = openapiDocument('', JSON.parse(schemas) as ContractSchemas)
  return new Map([
    ['client/src/generated/types.ts', typesFile(document)],
    ['client/src/generated/calls.ts', callsFile(document)],
  ])
}

function typesFile({ components }: OpenapiDocument): string {
  const types = Object.entries(components.schemas).filter(([name]) => !NOT_TYPES.has(name))
  return `${[MADE, '', ...types.map(([name, schema]) => typeDeclaration(name, schema))].join('\n')}`
}

function typeDeclaration(name: string, schema: Schema): string {
  const fields = fieldsOf(schema)
  if (fields.length === 0 || schema['anyOf'] !== undefined) return `${comment(schema, '')}export type ${name} = ${typeText(schema)}\n`
  const lines = fields.map(
    (one) => `${comment(one.schema, '  ')}  readonly ${keyText(one.name)}${one.isOptional ? '?' : ''}: ${typeText(one.schema)}`,
  )
  return `${comment(schema, '')}export interface ${name} {\n${lines.join('\n')}\n}\n`
}

function comment({ description }: Schema, indent: string): string {
  return typeof description === 'string' ? `${indent}/** ${description.replaceAll('*/', '*\\/').replaceAll(/\s+/g, ' ')} */\n` : ''
}

function callsFile(document: OpenapiDocument): string {
  const rooms = document.tags.map(({ name, description }) => ({ name, description, calls: callsOf(document, name) }))
  const body = rooms.map(({ name, description, calls }) => roomClass(name, description, calls)).join('\n')
  const names = Object.keys(document.components.schemas).filter((name) => !NOT_TYPES.has(name) && new RegExp(`\\b${name}\\b`).test(body))
  const fields = rooms.map(({ name, description }) => `  /** ${description} */\n  readonly ${name}: ${className(name)}`)
  const made = rooms.map(({ name }) => `    this.${name} = new ${className(name)}(transport)`)
  return `${MADE}
import type { Download } from '../download.ts'
import type { StreamEvent } from '../events.ts'
import { type CallOptions, type ClientOptions, type DownloadOptions, type Page, part, type StreamOptions, type TextPage, Transport } from '../transport.ts'
import type {
${names.map((name) => `  ${name},`).join('\n')}
} from './types.ts'

${body}
export class HmsClient {
  readonly #transport: Transport
${fields.join('\n')}

  constructor(options: ClientOptions) {
    const transport = new Transport(options)
    this.#transport = transport
${made.join('\n')}
  }

  /** Of what a call gave: for \`ifMatch\` of a change to it. */
  etagOf(value: object): string | undefined {
    return this.#transport.etagOf(value)
  }
}
`
}

interface NamedCall {
  readonly method: string
  readonly path: string
  readonly call: DocumentedCall
}

function callsOf({ paths }: OpenapiDocument, tag: string): readonly NamedCall[] {
  const all = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, call]) => ({ method, path, call })))
  return all.filter(({ call }) => call.tags.includes(tag))
}

const className = (room: string): string => `${room.charAt(0).toUpperCase()}${room.slice(1)}Calls`

function roomClass(room: string, description: string, calls: readonly NamedCall[]): string {
  return `/** ${description} */
export class ${className(room)} {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }
${calls.map((one) => methodsOf(one)).join('')}}
`
}

/** What comes before the last parameter, and what goes to the transport. */
interface Written {
  readonly taken: readonly string[]
  readonly path: string
  readonly hasQuery: boolean
  readonly hasBody: boolean
}

function methodsOf({ method, path, call }: NamedCall): string {
  const written = writtenOf(path, call)
  const name = call.operationId.slice(call.operationId.indexOf('.') + 1)
  const { rows, text, isStream, form, forms } = answerOf(call)
  const given = [written.hasQuery ? 'query' : '', written.hasBody ? 'body' : ''].filter((one) => one !== '')
  const sent = given.length === 0 ? '{}' : `{ ${given.join(', ')} }`
  const taken = (options: string): string => [...written.taken, options].join(', ')
  const about = `  /** ${call.summary} */\n`
  const query = written.hasQuery ? 'query' : '{}'
  const plain = `\n${about}  ${name}(${taken('options?: CallOptions')}): Promise<${text}> {
    return this.#transport.call('${method.toUpperCase()}', ${written.path}, ${sent}, options)
  }
`
  const each = `\n  /** The same row by row, page after page. */\n  ${name}Each(${taken('options?: CallOptions')}): AsyncGenerator<${rows ?? ''}, void, undefined> {
    return this.#transport.each(${written.path}, ${query}, options)
  }
`
  const stream = `\n  /** The same as it comes, as long as nobody stops it. */\n  ${name}Stream(${taken('options?: StreamOptions')}): AsyncGenerator<StreamEvent<${rows ?? text}>, void, undefined> {
    return this.#transport.stream(${written.path}, ${query}, options)
  }
`
  const download = `\n  /** All of it as it comes, in place of piece by piece. */\n  ${name.replace(/Read$/, '')}Download(${taken('options?: DownloadOptions')}): Promise<Download> {
    return this.#transport.download(${written.path}, ${query}, '${form ?? ''}', options)
  }
`
  const as = `\n  /** The same as text, a page at a time. */\n  ${name}As(${[`form: ${forms.map((type) => `'${type}'`).join(' | ')}`, taken('options?: CallOptions')].join(', ')}): Promise<TextPage> {
    return this.#transport.text(${written.path}, ${query}, form, options)
  }
`
  const has = (is: boolean, written: string): string => (is ? written : '')
  const more = [
    has(rows !== null && method === 'get', each),
    has(isStream, stream),
    has(form !== null, download),
    has(forms.length > 0, as),
  ]
  return [plain, ...more].join('')
}

function writtenOf(path: string, { parameters, requestBody }: DocumentedCall): Written {
  const of = (place: string): readonly DocumentedParameter[] => parameters.filter((one) => one.in === place)
  const query = of('query')
  const body = requestBody?.content['application/json']?.schema
  const fields = query.map(
    (one) => `${comment(one as unknown as Schema, '    ')}    readonly ${one.name}${one.required ? '' : '?'}: ${typeText(one.schema)}`,
  )
  const isFree = query.every((one) => !one.required)
  // Of what chooses what it is done with, nothing at all would choose everything: that has to be said.
  const isHarmless = requestBody?.required !== true && path.includes('{')
  const bodyText = body === undefined ? '' : typeText(body)
  const taken = [
    ...of('path').map(({ name, schema }) => `${name}: ${typeText(schema)}`),
    ...(body === undefined ? [] : [isHarmless ? `body: ${bodyText} = {}` : `body: ${bodyText}`]),
    ...(query.length === 0 ? [] : [`query: {\n${fields.join('\n')}\n  }${isFree ? ' = {}' : ''}`]),
  ]
  const parts = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => `\${part(${name})}`)
  return { taken, path: parts === path ? `'${path}'` : `\`${parts}\``, hasQuery: query.length > 0, hasBody: body !== undefined }
}

interface Answer {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}

interface AnswerTexts {
  /** Of what there is page after page; null: there are no pages. */
  readonly rows: string | null
  readonly text: string
  readonly isStream: boolean
  /** In which it is had whole; null: it is not read piece by piece. */
  readonly form: string | null
  /** Texts that it can be had as in place of JSON. */
  readonly forms: readonly string[]
}

function answerOf({ responses, parameters }: DocumentedCall): AnswerTexts {
  const { content } = (Object.values(responses)[0] ?? {}) as Answer
  const schema = content?.['application/json']?.schema ?? {}
  const isStream = content?.['text/event-stream'] !== undefined
  const form = Object.entries(content ?? {}).find(([, one]) => one.schema['format'] === 'binary')?.[0] ?? null
  const forms = ['text/csv', 'application/xml'].filter((type) => content?.[type] !== undefined)
  const { data, next, ...others } = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>
  if (data === undefined || next === undefined) return { rows: null, text: typeText(schema), isStream, form, forms }
  const rows = typeText((data['items'] ?? {}) as Schema)
  const rest = typeText({ type: 'object', properties: others, required: schema['required'] })
  const text = `Page<${rows}>${Object.keys(others).length === 0 ? '' : ` & ${rest}`}`
  return { rows: parameters.some(({ name }) => name === 'after') ? rows : null, text, isStream, form, forms }
}
