// The client as it is published: built by the compiler, imported as JavaScript, against the API at a socket and against peers that fail.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import type * as Client from '../client/src/index.ts'
import type { QueueEntry } from '../src/contract/queue-operations.ts'
import { installation } from '../testkit/installation.ts'
import { principal, serveApi } from '../testkit/management.ts'
import { until } from '../testkit/patience.ts'
import { startServer } from '../testkit/server.ts'

const root = join(import.meta.dirname, '..')
const built = mkdtempSync(join(tmpdir(), 'hms-client-'))
after(() => rmSync(built, { recursive: true }))
writeFileSync(join(built, 'package.json'), '{ "type": "module" }')
await promisify(execFile)(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'client'), '--outDir', built])
const { HmsClient, NoAnswer, Problem } = (await import(join(built, 'index.js'))) as typeof Client

/** A peer that answers what the test says, call by call; what came is noted. */
async function peer(answers: readonly ((request: IncomingMessage, response: ServerResponse) => void)[]) {
  const came: { method: string; url: string; headers: IncomingMessage['headers'] }[] = []
  const server = createServer((request, response) => {
    const answer = answers[came.length]
    came.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    if (answer === undefined) request.destroy()
    else answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    came,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const problem =
  (status: number, headers: Record<string, string> = {}) =>
  (_request: IncomingMessage, response: ServerResponse): void =>
    void response
      .writeHead(status, { 'content-type': 'application/problem+json', ...headers })
      .end(JSON.stringify({ type: '/x', title: 't', status, detail: 'That did not work.', code: 'too-many-calls', mend: 'Wait.' }))
const fine = (_request: IncomingMessage, response: ServerResponse): void => void response.writeHead(200).end('{"removed":true}')

function entry(n: number): QueueEntry {
  const id = String(n).padStart(16, '0') as QueueEntry['id']
  const times = { acceptedAt: n, expiresAt: n + 1 }
  return {
    id,
    account: 1001 as QueueEntry['account'],
    sender: 'a@x.example',
    size: 1,
    ...times,
    clientId: null,
    mailing: null,
    priority: 'normal',
    stream: 'transactional',
    recipients: [],
    more: 0,
  }
}

test('accounts are listed and made, what is not there is a Problem, and the queue comes page after page', async () => {
  using made = installation()
  await using api = await serveApi(made.operations, new Map([['secret', principal()]]))
  const client = new HmsClient({ url: api.base, key: 'secret' })
  const before = await client.accounts.list()
  assert.deepEqual(
    before.data.map(({ id }) => id),
    [1000],
  )
  const { account, credential } = await client.accounts.add({ name: 'Shop' })
  assert.equal(credential.user, 'account-1001')
  const names: string[] = []
  for await (const { name } of client.accounts.listEach({ limit: 1 })) names.push(name)
  assert.deepEqual(names, ['Anonymous', 'Shop'])

  await assert.rejects(client.accounts.show(4711), (error) => {
    assert.ok(error instanceof Problem)
    const { status, code, detail, type } = error
    assert.deepEqual([status, code, type], [404, 'no-account', '/api/reference/errors#no-account'])
    assert.match(detail, /4711/)
    return true
  })
  await assert.rejects(new HmsClient({ url: api.base, key: 'wrong' }).status.get(), { name: 'Problem', status: 401 })

  const shown = await client.accounts.show(account.id)
  const ifMatch = client.etagOf(shown)
  assert.match(ifMatch ?? '', /^".+"$/)
  assert.equal((await client.accounts.set(account.id, { delayNotices: true }, { ifMatch })).delayNotices, true)
  await assert.rejects(client.accounts.set(account.id, { delayNotices: false }, { ifMatch }), { code: 'changed-meanwhile' })

  made.answers.set('queue.list', [[1, 2, 3, 4, 5].map(entry)])
  const page = await client.queue.list({ domain: 'example.com', limit: 2 })
  assert.deepEqual([page.data.map(({ id }) => Number(id)), page.next === null], [[1, 2], false])
  assert.deepEqual(made.asked.at(-1)?.params, { selection: { domain: 'example.com' }, after: null, limit: 3 })
})

test('the queue is gone through to its end', async () => {
  const pages = [
    { data: [entry(1), entry(2)], next: 'two' },
    { data: [entry(3)], next: null },
  ]
  await using server = await peer(pages.map((page) => (_request, response) => void response.end(JSON.stringify(page))))
  const client = new HmsClient({ url: `${server.url}/`, key: 'k' })
  const ids: number[] = []
  for await (const { id } of client.queue.listEach({ account: 1001, state: 'held' })) ids.push(Number(id))
  assert.deepEqual(ids, [1, 2, 3])
  const [first, second] = server.came
  const asked = [first, second].map((one) => Object.fromEntries(new URL(one?.url ?? '', server.url).searchParams))
  assert.deepEqual(asked, [
    { account: '1001', state: 'held' },
    { account: '1001', state: 'held', after: 'two' },
  ])
  assert.equal(first?.headers.authorization, 'Bearer k')
})

test('a report is had as text, with where its next page begins', async () => {
  await using server = await peer([
    problem(503, { 'retry-after': '0' }),
    (_request, response) => void response.writeHead(200, { 'content-type': 'text/csv', 'hms-next': '20' }).end('at,account\r\n'),
    (_request, response) => void response.end('<report />'),
  ])
  const client = new HmsClient({ url: server.url, key: 'k' })
  assert.deepEqual(await client.reports.queryAs('text/csv', { by: 'site', from: '2026-11-01' }), { text: 'at,account\r\n', next: '20' })
  assert.deepEqual(await client.reports.queryAs('application/xml'), { text: '<report />', next: null })
  assert.deepEqual(
    server.came.map(({ url, headers }) => [url, headers.accept]),
    [...[0, 1].map(() => ['/api/v1/reports/mail?by=site&from=2026-11-01', 'text/csv']), ['/api/v1/reports/mail', 'application/xml']],
  )
})

test('what was not done is tried again when the server says, and what may have been done is not done twice', async () => {
  await using server = await peer([
    problem(429, { 'retry-after': '0' }),
    problem(503, { 'retry-after': '0' }),
    fine,
    problem(429, { 'retry-after': '0' }),
    problem(503),
    (request) => request.destroy(),
    (request) => request.destroy(),
  ])
  const client = new HmsClient({ url: server.url, key: 'k', retries: 2 })
  assert.deepEqual(await client.routes.relayDeny('192.0.2.0/24'), { removed: true })
  assert.deepEqual([server.came.length, server.came[2]?.method, server.came[2]?.url], [3, 'DELETE', '/api/v1/relays/192.0.2.0%2F24'])
  await assert.rejects(client.accounts.add({ name: 'x' }), { name: 'Problem', status: 503, mend: 'Wait.' })
  assert.equal(server.came.length, 5)
  await assert.rejects(client.accounts.add({ name: 'x' }), (error) => error instanceof NoAnswer)
  assert.equal(server.came.length, 6)
  await assert.rejects(client.status.get({ retries: 0 }), (error) => error instanceof NoAnswer)
})

test('an answer that does not come in time is none, and who gives up is not kept waiting', async () => {
  await using server = await peer([() => {}, problem(429, { 'retry-after': '3600' })])
  const client = new HmsClient({ url: server.url, key: 'k' })
  await assert.rejects(client.status.get({ timeout: 20, retries: 0 }), (error) => error instanceof NoAnswer)
  const giveUp = new AbortController()
  const call = assert.rejects(client.status.get({ signal: giveUp.signal }))
  while (server.came.length < 2) await new Promise((resolve) => setImmediate(resolve))
  giveUp.abort()
  await call
})

test('a stream that breaks off goes on after the last that was seen, and its end is told', async () => {
  const text = 'retry: 1\n\nevent: delivered\ndata: {"n":1}\n\nid: abc\n\n: still here\n\nevent: failed\nda'
  await using server = await peer([
    (_request, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text),
    problem(503, { 'retry-after': '0' }),
    (_request, response) =>
      void response
        .writeHead(200)
        .end('event: failed\ndata: {"n":2}\n\nid: def\n\nevent: end\ndata: {"status":401,"code":"not-authenticated","detail":"Over."}\n\n'),
  ])
  const client = new HmsClient({ url: server.url, key: 'k' })
  const seen: unknown[] = []
  await assert.rejects(
    async () => {
      for await (const { event, id, data } of client.events.tailStream()) seen.push([event, id, data])
    },
    { name: 'Problem', status: 401, code: 'not-authenticated' },
  )
  assert.deepEqual(seen, [
    ['delivered', null, { n: 1 }],
    ['failed', 'abc', { n: 2 }],
  ])
  assert.deepEqual(
    server.came.map(({ headers }) => headers['last-event-id']),
    [undefined, 'abc', 'abc'],
  )
})

/** A peer's answer with a part of `whole` that begins where it was asked to, and is cut off after `most` octets. */
const octets =
  (whole: Uint8Array, most = whole.length) =>
  ({ url = '' }: IncomingMessage, response: ServerResponse): void => {
    const from = Number(new URL(url, 'http://a.test').searchParams.get('from'))
    const part = whole.subarray(from, from + most)
    response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': String(whole.length - from) })
    response.write(part, () => (from + part.length < whole.length ? response.destroy() : response.end()))
  }

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces)
}

test('a download that is cut off goes on where it was, and one that cannot be had whole never looks whole', async () => {
  const whole = randomBytes(300_000)
  const refused = problem(401)
  await using server = await peer([
    problem(503, { 'retry-after': '0' }),
    octets(whole, 100_000),
    problem(503, { 'retry-after': '0' }),
    octets(whole, 100_000),
    octets(whole),
    octets(whole, 1000),
    refused,
    octets(whole, 1000),
    octets(whole.subarray(0, 2000)),
    (_request, response) => void response.writeHead(200, { 'content-length': '5' }).write('ab'),
    octets(whole, 1000),
  ])
  const client = new HmsClient({ url: server.url, key: 'k' })
  const got = await client.lifecycle.supportDownload('20261123T120000Z')
  assert.deepEqual([got.size, got.type], [whole.length, 'application/gzip'])
  assert.ok((await readAll(got.body)).equals(whole))
  const asked = server.came.map(({ url }) => Number(new URL(url, server.url).searchParams.get('from')))
  assert.deepEqual(asked, [0, 0, 100_000, 100_000, 200_000])
  assert.equal(server.came[1]?.headers.accept, 'application/gzip')

  await assert.rejects(readAll((await client.lifecycle.supportDownload('20261123T120000Z')).body), { name: 'Problem', status: 401 })
  // Another by now, of another size.
  await assert.rejects(readAll((await client.lifecycle.supportDownload('20261123T120000Z')).body), NoAnswer)
  const silent = await client.lifecycle.supportDownload('20261123T120000Z', {}, { timeout: 50, retries: 0 })
  await assert.rejects(readAll(silent.body), (error) => error instanceof NoAnswer && /50 ms/.test(error.message))
  const giveUp = new AbortController()
  const cut = await client.lifecycle.supportDownload('20261123T120000Z', {}, { signal: giveUp.signal })
  giveUp.abort()
  await assert.rejects(readAll(cut.body), NoAnswer)
  assert.equal(server.came.length, 11)
})

test('a support bundle comes whole from a server, and its status as it changes until somebody stops', async () => {
  await using server = await startServer()
  const { secret } = await server.hms<{ secret: string }>('key', 'add', 'test', '--role', 'owner')
  const client = new HmsClient({ url: `http://127.0.0.1:${server.panelPort}`, key: secret })
  const { id: run } = await client.lifecycle.supportMake()
  await until(async () => (await client.lifecycle.runShow(run)).ended !== null)
  const [bundle] = (await client.lifecycle.supportList()).data
  assert.ok(bundle !== undefined)
  const { size, type, body } = await client.lifecycle.supportDownload(bundle.id)
  const came = await readAll(body)
  assert.deepEqual([came.length, size, type], [bundle.size, bundle.size, 'application/gzip'])
  assert.ok(gunzipSync(came).length > 0)
  assert.ok((await readAll((await client.lifecycle.supportDownload(bundle.id, { from: 100 })).body)).equals(came.subarray(100)))
  await assert.rejects(client.lifecycle.supportDownload('20000101T000000Z'), { name: 'Problem', code: 'no-bundle' })

  const stop = new AbortController()
  const seen: string[] = []
  for await (const { event, data } of client.status.getStream({ signal: stop.signal })) {
    seen.push(`${event} ${data.version}`)
    stop.abort()
  }
  assert.deepEqual(seen, [`status ${(await client.status.get()).version}`])
})

test('what a browser loads of the client names no module of Node', () => {
  const names = readdirSync(built, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'))
  const text = names.map((name) => readFileSync(join(built, name), 'utf8')).join('\n')
  const imported = Array.from(text.matchAll(/^(?:import|export)[^'\n]*from '([^']+)'/gm), ([, from = '']) => from)
  assert.ok(imported.length > 5)
  assert.deepEqual(
    imported.filter((from) => !from.startsWith('.')),
    [],
  )
})

test('a server is steered with a key until the key is gone, and serves the reference with all that it loads', async () => {
  await using server = await startServer()
  const { secret } = await server.hms<{ secret: string }>('key', 'add', 'test', '--role', 'owner')
  const client = new HmsClient({ url: `http://127.0.0.1:${server.panelPort}`, key: secret })
  const before = await client.accounts.list()
  const { account } = await client.accounts.add({ name: 'Added' })
  assert.equal((await client.accounts.list()).data.length, before.data.length + 1)
  assert.equal((await client.accounts.show(account.id)).account.name, 'Added')
  await assert.rejects(client.accounts.show(4711), { name: 'Problem', code: 'no-account' })

  const { suspension } = await client.queue.suspend({ note: 'for a test' })
  for (const to of ['ann@one.test', 'bob@two.test']) await server.hms('send', '--to', to, '--from', 'news@a.test', '--no-follow')
  const waiting: string[] = []
  for await (const { recipients } of client.queue.listEach({ limit: 1 })) waiting.push(...recipients.map(({ address }) => address))
  assert.deepEqual(waiting.toSorted(), ['ann@one.test', 'bob@two.test'])
  assert.deepEqual(await client.queue.delete({ sender: 'news@*' }), { recipients: 2 })
  assert.equal((await client.queue.resume(suspension.id)).removed, true)

  const page = await server.get('/api/reference')
  assert.equal(page.status, 200)
  for (const [, path = ''] of page.body.matchAll(/(?:src|href)="(\/[^"]+)"/g)) assert.equal((await server.get(path)).status, 200, path)
  const document = JSON.parse((await server.get('/api/openapi.json')).body) as { info: { version: string } }
  assert.equal(document.info.version, (await client.status.get()).version)

  await server.hms('key', 'rm', 'test')
  await assert.rejects(client.accounts.list(), { name: 'Problem', status: 401, code: 'not-authenticated' })
})
