// Posts of webhooks as they go: each message's events in their order, through endpoints that fail, crashes, days that are told again, and bounds by
// account. What hostile endpoints do: webhook-hostile.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import type { AccountId } from '../../base/brand.ts'
import { MAIL_EVENT_KINDS } from '../../contract/events.ts'
import { WEBHOOK_BOUNDS } from '../../contract/webhooks.ts'
import type { StoredWebhook } from '../../engine/ports/webhooks.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { until } from '../../../testkit/patience.ts'
import { type PostAnswer, PostServer } from '../../../testkit/post-server.ts'
import { assertWhole, eventsOfPost, HOOK_SECRET, messageOf, numberOf, storiesOf, WebhookHouse } from '../../../testkit/webhook-house.ts'

const DAY = 86_400_000
const range = (count: number, from = 0): number[] => Array.from({ length: count }, (_unused, i) => from + i)

const later =
  (most: number, status = 200): PostAnswer =>
  (response) =>
    void setTimeout(() => response.writeHead(status).end(), Math.random() * most)

test('events go side by side, those of a message in their order, verified; what was not heard is read', async () => {
  await using posts = await PostServer.start([])
  await using house = new WebhookHouse()
  house.open()
  const id = house.add('wh_aaaaaaaaaaaa', `http://127.0.0.1:${posts.port}/in?a=1`)
  posts.answer = later(5)
  for (let i = 0; i < 10; i++) {
    house.tell(
      1,
      range(20).map((n) => n % 7),
    )
    // Nobody hands these over: the next shows that they are missing.
    house.tell(2, range(20, 100), {}, i % 2 === 0)
  }
  house.tell(2, [1])
  await until(() => house.told(id) >= 401, 'all events')
  assertWhole(posts.posts, 401)
  assert.ok(posts.mostOpen > 1 && posts.mostOpen <= 8, `${posts.mostOpen} at once`)
  for (const { body, headers, path } of posts.posts) {
    assert.ok(new Webhook(HOOK_SECRET).verify(body, headers as Record<string, string>))
    assert.equal(headers['webhook-id'], eventsOfPost({ body })[0]?.id)
    assert.equal(path, '/in?a=1')
  }
})

test('an endpoint that is away is tried with one post, holds nothing, and is told all of it later, as another goes on', async () => {
  await using posts = await PostServer.start([])
  await using well = await PostServer.start([])
  await using house = new WebhookHouse()
  house.open()
  const id = house.add('wh_aaaaaaaaaaaa', `http://127.0.0.1:${posts.port}/`)
  const other = house.add('wh_bbbbbbbbbbbb', `http://127.0.0.1:${well.port}/`)
  posts.answer = (response) => response.writeHead(500).end('out of order\nmore')
  for (let i = 0; i < 20; i++) house.tell(1, range(10))
  await until(() => house.told(other) >= 200, 'the other')
  const failing = await until(() => {
    const health = house.room.health([id])[0]?.[1]
    return health?.state === 'failing' && health.nextTry !== null && posts.open === 0 ? health : null
  }, 'that it fails')
  assert.equal(failing.failure?.reason, 'it answered 500 (Internal Server Error: out of order)')
  assert.ok(posts.posts.length < 20, `${posts.posts.length} posts`)
  posts.posts.length = 0
  posts.answer = (response) => response.end()
  await until(() => house.told(id) >= 200, 'all events')
  assertWhole(posts.posts, 200)
  const [first] = house.room.attempts(id, { failed: true, after: null, limit: 1 })
  assert.deepEqual([first?.status, first?.ok, first?.answer], [500, false, 'Internal Server Error: out of order'])
})

