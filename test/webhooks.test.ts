// Webhooks over a real server: from `hms webhook add` to verified posts, over what endpoints do wrong, over crashes, and told again.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import type { WebhookEvent, WebhookView } from '../src/contract/webhooks.ts'
import { inject } from '../testkit/injecting.ts'
import { until } from '../testkit/patience.ts'
import { type Post, PostServer } from '../testkit/post-server.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

interface House extends AsyncDisposable {
  readonly server: TestServer
  readonly posts: PostServer
  readonly url: string
}

/** A server that delivers to its simulator, and a receiver by HTTPS that it trusts. */
async function openHouse(environment: Readonly<Record<string, string>> = {}): Promise<House> {
  await using opened = new AsyncDisposableStack()
  const posts = opened.use(await PostServer.start())
  const folder = mkdtempSync(join(tmpdir(), 'hms-hook-'))
  opened.defer(() => rmSync(folder, { recursive: true }))
  const roots = join(folder, 'roots.pem')
  writeFileSync(roots, posts.root)
  const server = opened.use(
    await startServer({ config: { 'webhooks.allow_private': 'true' }, environment: { NODE_EXTRA_CA_CERTS: roots, ...environment } }),
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
})
