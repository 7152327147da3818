// Webhooks over a real server: from `hms webhook add` to verified posts, over what endpoints do wrong, over crashes, and told again.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import type { MessageId } from '../src/base/brand.ts'
import { MAIL_EVENT_KINDS } from '../src/contract/events.ts'
import type { WebhookAttempt, WebhookEvent, WebhookTest, WebhookView } from '../src/contract/webhooks.ts'
import { inject } from '../testkit/injecting.ts'
import { until } from '../testkit/patience.ts'
import { type Post, PostServer } from '../testkit/post-server.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

interface House extends AsyncDisposable {
  readonly server: TestServer
  readonly posts: PostServer
  readonly url: string
}

/** A server that delivers to its simulator, and a receiver by HTTPS that it trusts. It keeps trying a simulator that is away for a moment. */
async function openHouse(environment: Readonly<Record<string, string>> = {}): Promise<House> {
  await using opened = new AsyncDisposableStack()
  const posts = opened.use(await PostServer.start())
  const folder = mkdtempSync(join(tmpdir(), 'hms-hook-'))
  opened.defer(() => rmSync(folder, { recursive: true }))
  const roots = join(folder, 'roots.pem')
  writeFileSync(roots, posts.root)
  const server = opened.use(
    await startServer({
      config: { 'webhooks.allow_private': 'true', 'delivery.backoff': 'false' },
      environment: { NODE_EXTRA_CA_CERTS: roots, ...environment },
    }),
  )
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${server.simulatorPort}` })
  await server.settled()
  const held = opened.move()
  return { server, posts, url: `https://127.0.0.1:${posts.port}/mail`, [Symbol.asyncDispose]: () => held.disposeAsync() }
}

async function send(server: TestServer, count: number, word = 'x'): Promise<readonly string[]> {
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    const message = { from: 'a@sender.test', to: [`success+${word}${i}@simulator.hms.test`], subject: word, text: 'x' }
    const { status, json } = await inject(server, '/v1/messages', message)
    assert.equal(status, 202, JSON.stringify(json))
    ids.push(json.id as string)
  }
  return ids
}

function eventsIn(posts: readonly Post[], secret: string): WebhookEvent[] {
  const verifier = new Webhook(secret)
  return posts.flatMap(({ body, headers }) => {
    const payload = verifier.verify(body, headers as Record<string, string>) as WebhookEvent | { data: WebhookEvent[] }
    return 'id' in payload ? [payload] : payload.data
  })
}

/** What was told of each message, in the order in which it came, without repeats. */
function storiesOf(events: readonly WebhookEvent[]): Map<string, string[]> {
  const seen = new Set<string>()
  const stories = new Map<string, string[]>()
  for (const { id, type, data } of events) {
    if (seen.has(id)) continue
    seen.add(id)
    stories.set(data.message, [...(stories.get(data.message) ?? []), type])
  }
  return stories
}