test('what an endpoint refuses while it takes others goes aside with what comes after it, and is told in its order', async () => {
  await using posts = await PostServer.start([])
  const clock = new FakeClock(Date.now())
  await using house = new WebhookHouse({ clock })
  house.open()
  const id = house.add('wh_aaaaaaaaaaaa', `http://127.0.0.1:${posts.port}/`)
  const poison = messageOf(5)
  let isPoison = true
  posts.answer = (response, post) => {
    const isIt = eventsOfPost(post).some(({ data }) => data.message === poison)
    response.writeHead(isIt && isPoison ? 422 : 200).end()
  }
  const health = () => house.room.health([id])[0]?.[1]
  let told = 0
  for (let i = 0; i < 30; i++) {
    house.tell(1, [5, ...range(4, 10 + i * 4)])
    told += 4
    await until(() => {
      clock.pass(500)
      return house.told(id) >= told
    }, 'others')
  }
  await until(() => {
    clock.pass(500)
    return health()?.aside === 30
  }, 'all of it aside')
  assert.equal(health()?.state, 'well')
  // Over a crash, too.
  await house.close()
  house.open()
  isPoison = false
  await until(() => {
    clock.pass(30_000)
    return health()?.aside === 0
  }, 'that it is told')
  await until(() => house.told(id) >= 150, 'all events')
  const taken = posts.posts.filter((post) => eventsOfPost(post)[0]?.data.message === poison).slice(-30)
  const numbers = taken.map((post) => numberOf(eventsOfPost(post)[0]?.id ?? ''))
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  )
  assert.equal(new Set(numbers).size, 30)
})

test('what is set aside is there once, also where a crash has it read again', async () => {
  await using posts = await PostServer.start([])
  const clock = new FakeClock(Date.now())
  await using house = new WebhookHouse({ clock })
  house.open()
  const id = house.add('wh_aaaaaaaaaaaa', `http://127.0.0.1:${posts.port}/`)
  const [mute, poison] = [messageOf(1), messageOf(2)]
  // The first is not answered: the place of the endpoint stays before it.
  posts.answer = (response, post) => {
    const message = eventsOfPost(post)[0]?.data.message
    if (message !== mute) response.writeHead(message === poison ? 422 : 200).end()
  }
  house.tell(1, [3, 1, 2])
  let told = 1
  await until(() => {
    if (house.told(id) === told && posts.open === 1) {
      house.tell(1, [++told + 10])
      clock.pass(30_000)
    }
    return house.room.health([id])[0]?.[1].aside === 1
  }, 'the one aside')
  await house.close(false)
  posts.answer = (response, post) => response.writeHead(eventsOfPost(post)[0]?.data.message === poison ? 422 : 200).end()
  house.open()
  await until(() => house.told(id) > told, 'what is told again')
  assert.equal(house.room.health([id])[0]?.[1].aside, 1)
})

test('after three days an endpoint is dead, its place stays, and it begins again where it stopped or from now on; 410 ends it at once', async () => {
  await using posts = await PostServer.start([])
  const clock = new FakeClock(Date.now())
  await using house = new WebhookHouse({ clock })
  house.open()
  const id = house.add('wh_aaaaaaaaaaaa', `http://127.0.0.1:${posts.port}/`)
  const state = () => house.room.health([id])[0]?.[1].state
  posts.answer = (response) => response.writeHead(503).end()
  house.tell(1, range(5))
  await until(() => {
    if (posts.open === 0) clock.pass(600_000)
    return state() === 'dead'
  }, 'its death')
  const tries = posts.posts.length
  assert.ok(tries > 100 && tries < 700, `${tries} tries in three days`)
  clock.pass(DAY)
  assert.equal(posts.posts.length, tries)
  await house.close()
  house.open()
  assert.equal(state(), 'dead')
  posts.posts.length = 0
  posts.answer = (response) => response.end()
  house.room.resume(id, 'stopped', clock.now())
  await until(() => house.told(id) >= 5, 'what it missed')
  assertWhole(posts.posts, 5)
  posts.answer = (response) => response.writeHead(410).end()
  // One post: others may be under way when the first is answered.
  house.tell(1, [0])
  await until(() => state() === 'gone', 'that it is gone')
  posts.posts.length = 0
  posts.answer = (response) => response.end()
  house.room.resume(id, 'now', clock.now())
  house.tell(1, [9])
  await until(() => house.told(id) >= 6, 'what came then')
  assert.deepEqual(
    posts.posts.map((post) => eventsOfPost(post)[0]?.data.message),
    [messageOf(9)],
  )
})

