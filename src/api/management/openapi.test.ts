import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { PERSONAL_ROUTES, ROUTES } from '../../contract/management.ts'
import { installation } from '../../../testkit/installation.ts'
import { principal, serveApi } from '../../../testkit/management.ts'
import { openapiDocument } from './openapi.ts'

const document = openapiDocument('1.2.3')
const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, call]) => ({ path, method: method.toUpperCase(), call })),
)
const formOf = (method: string, path: string): string => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`

const judge = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false })
const asSchema = (schema: unknown): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"document#/$defs/')) as object
judge.addSchema(asSchema({ $id: 'document', $defs: document.components.schemas }))
const compile = (schema: unknown) => judge.compile(asSchema(schema))

test('the document is as OpenAPI 3.1 has it, by the schema of those who made it', () => {
  const official = JSON.parse(readFileSync(new URL('../../../test/fixtures/openapi/schema-3.1.json', import.meta.url), 'utf8')) as object
  const lenient = new Ajv2020({ strict: false, validateFormats: false })
  const check = lenient.compile(official)
  assert.ok(check(JSON.parse(JSON.stringify(document))), lenient.errorsText(check.errors))
  assert.equal(check({ ...document, paths: { accounts: {} } }), false)
})

test('every route is in the document, under a name of its own, and nothing else', () => {
  const routes = [...ROUTES, ...PERSONAL_ROUTES].map(({ method, path }) => formOf(method, path))
  assert.deepEqual(calls.map(({ method, path }) => formOf(method, path)).toSorted(), routes.toSorted())
  const names = calls.map(({ call }) => call.operationId)
  assert.equal(new Set(names).size, routes.length)
  assert.ok(names.includes('queue.list') && names.includes('queue.retryById') && names.includes('me.loginTotp'), names.join(' '))
})

test('neighbours are alike: lists are pages, one thing has an ETag, and what is changed at a path is shown there', () => {
  const at = (method: string, path: string) => ROUTES.find((one) => one.method === method && formOf('', one.path) === formOf('', path))
  for (const { path, method, call } of calls) {
    const status = Object.keys(call.responses).find((one) => one.startsWith('2')) ?? ''
    const { content } = call.responses[status] as { content: Record<string, { schema: { type?: unknown } }> }
    assert.notEqual(content['application/json']?.schema.type, 'array', `${method} ${path} answers a bare list`)
  }
  const parts = new Set([
    '/accounts/{id}/streams/{name}',
    '/providers/{name}/users/{user}',
    '/users/{name}/passkeys/{id}',
    '/sessions/{id}',
  ])
  for (const { method, path, etag } of ROUTES) {
    if (!path.endsWith('}') || method === 'POST' || parts.has(path)) continue
    if (method === 'GET') assert.notEqual(etag, undefined, `GET ${path} has no ETag`)
    else assert.notEqual(at('GET', path), undefined, `${method} ${path}, and no GET`)
  }
})

test('references lead somewhere, names in paths have parameters, and examples are as their schemas say', () => {
  const text = JSON.stringify(document)
  const { components } = document
  for (const [, room = '', name = ''] of text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g))
    assert.ok(name in ((components[room] as object | undefined) ?? {}), `${room}/${name}`)
  let examples = 0
  for (const { path, method, call } of calls) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const inPath = call.parameters.filter((one) => one.in === 'path').map(({ name }) => name)
    assert.deepEqual(inPath.toSorted(), named.toSorted(), `${method} ${path}`)
    for (const { name, schema } of call.parameters) assert.notDeepEqual(schema, {}, `${method} ${path} ${name}`)
    const body = call.requestBody?.content['application/json']
    if (body === undefined) continue
    const check = compile(body.schema)
    assert.ok(check(body.example), `${method} ${path} ${JSON.stringify(body.example)}: ${judge.errorsText(check.errors)}`)
    examples++
  }
  assert.ok(examples > 50)
})

test('what the API answers is what the document says', async () => {
  using made = installation()
  await using api = await serveApi(made.operations, new Map([['owner', principal()]]))
  const asDocumented = async (what: string, body?: unknown): Promise<void> => {
    const [method = '', path = ''] = what.split(' ')
    const { status, body: answer } = await api.call(what, body === undefined ? {} : { body })
    const documented = calls.find((one) => one.method === method && new RegExp(`^${one.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path))
    type Answers = Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }>>
    const schema = (documented?.call.responses as Answers | undefined)?.[String(status)]?.content?.['application/json']?.schema
    assert.ok(schema !== undefined, `${what} answered ${status}`)
    const check = compile(schema)
    assert.ok(check(answer), `${what}: ${judge.errorsText(check.errors)} ${JSON.stringify(answer)}`)
  }
  await asDocumented('POST /accounts', { name: 'Shop' })
  await asDocumented('GET /accounts')
  await asDocumented('GET /accounts/1001')
  await asDocumented('PATCH /accounts/1001', { delayNotices: true })
  await asDocumented('GET /credentials')
  await asDocumented('POST /relays', { cidr: '192.0.2.0/24' })
  await asDocumented('GET /relays')
  await asDocumented('GET /rules')
  await asDocumented('GET /brakes')
  await asDocumented('GET /status')
  await asDocumented('GET /events')
})