test('what happens is posted at once and verified; secrets rotate, tests are answered, the log tells, and the past is told again', async () => {
  await using house = await openHouse()
  const { server, posts, url } = house
  const { webhook, secret } = await server.hms<{ webhook: WebhookView; secret: string }>('webhook', 'add', String(server.account.id), url)
  assert.equal(webhook.health.state, 'new')
  assert.equal(JSON.stringify(webhook).includes(secret), false)
  const ids = await send(server, 5)
  await until(async () => (await server.call('webhook.show', { id: webhook.id })).health.told >= 10, 'ten events told')
  const stories = storiesOf(eventsIn(posts.posts, secret))
  for (const id of ids) assert.deepEqual(stories.get(id), ['message.accepted', 'message.delivered'])
  const { id } = webhook

  const rotated = await server.hms<{ webhook: WebhookView; secret: string }>('webhook', 'rotate', id)
  assert.equal(rotated.webhook.secrets.length, 2)
  posts.posts.length = 0
  const { tests } = await server.hms<{ tests: readonly WebhookTest[] }>('webhook', 'test', id)
  assert.deepEqual(
    tests.map(({ kind, ok, status }) => [kind, ok, status]),
    MAIL_EVENT_KINDS.map((kind) => [kind, true, 200]),
  )
  for (const either of [secret, rotated.secret]) assert.equal(eventsIn(posts.posts, either).length, MAIL_EVENT_KINDS.length)
  assert.ok(posts.posts.every(({ headers }) => headers['hms-test'] === '1'))

  const { attempts } = await server.hms<{ attempts: readonly WebhookAttempt[] }>('webhook', 'log', id)
  assert.ok(attempts.length >= 10 && attempts.every(({ ok, status, answer }) => ok && status === 200 && answer === 'OK: taken'))

  posts.posts.length = 0
  await server.run('webhook', 'replay', 'start', id, '--from', '1h', '--kinds', 'delivered')
  await until(async () => (await server.call('webhook.replay.list', { id }))[0]?.state === 'done', 'the replay')
  assert.deepEqual(new Set(eventsIn(posts.posts, rotated.secret).map(({ type }) => type)), new Set(['message.delivered']))
  await until(async () => /^webhooks +1 healthy$/m.test((await server.run('status')).stdout), 'its line in the status')
  assert.match((await server.get('/metrics')).body, /^hms_webhooks\{state="well"\} 1$/m)

  // On a home at rest it is shown, changed and removed.
  await server.stop()
  assert.equal((await server.hms<WebhookView>('webhook', 'show', id)).health.state, 'well')
  assert.equal((await server.run('webhook', 'test', id)).code, 1)
  await server.hms('webhook', 'rm', id)
  assert.deepEqual(await server.hms('webhook', 'ls'), [])
})

test('a desk that is killed again and again loses nothing, and repeats what it repeats under the same ids', async () => {
  await using house = await openHouse()
  const { server, posts, url } = house
  const options = ['--batch', '5', '--wait', '200ms', '--connections', '4']
  const { secret } = await server.hms<{ secret: string }>('webhook', 'add', String(server.account.id), url, ...options)
  posts.answer = (response) => void setTimeout(() => response.end(), 20)
  const ids: string[] = []
  for (let kill = 0; kill < 3; kill++) {
    ids.push(...(await send(server, 15, `kill${kill}`)))
    await server.kill9('desk')
  }
  // The simulator died with the desk: what it did not take is deferred.
  // A desk that was killed is back in a moment.
  const known = async (message: string): Promise<string> => {
    const { events } = await server.call('events.find', { message: message as MessageId, limit: 100 }).catch(() => ({ events: [] }))
    return events
      .map(({ kind }) => `message.${kind}`)
      .toReversed()
      .join()
  }
  let told = ''
  for (const id of ids)
    await until(
      async () => {
        const story = storiesOf(eventsIn(posts.posts, secret)).get(id) ?? []
        told = await known(id)
        return story.length >= 2 && story.join() === told
      },
      () => `${id} is ${told}: ${String(storiesOf(eventsIn(posts.posts, secret)).get(id))}`,
    )
  const bodies = Map.groupBy(posts.posts, ({ headers }) => headers['webhook-id'])
  for (const same of bodies.values()) assert.equal(new Set(same.map(({ body }) => body.toString())).size, 1)
})

test('the form of the original has its fields and the secret key, and no other event', async () => {
  await using house = await openHouse()
  const { server, posts, url } = house
  const options = ['--format', 'engine', '--secret', 'my-old-key-17', '--kinds', 'delivered']
  const { webhook } = await server.hms<{ webhook: WebhookView }>('webhook', 'add', String(server.account.id), url, ...options)
  const [id] = await send(server, 1)
  const post = await until(() => posts.posts[0], 'a post')
  const form = Object.fromEntries(new URLSearchParams(post.body.toString()))
  assert.deepEqual(
    [form['Type'], form['SystemMessageId'], form['AccountId'], form['SecretKey']],
    ['ProcessedSent', id, String(server.account.id), 'my-old-key-17'],
  )
  assert.match(form['DateTime'] ?? '', /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/)
  assert.match(form['Response'] ?? '', /^250 /)
  assert.equal(post.headers['content-type'], 'application/x-www-form-urlencoded')
  const shown = await server.call('webhook.test', { id: webhook.id, kind: 'delivered' })
  assert.equal(JSON.stringify(shown).includes('my-old-key-17'), false)
  await server.call('webhook.set', { id: webhook.id, on: false })
  await send(server, 1, 'off')
  await server.until(({ queued }) => queued === 0)
  await server.call('webhook.set', { id: webhook.id, on: true })
  await until(() => posts.posts.some(({ body }) => body.toString().includes('off0')), 'what happened meanwhile')
})