test('an endpoint at another address, or switched on again, has its three days from then on', async () => {
  await using posts = await PostServer.start([])
  const clock = new FakeClock(Date.now())
  await using house = new WebhookHouse({ clock })
  house.open()
  const url = `http://127.0.0.1:${posts.port}/`
  const id = house.add('wh_aaaaaaaaaaaa', url)
  const state = () => house.room.health([id])[0]?.[1].state
  posts.answer = (response) => response.writeHead(503).end()
  /** As it is after so many days. */
  const after = async (days: number): Promise<string | undefined> => {
    clock.jump(days * DAY)
    const before = posts.posts.length
    // One more: what is known of the one before is kept by then.
    await until(() => {
      if (posts.open === 0) clock.pass(60_000)
      return posts.posts.length > before + 1 || state() === 'dead'
    }, 'another try')
    return state()
  }
  house.tell(1, [1])
  for (const changes of [[{ url: `${url}other` }], [{ on: false }, { on: true }], []]) {
    assert.equal(await after(0), 'failing')
    assert.equal(await after(2), 'failing')
    for (const change of changes) house.add(id, url, change)
  }
  assert.equal(await after(2), 'dead')
})

test('where all posts that may be under way are, a place that is free goes to one that has something to post', async () => {
  await using posts = await PostServer.start([])
  await using house = new WebhookHouse({ mostGoing: 8 })
  house.open()
  const url = `http://127.0.0.1:${posts.port}/`
  const add = (n: number, change: Partial<StoredWebhook> = {}) => {
    const account = (2000 + n) as AccountId
    const id = house.add(`wh_${String(n).padStart(12, '0')}`, url, { account, ...change })
    return { id, happens: (events: number) => house.tell(1, range(events, n * 1000), { account }) }
  }
  const [large, one, other, idle, last] = [add(0), add(1), add(2), add(3), add(4)]
  // Trusted with more than one post.
  for (const { id, happens } of [large, one, other]) {
    happens(20)
    await until(() => house.told(id) >= 20, 'trust')
  }
  posts.posts.length = 0
  const held: (() => void)[] = []
  posts.answer = (response) => void held.push(() => response.end())
  for (const [{ happens }, events] of [
    [large, 4],
    [one, 2],
    [other, 2],
  ] as const) {
    const before = held.length
    happens(events)
    await until(() => held.length === before + events, 'places are taken')
  }
  // Both wait; then one has nothing to post any more.
  idle.happens(1)
  last.happens(1)
  house.add(idle.id, url, { account: 2003 as AccountId, on: false })
  assert.equal(posts.open, 8)
  held.pop()?.()
  await until(() => posts.posts.length === 9, 'the last one')
  for (const end of held) end()
  await until(() => house.told(last.id) === 1, 'it is told')
})

test('batches have what they had before, under the same id, after failures and after a crash', async () => {
  await using posts = await PostServer.start([])
  const clock = new FakeClock(Date.now())
  await using house = new WebhookHouse({ clock })
  house.open()
  const id = house.add('wh_aaaaaaaaaaaa', `http://127.0.0.1:${posts.port}/`, { batch: { events: 10, wait: 20 } })
  let failures = 40
  posts.answer = (response) => void (failures-- > 0 && Math.random() < 0.5 ? response.writeHead(500).end() : response.end())
  for (let i = 0; i < 10; i++) house.tell(1, range(37, i * 30))
  // Rests grow to a quarter of an hour where many fail.
  const pass = (): void => clock.pass(posts.open === 0 ? 5000 : 50)
  await until(() => {
    pass()
    return house.told(id) >= 100
  }, 'some of it')
  await house.close(false)
  for (let i = 0; i < 10; i++) house.tell(1, range(37, i * 30))
  house.open()
  await until(() => {
    pass()
    return [...storiesOf(posts.posts).values()].flat().length === 740
  }, 'all events')
  assertWhole(posts.posts, 740)
  const bodies = Map.groupBy(posts.posts, ({ headers }) => headers['webhook-id'])
  for (const same of bodies.values()) assert.equal(new Set(same.map(({ body }) => body.toString())).size, 1)
  // No event is in two batches.
  const batches = [...bodies.values()].map(([first]) => first)
  assert.equal(batches.flatMap((post) => (post === undefined ? [] : eventsOfPost(post))).length, 740)
  assert.ok(posts.posts.some((post) => eventsOfPost(post).length === 10))
})

