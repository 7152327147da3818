// What is posted by HTTP, over real sockets: delivered, put off, refused, and never where it must not go.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import { NO_RULES, type RuleSet } from '../../contract/rules.ts'
import { ACCOUNT, EngineHome, type HomeOptions, routeTo, settingsWith } from '../../../testkit/engine-home.ts'
import { until } from '../../../testkit/patience.ts'
import { PostServer } from '../../../testkit/post-server.ts'
import { signatureOf } from '../../policy/alerts/webhook.ts'

const OWN = 1000 as AccountId
const SECRET = Buffer.alloc(32, 5)

function allowing(...allow: readonly string[]) {
  const post = { allow, isSigned: false }
  return { accounts: new Map([[OWN, { ...ACCOUNT, id: OWN, post }]]) }
}

const ZONES = { 'hooks.test': { A: ['127.0.0.1'] }, 'inside.test': { A: ['127.0.0.1'] } }
const PRIVATE = { 'post.allow_private': true, 'delivery.timeout_idle': 60_000 } as const

function homeFor(server: PostServer, options: HomeOptions = {}): Promise<EngineHome> {
  const settings = { ...allowing(`https://*.test:${server.port}/`), ...options.settings }
  return EngineHome.start({ zones: ZONES, trust: [server.root], ...options, config: { ...PRIVATE, ...options.config }, settings })
}

const TEXT = 'From: bob@sender.example\r\nX-XsHttp-Content-Type: application/json\r\n\r\n{"a":1}\r\n'

test('the body is posted, with its type, a name for repeats and a signature; the answer is the reply; the connection is used again', async () => {
  await using server = await PostServer.start()
  const post = { allow: [`https://hooks.test:${server.port}/in/`], isSigned: true }
  const settings = { accounts: new Map([[OWN, { ...ACCOUNT, id: OWN, post }]]), postSecrets: new Map([[OWN, SECRET]]) }
  await using home = await homeFor(server, { settings })
  const to = `post@https://hooks.test:${server.port}/in/a?b=c`
  server.answer = (response) => response.writeHead(202).end('\r\nqueued as 7\nmore')
  assert.match(await home.submit({ to: [to], text: TEXT }), /^250 /)
  const [delivered] = await home.waitFor('delivered')
  assert.ok(delivered !== undefined)
  assert.deepEqual(delivered.reply, { code: 202, enhanced: null, text: 'Accepted: queued as 7' })
  assert.deepEqual([delivered.recipient, delivered.site], [to, `https://hooks.test:${server.port}`])
  assert.deepEqual([delivered.tls?.verified, delivered.remoteAddress], [true, '127.0.0.1'])
  const [got] = server.posts
  assert.ok(got !== undefined)
  const { headers, body, path } = got
  assert.deepEqual([path, body.toString(), headers['content-type']], ['/in/a?b=c', '{"a":1}\r\n', 'application/json'])
  const id = `${delivered.message}-0`
  assert.deepEqual([headers['idempotency-key'], headers['webhook-id'], headers.host], [id, id, `hooks.test:${server.port}`])
  assert.equal(headers['webhook-signature'], signatureOf(SECRET, id, String(headers['webhook-timestamp']), body))
  await home.submit({ to: [to], text: 'From: bob@sender.example\r\n\r\nplain\r\n' })
  await home.waitFor('delivered', 2)
  assert.deepEqual([server.posts[1]?.headers['content-type'], server.connections], ['text/plain; charset=us-ascii', 1])
})

test('each recipient has a request of his own, and a rule for the host limits them', async () => {
  await using server = await PostServer.start()
  server.answer = (response) => void setTimeout(() => response.end(), 20)
  const set: RuleSet = { connections: { limit: 2 }, messages_per_connection: 3 }
  const rules = { version: 1, document: { ...NO_RULES, rules: [{ name: 'hooks', by: 'domain' as const, mask: 'hooks.test', set }] } }
  // Neither a route for everything nor somebody's hand leads what is posted to a mail server.
  const bound = { id: 1, selection: { acceptedBefore: Date.now() + 3_600_000 }, pool: null, route: '*', by: 'test', at: 1 }
  const settings = { ...allowing(`https://*.test:${server.port}/`), rules, routes: [routeTo(1)], rebindings: [bound] }
  await using home = await homeFor(server, { settings })
  const to = Array.from({ length: 12 }, (_, i) => `post@https://hooks.test:${server.port}/${i}`)
  assert.match(await home.submit({ to, text: TEXT }), /^250 /)
  await home.waitFor('delivered', 12)
  assert.deepEqual(new Set(server.posts.map(({ path }) => path)).size, 12)
  assert.deepEqual(new Set(server.posts.map(({ headers }) => headers['idempotency-key'])).size, 12)
  assert.ok(server.mostOpen <= 2, `${server.mostOpen} at once`)
  assert.ok(server.connections >= 4, `${server.connections} connections for 12 posts`)
})