test('the thread of webhooks that ends by an error is started anew: the desk and mail go on, and nothing is lost', async () => {
  await using house = await openHouse()
  const { server, posts, url } = house
  const { secret } = await server.hms<{ secret: string }>('webhook', 'add', String(server.account.id), url)
  const ids = [...(await send(server, 2, 'before'))]
  const stories = () => storiesOf(eventsIn(posts.posts, secret))
  const allTold = () => ids.every((id) => stories().get(id)?.join() === 'message.accepted,message.delivered')
  await until(allTold, 'what was before')
  const desk = server.pidOf('desk')
  {
    // Somebody holds its database for longer than it waits: it ends.
    using held = new DatabaseSync(join(server.home, 'webhooks.db'))
    held.exec('BEGIN EXCLUSIVE')
    ids.push(...(await send(server, 3, 'meanwhile')))
    await until(() => server.output().includes('the thread of webhooks ended; it is started anew'), 'its end')
    await server.until(({ delivered }) => delivered === 5)
    held.exec('ROLLBACK')
  }
  await until(allTold, () => JSON.stringify([...stories()]))
  assert.equal(server.pidOf('desk'), desk)
})

test('over a restore of a backup what happens afterwards is told, also where its numbers were given out before; endpoints are as they are now', async () => {
  await using house = await openHouse()
  const { server, posts, url } = house
  using folder = temporaryFolder()
  const { webhook, secret } = await server.hms<{ webhook: WebhookView; secret: string }>('webhook', 'add', String(server.account.id), url)
  await send(server, 2, 'before')
  await until(async () => (await server.call('webhook.show', { id: webhook.id })).health.told >= 4, 'what was before')
  const backup = join(folder.path, 'home.zip')
  await server.hms('backup', '--to', backup)
  await send(server, 5, 'since')
  await until(async () => (await server.call('webhook.show', { id: webhook.id })).health.told >= 14, 'what was since')
  assert.equal(await server.stop(), 0)
  await server.hms('restore', backup, '--yes')
  posts.posts.length = 0
  await server.startAgain()
  const ids = await send(server, 3, 'after')
  const stories = () => storiesOf(eventsIn(posts.posts, secret))
  await until(
    () => ids.every((id) => stories().get(id)?.length === 2),
    () => JSON.stringify([...stories()]),
  )
  for (const id of ids) assert.deepEqual(stories().get(id), ['message.accepted', 'message.delivered'])
})

test('who was erased is told to nobody: not by what waits, and not by a replay', async () => {
  await using house = await openHouse()
  const { server, posts, url } = house
  const { webhook, secret } = await server.hms<{ webhook: WebhookView; secret: string }>('webhook', 'add', String(server.account.id), url)
  const { id } = webhook
  // Nothing is taken: what happens waits in the event store.
  posts.answer = (response) => response.writeHead(503).end()
  await send(server, 2, 'ann')
  await send(server, 1, 'bob')
  await server.until(({ delivered }) => delivered === 3)
  await until(async () => (await server.call('webhook.show', { id })).health.state === 'failing', 'that it fails')
  await server.hms('erase', '--address', 'success+ann0@simulator.hms.test', '--yes')
  posts.posts.length = 0
  posts.answer = (response) => response.end()
  await server.call('webhook.resume', { id })
  await until(() => posts.posts.some(({ body }) => body.includes('bob0')), 'what waited')
  await server.call('webhook.replay.start', { id, from: Date.now() - 3_600_000, to: Date.now() + 1000 })
  await until(async () => (await server.call('webhook.replay.list', { id }))[0]?.state === 'done', 'the replay')
  const told = eventsIn(posts.posts, secret)
  assert.ok(told.some(({ data }) => data.recipient.includes('ann1')))
  assert.equal(
    posts.posts.map(({ body }) => body.toString()).some((text) => text.includes('ann0')),
    false,
  )
})
