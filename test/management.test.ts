// The management API of a running server: each route of the table is called with what is in order and answers as it is documented, and nobody of
// one account sees or changes anything of another's. A route without a sample fails both.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { OperationParams } from '../src/contract/operations.ts'
import type { AccountId, MessageId } from '../src/base/brand.ts'
import { OPEN_CALLS, ROLES, ROOMS } from '../src/contract/access.ts'
import { API_BASE, PERSONAL_ROUTES, type RouteName, ROUTES } from '../src/contract/management.ts'
import type { Route } from '../src/contract/management/route.ts'
import type { OpenapiDocument } from '../src/api/management/openapi.ts'
import { pathNames } from '../src/api/management/openapi-call.ts'
import type { Belongings } from '../testkit/api-sample.ts'
import { callOf, SAMPLES } from '../testkit/api-samples.ts'
import { callApi, type GivenCall, type Told } from '../testkit/management.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

const keyOf = (route: Pick<Route, 'method' | 'path'>): string => `${route.method} ${route.path}`

type Call = (what: string, given?: GivenCall) => Promise<Told>

let made = 0

/** A call with a key of its own. */
async function keyed(
  server: TestServer,
  given: Omit<OperationParams<'key.add'>, 'name'>,
): Promise<{ readonly call: Call; readonly secret: string }> {
  const { secret } = await server.call('key.add', { name: `test-${made++}`, ...given })
  return { secret, call: callerOf(server, secret) }
}

function callerOf(server: TestServer, key?: string): Call {
  return (what, given = {}) => callApi(`http://127.0.0.1:${server.panelPort}`, what, { ...(key !== undefined && { key }), ...given })
}

/** Nobody says it in a call. */
const secretOf = (word: string): string => `${word === 'alpha' ? 'yankee' : 'zulu'}`
const networkOf = (word: string): string => `198.51.100.${word === 'alpha' ? 77 : 78}/32`

type Owned = Belongings & { readonly key: string }

/** An account with a thing of each kind, and a message that waits. */
async function belongingsOf(server: TestServer, owner: Call, word: string): Promise<Owned> {
  const secret = secretOf(word)
  const made = async <T>(what: string, body: unknown): Promise<T> => {
    const { status, text } = await owner(what, { body })
    assert.ok(status < 300, `${what}: ${status} ${text}`)
    return JSON.parse(text) as T
  }
  const { account } = await made<{ account: { id: AccountId } }>('POST /accounts', { name: secret })
  const { id } = account
  const user = `${word}-login`
  for (const login of [user, `${word}-gone`]) await made('POST /credentials', { account: id, user: login, networks: [networkOf(word)] })
  const domain = `${word}.example`
  await made('POST /domains', { account: id, domain })
  await made(`POST /domains/${domain}/verify`, { force: true })
  await made('POST /dkim', { account: id, domain, selector: word, algorithm: 'ed25519-sha256' })
  await made('POST /suppression/lists', { account: id, name: `${word}-list` })
  await made(`PUT /templates/${word}`, { account: id, text: `This is ${secret}.`, note: secret })
  await made('POST /users', { account: id, name: `${word}-user`, role: 'viewer' })
  await made('POST /keys', { account: id, name: `${word}-key`, role: 'viewer', networks: [networkOf(word)] })
  const document = {
    account: id,
    name: secret,
    message: { from: `news@${domain}`, subject: word, text: 'x' },
    start: '2040-01-01T00:00:00Z',
  }
  const job = await made<{ id: number }>('POST /jobs', { document })
  const hook = { account: id, url: `https://hooks.${word}.example/`, name: secret, on: false }
  const { webhook } = await made<{ webhook: { id: string } }>('POST /webhooks', hook)
  const { key } = await made<{ key: string }>('POST /credentials/keys', { account: id, kind: 'api' })
  const its = {
    word,
    account: id,
    user,
    gone: `${word}-gone`,
    domain,
    selector: word,
    list: `${word}-list`,
    job: job.id,
    webhook: webhook.id,
    token: 'x',
    secret,
  }
  await server.settled()
  const message = await handedIn(server, its, key)
  await until(async () => (await server.call('events.find', { message, kinds: ['deferred'], limit: 1 })).events[0], 'deferred')
  return { ...its, message, key }
}

