// One route in the words of OpenAPI 3.1: what of its operation's parameters is in the path, in the query and in the body, and what it answers.
import { OPEN_CALLS, type PersonalName } from '../../contract/access.ts'
import type { Page } from '../../contract/management/route.ts'
import { REPORT_FORMS } from '../../contract/management/report-forms.ts'
import { PAGES } from '../../contract/management.ts'
import type { Served } from './call-names.ts'
import { exampleOf } from './openapi-example.ts'
import type { ContractSchemas, Schema } from './schemas.ts'

export interface DocumentedParameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: Schema
  readonly style?: 'form'
  readonly explode?: false
}

export interface DocumentedCall {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description: string
  readonly parameters: readonly DocumentedParameter[]
  readonly requestBody?: {
    readonly required: boolean
    readonly content: Readonly<Record<string, { readonly schema: Schema; readonly example: unknown }>>
  }
  readonly responses: Readonly<Record<string, unknown>>
  /** Empty: it needs nobody. */
  readonly security?: readonly []
}

/** What a call may say, and where. */
interface Asked {
  readonly path: Readonly<Record<string, Schema>>
  readonly query: Readonly<Record<string, Schema>>
  readonly body: Schema | null
  readonly required: ReadonlySet<string>
}

type Properties = Readonly<Record<string, Schema>>
const propertiesOf = (schema: Schema): Properties => (schema['properties'] ?? {}) as Properties
const requiredOf = (schema: Schema): readonly string[] => (schema['required'] ?? []) as readonly string[]

export function pathNames(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
}

export class CallDocuments {
  readonly #schemas: ContractSchemas
  /** Paths at which a GET gives an ETag. */
  readonly #tagged: ReadonlySet<string>

  constructor(schemas: ContractSchemas, routes: readonly Served[]) {
    this.#schemas = schemas
    this.#tagged = new Set(routes.filter(({ method, etag }) => method === 'GET' && etag !== undefined).map(({ path }) => path))
  }