test('429 and 5xx come again, with Retry-After as it asks; 4xx and redirects fail, are not followed, and a bounce tells of it', async () => {
  await using server = await PostServer.start()
  const answers = [
    { status: 503, headers: { 'retry-after': '1' } },
    { status: 429, headers: { 'retry-after': '3600' } },
    { status: 404, headers: {} },
    { status: 302, headers: { location: `https://hooks.test:${server.port}/elsewhere` } },
  ]
  const tries = new Map<string, number>()
  server.answer = (response, { path }) => {
    tries.set(path, (tries.get(path) ?? 0) + 1)
    const answer = answers[Number(path.slice(1))]
    if (answer === undefined || (path === '/0' && tries.get(path) === 2)) return void response.end()
    response.writeHead(answer.status, answer.headers).end('why\n')
  }
  await using home = await homeFor(server)
  for (const n of answers.keys()) await home.submit({ to: [`post@https://hooks.test:${server.port}/${n}`], text: TEXT })
  const failed = await home.waitFor('failed', 2)
  const told = (path: string) => failed.find(({ recipient }) => recipient.endsWith(path))
  assert.deepEqual([told('/2')?.reply?.text, told('/2')?.failureCode], ['Not Found: why', 4002])
  assert.deepEqual([told('/3')?.reply?.code, told('/3')?.failureCode], [302, 4002])
  const [delivered] = await home.waitFor('delivered')
  assert.deepEqual([delivered?.recipient.endsWith('/0'), delivered?.attempt], [true, 2])
  const deferred = await home.waitFor('deferred', 2)
  const late = deferred.find(({ recipient }) => recipient.endsWith('/1'))
  assert.ok(late !== undefined && late.nextAttempt - late.at >= 3_600_000 && late.nextAttempt - late.at < 2 * 3_600_000)
  assert.ok(server.posts.every(({ path }) => path !== '/elsewhere'))
  const bounces = (await home.waitFor('accepted', 6)).filter(({ sender }) => sender === '')
  assert.deepEqual(
    bounces.map(({ recipient }) => recipient),
    ['bob@sender.example', 'bob@sender.example'],
  )
})

test('loopback and private addresses are refused whatever names them, and nothing connects', async () => {
  await using trap = await PostServer.start()
  const zones = { 'mapped.test': { AAAA: ['::ffff:127.0.0.1'] }, 'ten.test': { A: ['10.0.0.1'] }, ...ZONES }
  const settings = allowing(`https://*:${trap.port}/`)
  await using home = await EngineHome.start({ zones, trust: [trap.root], settings, config: { 'delivery.allow_private': true } })
  const literal = [
    '127.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '169.254.169.254',
    '0.0.0.0',
    '10.1.2.3',
    '[fe80::1]',
    '[fd00::1]',
  ]
  for (const host of literal) assert.match(await home.submit({ sender: '', to: [`post@https://${host}:${trap.port}/`] }), /^250 /, host)
  const failed = await home.waitFor('failed', literal.length)
  for (const { reason, recipient } of failed) assert.ok(reason.includes('post.allow_private'), `${recipient}: ${reason}`)
  for (const host of ['inside.test', 'mapped.test', 'ten.test']) await home.submit({ to: [`post@https://${host}:${trap.port}/`] })
  const deferred = await home.waitFor('deferred', 3)
  assert.ok(deferred.every(({ reason }) => reason.includes('not public')))
  assert.equal(trap.connections, 0)
})

test('a name that leads elsewhere by the time is connected to where it was checked', async () => {
  await using server = await PostServer.start()
  await using home = await homeFor(server, { zones: { 'hooks.test': { A: ['127.0.0.1'], ttl: 0 } } })
  server.answer = (response) => {
    home.dns.zones['hooks.test'] = { A: ['127.0.0.9'], ttl: 0 }
    response.writeHead(200, { connection: 'close' }).end()
  }
  await home.submit({ to: [`post@https://hooks.test:${server.port}/1`] })
  await home.waitFor('delivered')
  await home.submit({ to: [`post@https://hooks.test:${server.port}/2`] })
  const delivered = await home.waitFor('delivered', 2)
  assert.deepEqual(
    delivered.map(({ remoteAddress }) => remoteAddress),
    ['127.0.0.1', '127.0.0.1'],
  )
})