/** A message to `ann@WORD.test`. */
async function handedIn(
  server: TestServer,
  { word, domain, secret }: Pick<Belongings, 'word' | 'domain' | 'secret'>,
  key: string,
): Promise<MessageId> {
  const response = await fetch(`http://127.0.0.1:${server.portOf('inject.listen')}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ from: `news@${domain}`, to: [`ann@${word}.test`], subject: secret, text: secret }),
  })
  return ((await response.json()) as { id: MessageId }).id
}

const routes = new Map(ROUTES.map((route) => [keyOf(route), route]))

/** What the server says of itself. */
class Documented {
  readonly #ajv = new Ajv2020({ strict: false, logger: false })
  readonly #document: OpenapiDocument

  constructor(document: OpenapiDocument) {
    this.#document = document
    this.#ajv.addSchema(document, 'api')
  }

  static async of(server: TestServer): Promise<Documented> {
    return new Documented(JSON.parse((await server.get('/api/openapi.json')).body) as OpenapiDocument)
  }

  /** Method and path of each call. */
  calls(): readonly string[] {
    return Object.entries(this.#document.paths).flatMap(([path, calls]) =>
      Object.keys(calls).map((method) => `${method.toUpperCase()} ${path}`),
    )
  }

  /** What is wrong with an answer; nothing: it is as documented. */
  problems(name: string, expected: number, told: Told): string[] {
    if (told.status !== expected) return [`${name}: ${told.status}, not ${expected}: ${told.text.slice(0, 300)}`]
    const [method = '', path = ''] = name.split(' ')
    const at = ['paths', path, method.toLowerCase(), 'responses', String(expected), 'content', 'application/json', 'schema']
    const $ref = expected >= 400 ? 'api#/components/schemas/Problem' : `api#/${at.map(pointed).join('/')}`
    return this.#ajv.validate({ $ref }, told.body) ? [] : [`${name}: ${this.#ajv.errorsText()}: ${told.text.slice(0, 300)}`]
  }
}

const pointed = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))

test('every documented call is refused to whom it is not for, and answers as it is documented; what is not documented is not there', async () => {
  await using server = await startServer()
  const { call: owner } = await keyed(server, { role: 'owner' })
  const its = await belongingsOf(server, owner, 'alpha')
  const documented = await Documented.of(server)
  assert.deepEqual(
    documented.calls().filter((name) => !Object.hasOwn(SAMPLES, name) && !OWN.has(name)),
    [],
    'calls without a sample',
  )
  const wrong = await refusesOthers(server)
  for (const [name, sample] of Object.entries(SAMPLES)) {
    const { body, status = routes.get(name)?.status ?? 200, ...rest } = sample(its)
    wrong.push(...documented.problems(name, status, await owner(callOf(name, rest), body === undefined ? {} : { body })))
  }
  const known = new Set(documented.calls())
  wrong.push(...(await refusesKeys(server, owner, documented)))
  const paths = new Set([...ROUTES, ...PERSONAL_ROUTES].map(({ path }) => path))
  for (const path of paths)
    for (const method of METHODS) {
      if (known.has(`${method} ${path}`)) continue
      const { status } = await owner(callOf(`${method} ${path}`, { path: Object.fromEntries(pathNames(path).map((name) => [name, 'x'])) }))
      if (status !== 405) wrong.push(`${method} ${path}: ${status}, and is not documented`)
    }
  assert.deepEqual(wrong, [])
  assert.equal((await owner('GET /accounts/1000/nothing')).status, 404)
})

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
/** What is about the caller's own session is tried in test/access.test.ts. */
const OWN = new Set(PERSONAL_ROUTES.map(({ method, path }) => `${method} ${path}`))

/** Who a key is, and the console, which does what its owner may call anyway. */
const OF_KEYS: ReadonlySet<string> = new Set(['me.show', 'me.console.run', 'me.console.commands'])

/** What is about the caller's own session is nobody's, and no key's; what it answers all the same is as documented. */
async function refusesKeys(server: TestServer, owner: Call, documented: Documented): Promise<string[]> {
  const wrong: string[] = []
  for (const route of PERSONAL_ROUTES) {
    const name = keyOf(route)
    const what = callOf(name, { path: Object.fromEntries(pathNames(route.path).map((part) => [part, 'x'])) })
    const given = route.method === 'GET' || route.method === 'DELETE' ? {} : { body: {} }
    const nobody = await callerOf(server)(what, given)
    const isOpen = OPEN_CALLS.has(route.personal)
    if (!isOpen && nobody.status !== 401) wrong.push(`${name}: ${nobody.status} to nobody`)
    const told = await owner(what, given)
    if (told.status === 200 && !isOpen && !OF_KEYS.has(route.personal)) wrong.push(`${name}: taken of a key`)
    if (![200, 400, 403].includes(told.status)) wrong.push(`${name}: ${told.status} ${told.text.slice(0, 300)}`)
    wrong.push(...documented.problems(name, told.status, told))
  }
  return wrong
}

/** Nobody calls without a key, beyond a role, or beyond a scope. */
async function refusesOthers(server: TestServer): Promise<string[]> {
  const its = {
    word: 'x',
    account: 1000 as AccountId,
    user: 'x',
    gone: 'x',
    domain: 'x.test',
    selector: 'x',
    list: 'x',
    job: 1,
    webhook: 'wh_000000000000',
    message: 'x' as MessageId,
    token: 'x',
    secret: '',
  }
  const wrong: string[] = []
  const told = async (call: Call, name: string, expected: string): Promise<void> => {
    const { body, ...rest } = SAMPLES[name as RouteName](its)
    const { status, body: answer } = await call(callOf(name, rest), body === undefined ? {} : { body })
    const code = `${status} ${(answer as { code?: string } | null)?.code}`
    if (code !== expected) wrong.push(`${name}: ${code}, not ${expected}`)
  }
  const below = new Map<string, Call>()
  for (const [i, role] of ROLES.entries()) below.set(ROLES[i - 1] ?? '', (await keyed(server, { role })).call)
  const others = new Map<string, Call>()
  for (const room of ROOMS) {
    const scopes = ROOMS.filter((one) => one !== room).map((one) => `${one}:write` as const)
    others.set(room, (await keyed(server, { role: 'owner', scopes })).call)
  }
  for (const [name, { least, room }] of routes) {
    await told(callerOf(server), name, '401 not-authenticated')
    const weaker = below.get(least)
    if (weaker !== undefined) await told(weaker, name, '403 not-allowed')
    await told(others.get(room) ?? assert.fail(room), name, '403 not-in-scope')
  }
  return wrong
}