test('a day is told again beside what happens, under the same ids, and says so; it can be ended', async () => {
  await using posts = await PostServer.start([])
  const clock = new FakeClock(Date.UTC(2026, 10, 20, 12))
  await using house = new WebhookHouse({ clock })
  house.open()
  const id = house.add('wh_aaaaaaaaaaaa', `http://127.0.0.1:${posts.port}/`)
  for (const day of range(3)) {
    house.tell(1, range(40, day * 100))
    house.tell(2, range(40, 1000 + day * 100))
    await until(() => house.told(id) >= 80 * (day + 1), 'a day')
    clock.pass(DAY)
  }
  const first = new Set(posts.posts.map(({ headers }) => headers['webhook-id']))
  posts.posts.length = 0
  const by = { kinds: null, by: 'ann', at: clock.now() }
  const replay = house.room.startReplay(id, { from: Date.UTC(2026, 10, 21), to: Date.UTC(2026, 10, 22), ...by })
  house.tell(1, [7])
  await until(() => {
    clock.pass(100)
    return house.room.replays(id)[0]?.state === 'done'
  }, 'the replay')
  const again = posts.posts.filter(({ headers }) => headers['hms-replay'] === String(replay.n))
  assert.equal(again.length, 80)
  for (const { headers } of again) assert.ok(first.has(headers['webhook-id']))
  assert.ok(again.every((post) => eventsOfPost(post)[0]?.timestamp.startsWith('2026-11-21')))
  assert.equal(house.room.replays(id)[0]?.told, 80)
  await until(() => posts.posts.length === 81, 'what happened meanwhile')
  posts.answer = () => {}
  const other = house.room.startReplay(id, { from: 0, to: clock.now(), ...by })
  assert.equal(house.room.cancelReplay(id, other.n), true)
  assert.equal(house.room.cancelReplay(id, other.n), false)
  assert.equal(house.room.replays(id)[0]?.state, 'cancelled')
})

test('posts of a test have an id each, and end where the endpoint is slow', async () => {
  await using posts = await PostServer.start([])
  const clock = new FakeClock(Date.UTC(2026, 10, 20, 12))
  await using house = new WebhookHouse({ clock })
  house.open()
  const id = house.add('wh_aaaaaaaaaaaa', `http://127.0.0.1:${posts.port}/`)
  const tests = await house.room.test(id, MAIL_EVENT_KINDS)
  assert.equal(new Set(tests.map(({ headers }) => headers['webhook-id'])).size, MAIL_EVENT_KINDS.length)
  posts.answer = (response) => {
    clock.pass(14_000)
    response.end()
  }
  assert.equal((await house.room.test(id, MAIL_EVENT_KINDS)).length, 3)
})

test('an account has its webhooks tried, and the past told again, so often and no more; another is not in its way', async () => {
  await using posts = await PostServer.start([])
  const clock = new FakeClock(Date.UTC(2026, 10, 20, 12))
  await using house = new WebhookHouse({ clock })
  house.open()
  const url = `http://127.0.0.1:${posts.port}/`
  const ids = range(3).map((n) => house.add(`wh_00000000000${n}`, url))
  const other = house.add('wh_bbbbbbbbbbbb', url, { account: 1002 as AccountId })
  const tried = (id: string): Promise<unknown> => house.room.test(id, ['delivered'])
  for (let n = 0; n < WEBHOOK_BOUNDS.testsAnHour; n++) await tried(ids[n % 3] ?? '')
  await assert.rejects(tried(ids[0] ?? ''), { code: 'too-many-tests' })
  assert.equal(posts.posts.length, WEBHOOK_BOUNDS.testsAnHour)
  await tried(other)
  clock.pass(2 * 3_600_000)
  await tried(ids[0] ?? '')

  posts.answer = () => {}
  house.tell(1, range(5))
  const started = (id: string | undefined): unknown =>
    house.room.startReplay(id ?? '', { from: 0, to: clock.now(), kinds: null, by: 'ann', at: clock.now() })
  for (const id of [ids[0], ids[0], ids[1], ids[1]]) started(id)
  assert.throws(() => started(ids[2]), { code: 'too-many-replays' })
  started(other)
})