test('an account posts where it may, by http only where that is said, and no more once it may not', async () => {
  await using server = await PostServer.start([])
  const url = `http://hooks.test:${server.port}/`
  await using home = await EngineHome.start({ zones: ZONES, config: PRIVATE, settings: allowing(`https://hooks.test:${server.port}/`) })
  assert.match(await home.submit({ to: [`post@${url}`] }), /^550 5\.7\.1 /)
  home.change(settingsWith())
  assert.match(await home.submit({ to: [`post@${url.replace('http:', 'https:')}`] }), /^550 5\.7\.1 /)
  home.change(allowing(url))
  server.answer = (response) => response.writeHead(500).end()
  assert.match(await home.submit({ to: [`post@${url}`], text: TEXT.replace('application/json', 'json') }), /^550 5\.6\.0 /)
  assert.match(await home.submit({ to: [`post@${url}`] }), /^250 /)
  await home.waitFor('deferred')
  home.change(allowing())
  const [failed] = await home.waitFor('failed')
  assert.match(failed?.reason ?? '', /may not post/)
  assert.equal(server.posts.length, 1)
})

test('a message in a file is posted as a whole, and one that is too large fails', async () => {
  await using server = await PostServer.start()
  await using home = await homeFor(server)
  const to = [`post@https://hooks.test:${server.port}/`]
  const content = Buffer.alloc(400_000, 'content ')
  const encoded = content.toString('base64').replaceAll(/.{76}/g, '$&\r\n')
  await home.submit({ to, text: `Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded}\r\n` })
  await home.waitFor('delivered')
  assert.deepEqual([server.posts[0]?.headers['content-type'], server.posts[0]?.body.equals(content)], ['application/pdf', true])
  await home.submit({ to, text: `Subject: large\r\n\r\n${'0123456789\r\n'.repeat(900_000)}` })
  const [failed] = await home.waitFor('failed')
  assert.match(failed?.reason ?? '', /at most 10485760 are posted/)
  assert.equal(server.posts.length, 1)
})

test('a certificate for another name, an answer that never ends or never comes: the status counts, or it is put off', async () => {
  await using other = await PostServer.start(['other.test'])
  await using home = await homeFor(other)
  await home.submit({ to: [`post@https://hooks.test:${other.port}/`] })
  const [deferred] = await home.waitFor('deferred')
  assert.match(deferred?.reason ?? '', /certificate/)
  assert.equal(other.posts.length, 0)
})

test('an endless answer is a delivery, and ends the connection', async () => {
  await using server = await PostServer.start()
  server.answer = (response) => {
    response.writeHead(200)
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(16_384)));
      response.once('drain', more)
    }
    more()
  }
  await using home = await homeFor(server)
  for (const n of [1, 2]) {
    await home.submit({ to: [`post@https://hooks.test:${server.port}/${n}`] })
    await home.waitFor('delivered', n)
  }
  assert.equal(server.connections, 2)
})

test('where no answer comes, the server may have it: it is put off by the schedule, and not sent again at once', async () => {
  await using server = await PostServer.start()
  server.answer = () => {}
  await using home = await homeFor(server, { patience: 1000 })
  await home.submit({ to: [`post@https://hooks.test:${server.port}/`] })
  const deferred = await until(async () => (await home.waitFor('deferred')).find(({ reason }) => reason.includes('server may have')))
  assert.ok(deferred.nextAttempt - deferred.at >= 900)
})

test('what is no HTTP, or too much of a header, is put off', async () => {
  const answers = [
    '220 mail.test ESMTP\r\n',
    `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
    'HTTP/1.1 100 Continue\r\n\r\n'.repeat(3),
  ]
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(answers.shift() ?? ''))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  try {
    const config = { ...PRIVATE, 'delivery.retry_first': 60_000, 'delivery.retry_longest': 60_000 }
    await using home = await EngineHome.start({ zones: ZONES, config, settings: allowing(`http://hooks.test:${port}/`) })
    for (let n = 1; n <= 3; n++) {
      await home.submit({ to: [`post@http://hooks.test:${port}/${n}`] })
      const deferred = await home.waitFor('deferred', n)
      assert.match(deferred.at(-1)?.reason ?? '', /No answer came/)
    }
  } finally {
    server.close()
  }
})