/** All that somebody of an account can see, without what changes by itself. */
async function sightOf(call: Call, its: Belongings): Promise<Readonly<Record<string, string>>> {
  const seen: Record<string, string> = {}
  for (const [name, sample] of Object.entries(SAMPLES)) {
    if (!name.startsWith('GET ') || CHANGING.has(name)) continue
    const { status, text } = await call(callOf(name, sample(its)))
    // When something was used last, and when it was counted.
    seen[name] = `${status} ${text.replaceAll(/"lastUse":(?:\d+|null)|"counted":"[^"]*"/g, '')}`
  }
  return seen
}

/** Attempts of mail that waits, and what looks by the clock find. */
const CHANGING = new Set(['GET /health/domains', 'GET /queue', 'GET /queue/{id}', 'GET /events', 'GET /events/tail', 'GET /events/newest'])

interface Followed extends Disposable {
  readonly headers: IncomingHttpHeaders
  text(): string
}

/** Over TLS, as the events come. */
async function followed(server: TestServer, key: string): Promise<Followed> {
  const options = {
    host: '127.0.0.1',
    port: server.portOf('panel.tls_listen'),
    path: `${API_BASE}/events/tail`,
    rejectUnauthorized: false,
    agent: false,
  }
  const asked = get({ ...options, headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' } })
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  let text = ''
  response.on('data', (piece: Buffer) => (text += piece.toString()))
  response.on('error', () => {})
  await until(() => text !== '', 'the stream')
  return { headers: response.headers, text: () => text, [Symbol.dispose]: () => asked.destroy() }
}

/** What happens is told to whom it concerns. */
async function streamsApart(server: TestServer, ours: Owned, theirs: Owned): Promise<void> {
  using all = await followed(server, (await keyed(server, { role: 'viewer' })).secret)
  using own = await followed(server, (await keyed(server, { role: 'viewer', account: ours.account })).secret)
  assert.ok(own.headers['strict-transport-security'])
  // Both begin with what comes from now on: it may take them a moment to know from where.
  await until(async () => {
    for (const its of [theirs, ours]) await handedIn(server, its, its.key)
    return [all, own].every(({ text }) => text().includes('"recipient":"ann@alpha.test"')) && all.text().includes('ann@bravo.test')
  }, 'events')
  assert.match(own.text(), /event: accepted\ndata: \{/)
  assert.match(own.text(), /^id: \S+$/m)
  assert.doesNotMatch(own.text(), /bravo/)
}

test("nobody of one account sees or changes another's, whatever is called, and follows what happens to his own alone", async () => {
  await using server = await startServer({ config: { 'panel.tls_listen': '127.0.0.1:0' } })
  const { call: owner } = await keyed(server, { role: 'owner' })
  const ours = await belongingsOf(server, owner, 'alpha')
  const theirs = await belongingsOf(server, owner, 'bravo')
  const { call: intruder } = await keyed(server, { role: 'administrator', account: ours.account })
  const { call: victim } = await keyed(server, { role: 'administrator', account: theirs.account })
  await streamsApart(server, ours, theirs)
  const before = await sightOf(victim, theirs)
  // What is looked for is there to be seen.
  assert.ok(Object.values(before).filter((text) => text.includes(theirs.secret)).length > 3)
  const leaks: string[] = []
  // The number of an account as a whole one: digits of a time may be the same.
  const number = new RegExp(`(?<!\\d)${theirs.account}(?!\\d)`)
  const markers = [theirs.secret, theirs.message, networkOf('bravo'), 'bravo']
  for (const [name, sample] of Object.entries(SAMPLES))
    for (const its of [theirs, ours]) {
      const { body, ...rest } = sample(its)
      const said = JSON.stringify([rest, body])
      const { status, text } = await intruder(callOf(name, rest), body === undefined ? {} : { body })
      const told = markers.filter((marker) => !said.includes(marker) && text.includes(marker))
      if (!number.test(said) && number.test(text)) told.push(`account ${theirs.account}`)
      if (told.length > 0 || status >= 500) leaks.push(`${name} of ${its.word}: ${told.join()} in ${status} ${text.slice(0, 300)}`)
    }
  assert.deepEqual(leaks, [])
  assert.deepEqual(await sightOf(victim, theirs), before)
  const { entry } = await server.call('queue.show', { id: theirs.message })
  assert.deepEqual(
    entry?.recipients.map(({ state }) => state),
    ['waiting'],
  )
})
