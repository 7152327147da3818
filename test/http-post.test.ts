// Messages that are posted by HTTP, over a real server: from `hms account post` to the post, over crashes of the worker, and as `hms` shows them.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Account } from '../src/contract/settings.ts'
import { readSecret, signatureOf } from '../src/policy/alerts/webhook.ts'
import { PostServer } from '../testkit/post-server.ts'
import { inject } from '../testkit/injecting.ts'
import { until } from '../testkit/patience.ts'
import { PluginHome, telling, toldIn } from '../testkit/plugin-home.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'

test('an account posts where it may, signed; crashes repeat at most one post a connection, under the same name', async () => {
  await using posts = await PostServer.start()
  using files = new DisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'hms-post-'))
  files.defer(() => rmSync(folder, { recursive: true }))
  const [roots, crash] = [join(folder, 'roots.pem'), join(folder, 'crash')]
  writeFileSync(roots, posts.root)
  await using server = await startServer({
    config: { 'post.allow_private': 'true', 'delivery.retry_first': '1s', 'delivery.connections_per_site': '2', 'pickup.rest': '20ms' },
    environment: { NODE_EXTRA_CA_CERTS: roots, HMS_TEST_CRASH: crash },
  })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  const origin = `https://127.0.0.1:${posts.port}`
  const send = async (paths: readonly string[]): Promise<number> => {
    using client = await SmtpClient.open(server.smtpPort)
    const data = 'X-XsHttp-Content-Type: application/json\r\n\r\n{"a":1}\r\n'
    return (await client.send({ from: 'a@sender.test', to: paths.map((path) => `post@${origin}/in/${path}`), data })).code
  }
  assert.equal(await send(['early']), 550)
  const set = await server.hms<{ account: Account; secret: string }>(
    'account',
    'post',
    '1000',
    '--allow',
    `${origin}/in/`,
    '--secret',
    'new',
  )
  assert.deepEqual(set.account.post, { allow: [`${origin}/in/`], isSigned: true })
  const secret = readSecret(set.secret)
  assert.ok('octets' in secret)

  let kills = 0
  const paths: string[] = []
  for (const point of ['delivery-begun 2', 'delivery-answered 3']) {
    writeFileSync(crash, point)
    const some = Array.from({ length: 6 }, (_, i) => `${kills}-${i}`)
    paths.push(...some)
    assert.equal(await send(some), 250)
    await server.until(({ delivered, queued }) => delivered === paths.length && queued === 0)
    assert.equal(existsSync(crash), false, `it did not die at ${point}`)
    kills++
  }
  const came = Map.groupBy(posts.posts, ({ path }) => path)
  assert.deepEqual([...came.keys()].toSorted(), paths.map((path) => `/in/${path}`).toSorted())
  const repeated = posts.posts.length - paths.length
  assert.ok(repeated <= kills * 2, `${repeated} repeated in ${kills} kills of 2 connections`)
  for (const same of came.values()) assert.equal(new Set(same.map(({ headers }) => headers['idempotency-key'])).size, 1)
  for (const { headers, body } of posts.posts)
    assert.equal(
      headers['webhook-signature'],
      signatureOf(secret.octets, String(headers['webhook-id']), String(headers['webhook-timestamp']), body),
    )

  const message = { from: 'a@sender.test', text: '{"ü":1}', headers: { 'X-XsHttp-Content-Type': 'application/json; charset=utf-8' } }
  const refused = await inject(server, '/v1/messages', { ...message, to: [`post@${origin}/in/api`] })
  assert.deepEqual([refused.status, refused.json.error.code], [403, 'not-allowed'])
  await server.hms('account', 'post', String(server.account.id), '--allow', `${origin}/`)
  const bad = await inject(server, '/v1/messages', { ...message, to: ['post@https://user@shop.test/'] })
  assert.deepEqual([bad.status, bad.json.error.field], [422, 'to[0]'])
  assert.equal((await inject(server, '/v1/messages', { ...message, to: [`post@${origin}/in/api`] })).status, 202)
  assert.equal((await server.outcome(`post@${origin}/in/api`)).kind, 'delivered')
  const injected = posts.posts.at(-1)
  assert.deepEqual([injected?.body.toString(), injected?.headers['content-type']], ['{"ü":1}\r\n', 'application/json; charset=utf-8'])

  const { headers: fields } = message
  const many = { message: { from: message.from, text: '{"to":"{{ name }}"}', headers: fields } }
  const recipients = ['x', 'y'].map((name) => ({ to: `post@${origin}/in/${name}`, data: { name } }))
  const merged = await inject(server, '/v1/messages/batch', { ...many, recipients })
  assert.deepEqual(
    merged.json.results.map(({ status }: { status: string }) => status),
    ['queued', 'queued'],
  )
  for (const { to } of recipients) assert.equal((await server.outcome(to)).kind, 'delivered')
  assert.deepEqual(
    posts.posts
      .slice(-2)
      .map(({ path, body, headers }) => `${path} ${body.toString().trim()} ${headers['content-type']}`)
      .toSorted(),
    ['x', 'y'].map((name) => `/in/${name} {"to":"${name}"} application/json; charset=utf-8`),
  )
  const pickup = await server.hms<{ folder: string }>('account', 'pickup', String(server.account.id), '--on')
  mkdirSync(pickup.folder, { recursive: true, mode: 0o700 })
  writeFileSync(
    join(pickup.folder, 'a.tmp'),
    `X-Sender: a@sender.test\nX-Receiver: <post@${origin}/in/file>\nContent-Type: text/csv\n\n1,2\n`,
  )
  renameSync(join(pickup.folder, 'a.tmp'), join(pickup.folder, 'a.eml'))
  assert.equal((await server.outcome(`post@${origin}/in/file`)).kind, 'delivered')
  assert.deepEqual([posts.posts.at(-1)?.body.toString(), posts.posts.at(-1)?.headers['content-type']], ['1,2\r\n', 'text/csv'])

  const told = ['postFailed', 'postDeferred']
  new PluginHome(server.home).add({ name: 'told', hooks: told, code: told.map(telling).join(), entry: { budget: '60s' } })
  await until(() => server.output().includes('A plug-in runs.'), 'a plug-in runs')
  posts.answer = (response) => response.writeHead(410).end('gone\n')
  assert.equal(await send(['gone']), 250)
  assert.equal((await server.outcome(`post@${origin}/in/gone`)).kind, 'failed')
  posts.answer = (response) => response.writeHead(503, { 'retry-after': '3600' }).end('back soon\n')
  assert.equal(await send(['late']), 250)
  const address = `post@${origin}/in/late`
  const event = await server.outcome(address)
  assert.deepEqual([event.kind, 'reply' in event ? event.reply?.code : null], ['deferred', 503])
  for (const [hook, to] of [
    ['postFailed', `post@${origin}/in/gone`],
    ['postDeferred', address],
  ] as const)
    await until(() => toldIn(server.output(), hook).some(({ recipient }) => recipient === to), `a plug-in is told ${hook}`)
  assert.match((await server.run('why', address)).stdout, /Deferred once.*503 Service Unavailable: back soon/)
  assert.match((await server.run('why', origin)).stdout, new RegExp(`Mail for ${origin}: 1 recipient waits, .*; it goes to ${origin}`))
  assert.match((await server.run('top', '--domain', origin)).stdout, new RegExp(`^${origin} +1 `, 'm'))
  assert.match((await server.run('queue', 'ls', '--domain', origin)).stdout, /\/in\/late/)
  assert.match((await server.run('account', 'show', '1000')).stdout, new RegExp(`${origin}/in/, signed`))

  const gone = await server.hms<{ account: Account }>('account', 'post', '1000', '--remove', `${origin}/in/`, '--secret', 'none')
  assert.deepEqual(gone.account.post, { allow: [], isSigned: false })
  assert.equal(await send(['again']), 550)
})