  of(name: string, route: Served): DocumentedCall {
    const asked = this.#asked(route)
    const { description } = this.#schemas.operations[route.operation]
    return {
      operationId: name,
      tags: [route.room],
      summary: route.summary,
      description: [description, accessOf(route)].filter((one) => one !== undefined).join('\n\n'),
      parameters: [...this.#parameters(route, asked), ...pageParameters(route), ...this.#conditions(route)],
      ...(asked.body !== null && {
        requestBody: {
          required: requiredOf(this.#plain(asked.body)).length > 0,
          content: { 'application/json': { schema: asked.body, example: this.#example(asked.body) } },
        },
      }),
      responses: this.#responses(route),
      ...(OPEN_CALLS.has(route.operation as PersonalName) && { security: [] as const }),
    }
  }

  /** With what a reference says. */
  #plain(schema: Schema): Schema {
    const { $ref, ...own } = schema
    return typeof $ref === 'string' ? { ...this.#plain(this.#schemas.$defs[$ref.slice('#/$defs/'.length)] ?? {}), ...own } : schema
  }

  /** As little as may be: whoever tries a call out with it as it is changes little. */
  #example(schema: Schema): unknown {
    const [name, first] = Object.entries(propertiesOf(this.#plain(schema)))[0] ?? []
    const least = exampleOf(schema, this.#schemas.$defs) as Readonly<Record<string, unknown>>
    const isEmpty = name !== undefined && first !== undefined && Object.keys(least).length === 0
    return isEmpty ? { [name]: exampleOf(first, this.#schemas.$defs) } : least
  }

  #asked(route: Served): Asked {
    const { params } = this.#schemas.operations[route.operation]
    const { into, within = [], fixed = {}, page, pick } = route
    const inPath = pathNames(route.path)
    const written = into === undefined ? params : (propertiesOf(params)[into] ?? {})
    const inner = this.#plain(written)
    const row =
      pick === undefined ? {} : propertiesOf(this.#plain((this.#schemas.operations[route.operation].result['items'] ?? {}) as Schema))
    const all: Properties = { ...propertiesOf(params), ...propertiesOf(inner), ...row }
    const left = new Set([
      ...inPath.filter((name) => into === undefined || within.includes(name)),
      ...Object.keys(fixed),
      ...pagingNames(page),
    ])
    const open = Object.entries(propertiesOf(inner)).filter(([name]) => !left.has(name))
    const query = open.filter(([name]) => route.reads !== undefined && name in route.reads)
    const hasBody = route.method !== 'GET' && route.method !== 'DELETE' && open.length > 0
    return {
      path: Object.fromEntries(inPath.map((name) => [name, all[name] ?? {}])),
      query: Object.fromEntries(hasBody ? [] : query),
      body: !hasBody ? null : open.length === Object.keys(propertiesOf(inner)).length ? written : bodyOf(inner, open),
      required: new Set(requiredOf(inner)),
    }
  }

  #parameters(route: Served, { path, query, required }: Asked): DocumentedParameter[] {
    const inPath = Object.entries(path).map(([name, schema]) => this.#parameter(name, 'path', true, schema, route))
    return [...inPath, ...Object.entries(query).map(([name, schema]) => this.#parameter(name, 'query', required.has(name), schema, route))]
  }

  #parameter(name: string, place: 'path' | 'query', required: boolean, schema: Schema, { reads }: Served): DocumentedParameter {
    const { description: own, ...form } = schema
    const description = own ?? this.#plain(schema)['description']
    return {
      name,
      in: place,
      required,
      ...(typeof description === 'string' && { description }),
      schema: form,
      ...(place === 'query' && reads?.[name] === 'texts' && { style: 'form', explode: false }),
    }
  }

  #conditions({ method, path, etag }: Served): DocumentedParameter[] {
    const header = (name: string, description: string): DocumentedParameter => ({
      name,
      in: 'header',
      required: false,
      description,
      schema: { type: 'string' },
    })
    if (method === 'GET') return etag === undefined ? [] : [header('If-None-Match', 'An ETag: 304 where it is still the same.')]
    return this.#tagged.has(path) ? [header('If-Match', 'An ETag of before: 412 where it is another by now, and nothing changes.')] : []
  }

  #responses(route: Served): Record<string, unknown> {
    const { method, path, page, etag, status = 200, streaming, octets, isTable } = route
    const headers = etag === undefined ? {} : { headers: { ETag: { $ref: '#/components/headers/ETag' } } }
    const content: Record<string, unknown> = { 'application/json': { schema: this.#answer(route) } }
    if (streaming !== undefined) content['text/event-stream'] = { schema: { type: 'string', description: STREAMS[streaming] } }
    if (octets !== undefined) content[octets] = { schema: { type: 'string', format: 'binary', description: 'All of it.' } }
    if (isTable === true) for (const { type, about } of REPORT_FORMS) content[type] = { schema: { type: 'string', description: about } }
    const problem = { $ref: '#/components/responses/Problem' }
    const statuses = ['400', '401', '403', ...(path.includes('{') ? ['404'] : []), ...(method === 'GET' ? [] : ['409']), '500', '503']
    return {
      [String(status)]: { description: page === undefined ? 'Done.' : 'A page.', ...headers, content },
      ...(method === 'GET' && etag !== undefined && { 304: { description: 'It is the same as the ETag says.' } }),
      ...Object.fromEntries(statuses.map((one) => [one, problem])),
      ...(method !== 'GET' && this.#tagged.has(path) && { 412: problem }),
      429: { $ref: '#/components/responses/TooMany' },
      default: problem,
    }
  }

  #answer({ operation, page, pick }: Served): Schema {
    const { result } = this.#schemas.operations[operation]
    if (pick !== undefined) return (result['items'] ?? {}) as Schema
    if (page === undefined) return result
    const whole = this.#plain(result)
    const rows = page.rows === undefined ? whole : this.#plain(propertiesOf(whole)[page.rows] ?? {})
    const taken = new Set([...(page.rows === undefined ? [] : [page.rows]), ...('next' in page ? [page.next] : [])])
    const others = Object.entries(propertiesOf(whole)).filter(([name]) => !taken.has(name))
    return {
      type: 'object',
      properties: {
        data: { type: 'array', items: rows['items'] ?? {} },
        next: { type: ['string', 'null'], description: 'For `after` of the call for the next page; null: there is none.' },
        ...Object.fromEntries(others),
      },
      required: ['data', 'next', ...requiredOf(whole).filter((name) => others.some(([other]) => other === name))],
    }
  }
}

const TAIL = 'Server-sent events, each with a row as `data` and where to go on as `id`, as long as the connection lasts.'
const STREAMS = {
  tail: TAIL,
  'own-tail': TAIL,
  newest: 'Server-sent events, each with the newest since the one before as `data` and where to go on as `id`: twice a second at most.',
  changes: 'Server-sent events, each with the answer as it is by then as `data`, whenever it changes.',
} as const

function bodyOf(whole: Schema, properties: readonly (readonly [string, Schema])[]): Schema {
  const names = new Set(properties.map(([name]) => name))
  const { properties: _properties, required, ...others } = whole
  const needed = ((required ?? []) as readonly string[]).filter((name) => names.has(name))
  return { ...others, properties: Object.fromEntries(properties), ...(needed.length > 0 && { required: needed }) }
}

function pagingNames(page: Page | undefined): readonly string[] {
  return page === undefined || 'by' in page ? [] : ['limit', page.after]
}

function pageParameters({ method, page }: Served): DocumentedParameter[] {
  if (page === undefined || method !== 'GET') return []
  return [
    {
      name: 'limit',
      in: 'query',
      required: false,
      description: 'Rows at most.',
      schema: { type: 'integer', minimum: 1, maximum: PAGES.most, default: PAGES.usual },
    },
    { name: 'after', in: 'query', required: false, description: '`next` of the page before.', schema: { type: 'string' } },
  ]
}

function accessOf({ operation, room, does, least, tenant, fresh, people }: Served): string {
  if (room === 'me') return OPEN_CALLS.has(operation as PersonalName) ? 'Needs neither a key nor a session.' : 'Of users who are logged in.'
  const one = tenant === 'none' ? 'Not for users and keys of one account.' : 'Of one account: what is its own.'
  const shown =
    fresh === true
      ? ' Users must have shown a second factor in the last 10 minutes, or, where they have none, logged in or shown the password.'
      : ''
  const keys = people === true ? 'not for keys' : `of keys with scopes \`${room}:${does}\``
  return `Role \`${least}\` or above; ${keys}. ${one}${shown}`
}
