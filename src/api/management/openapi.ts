// `/api/openapi.json`: everything that can be called, as OpenAPI 3.1. Made of the route table and of the schemas of the contract, so that it
// cannot say something else than the server does.
import { ROOMS } from '../../contract/access.ts'
import { API_BASE, PERSONAL_ROUTES, ROUTES } from '../../contract/management.ts'
import { callNames, type Served, servedRoutes } from './call-names.ts'
import { CallDocuments, type DocumentedCall, pathNames } from './openapi-call.ts'
import { type ContractSchemas, readSchemas, type Schema } from './schemas.ts'

export interface OpenapiDocument {
  readonly openapi: '3.1.1'
  readonly info: Readonly<Record<string, unknown>>
  readonly servers: readonly { readonly url: string }[]
  readonly security: readonly unknown[]
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedCall>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> } & Readonly<Record<string, unknown>>
}

export function openapiDocument(version: string, schemas: ContractSchemas = readSchemas()): OpenapiDocument {
  const routes = servedRoutes(ROUTES, PERSONAL_ROUTES)
  const document: OpenapiDocument = {
    openapi: '3.1.1',
    info: {
      title: 'Hurricane MTA Server: management API',
      version,
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: API_BASE }],
    security: [{ key: [] }, { session: [] }, { localSession: [] }],
    tags: [...ROOMS, 'me' as const]
      .filter((room) => routes.some((route) => route.room === room))
      .map((name) => ({ name, description: ROOM_WORDS[name] })),
    paths: pathsOf(routes, new CallDocuments(schemas, routes)),
    components: {
      schemas: { ...schemas.$defs, Problem: PROBLEM },
      headers: { ETag: { description: 'Changes with what was answered.', schema: { type: 'string' } } },
      securitySchemes: SECURITY,
      responses: {
        Problem: problemResponse('A problem, as rfc:9457 has it: `code` says which, `detail` what happened, `mend` what to do.'),
        TooMany: {
          ...problemResponse('More calls than may be.'),
          headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } },
        },
      },
    },
  }
  return withoutUnused(JSON.parse(JSON.stringify(document).replaceAll('"#/$defs/', '"#/components/schemas/')) as OpenapiDocument)
}

const ABOUT = [
  'Everything that `hms` can do. A call needs a key (`hms key add`) as a bearer token, or the session of a user.',
  'Lists come in pages: `limit` rows at most, and `next` of the answer is `after` of the next call. Times are milliseconds since 1970, spans milliseconds.',
  'Errors are problems (rfc:9457); each code is explained at [/api/reference/errors](/api/reference/errors).',
].join('\n\n')

const SECURITY = {
  key: { type: 'http', scheme: 'bearer', description: 'A key that `hms key add` made. It is shown once.' },
  session: { type: 'apiKey', in: 'cookie', name: '__Host-hms', description: 'Of a user who logged in.' },
  localSession: {
    type: 'apiKey',
    in: 'cookie',
    name: 'hms',
    description: 'The same over plain HTTP, which is for the machine itself only.',
  },
} as const

const PROBLEM: Schema = {
  type: 'object',
  description: 'Why a call was refused or failed.',
  properties: {
    type: { type: 'string', format: 'uri-reference', description: 'Where the code is explained.' },
    title: { type: 'string', description: 'When the code is met.' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened, in a sentence.' },
    code: { type: 'string', description: 'Stable: what programs go by.' },
    mend: { type: 'string', description: 'What to do about it.' },
    parameter: { type: 'string', description: 'What it is about, where it is about one.' },
  },
  required: ['type', 'title', 'status', 'detail', 'code'],
  examples: [
    {
      type: '/api/reference/errors#no-account',
      title: 'There is no such account.',
      status: 404,
      detail: 'There is no account 4711.',
      code: 'no-account',
      mend: "List accounts with 'hms account ls'.",
    },
  ],
}

function problemResponse(description: string): Schema {
  return { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }
}

/** OpenAPI knows a path by its form: the same one with other names in it is not another. */
function pathsOf(routes: readonly Served[], documents: CallDocuments): Record<string, Record<string, DocumentedCall>> {
  const paths: Record<string, Record<string, DocumentedCall>> = {}
  const known = new Map<string, string>()
  for (const [name, route] of callNames(routes)) {
    const form = route.path.replaceAll(/\{\w+\}/g, '{}')
    const path = known.get(form) ?? route.path
    known.set(form, path)
    const method = route.method.toLowerCase()
    paths[path] = { ...paths[path], [method]: renamed(documents.of(name, route), pathNames(route.path), pathNames(path)) }
  }
  return paths
}

function renamed(call: DocumentedCall, from: readonly string[], to: readonly string[]): DocumentedCall {
  const names = new Map(from.map((name, i) => [name, to[i] ?? name]))
  const parameters = call.parameters.map((one) => (one.in === 'path' ? { ...one, name: names.get(one.name) ?? one.name } : one))
  return { ...call, parameters }
}

/** Types of operations that nobody can call are nobody's business. */
function withoutUnused(document: OpenapiDocument): OpenapiDocument {
  const all = document.components.schemas
  const used = new Set<string>()
  const look = (value: unknown): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue
      used.add(name)
      look(all[name])
    }
  }
  look([document.paths, { ...document.components, schemas: {} }])
  const schemas = Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name)))
  return { ...document, components: { ...document.components, schemas } }
}

const ROOM_WORDS: Readonly<Record<Served['room'], string>> = {
  accounts: 'Virtual accounts, their states, quotas and streams.',
  credentials: 'Logins for SMTP, and keys for injection by HTTP.',
  domains: 'Domains of senders and their DKIM keys.',
  sources: 'What mail leaves from, and how new sources are warmed up.',
  routes: 'Fixed routes, and networks that may relay.',
  rules: 'Delivery rules and Smart rules.',
  suppression: 'Who gets no mail any more.',
  queue: 'Mail that waits, where it goes, and what holds it back.',
  events: 'What happened to mail.',
  reports: 'What receivers report: DMARC and TLS.',
  templates: 'Stored templates.',
  webhooks: 'Webhooks: where events of accounts are posted to, tries, and replays.',
  jobs: 'Assembly jobs: one message for many.',
  posts: 'Mail that is posted by HTTP.',
  tracking: 'Unsubscribing, opens and clicks.',
  inbound: 'Domains of the installation itself.',
  alerts: 'Delivery Alerts.',
  alarms: 'Alarms about the server itself.',
  brakes: 'Brakes on accounts that harm others.',
  users: 'Users and their sessions.',
  keys: 'Keys for this API.',
  audit: 'Who changed what.',
  kept: 'Copies of delivered mail.',
  settings: 'Settings of the server.',
  lifecycle: 'Backups, upgrades, and the health of what is stored.',
  status: 'How the server is.',
  me: "Logging in, and one's own access.",
}
