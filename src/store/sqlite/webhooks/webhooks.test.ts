// Webhooks in the settings, and what is kept of them on a home at rest.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { AccountId, EpochMs } from '../../../base/brand.ts'
import { Fault } from '../../../base/fault.ts'
import { WEBHOOK_BOUNDS } from '../../../contract/webhooks.ts'
import type { StoredWebhook } from '../../../engine/ports/webhooks.ts'
import type { SettingsStore } from '../../../engine/ports/stores.ts'
import { temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { initSettings } from '../settings/settings.ts'
import { WebhooksAtRest } from './webhooks-book.ts'

const DAY = 86_400_000
const SECRETS = [
  { text: 'whsec_newest', since: 5, until: null },
  { text: 'whsec_older', since: 1, until: 9 },
]

function put(settings: SettingsStore, id: string, account: number): void {
  const webhook: StoredWebhook = {
    id,
    account: account as AccountId,
    name: id,
    url: 'https://hooks.example/',
    format: 'standard',
    kinds: null,
    streams: null,
    batch: { events: 1, wait: 0 },
    connections: 1,
    on: true,
    by: 'test',
    at: 1 as EpochMs,
    secrets: SECRETS,
  }
  settings.putWebhook(webhook, 'test')
}

test('who counts and lists webhooks opens no secret, and sees since when each counts', () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'master.db')
  using settings = initSettings({ file, keyFile: join(folder.path, 'key') })
  for (const [id, account] of [
    ['wh_a', 1001],
    ['wh_b', 1001],
    ['wh_c', 1002],
  ] as const)
    put(settings, id, account)
  const { webhooks } = settings
  assert.deepEqual(webhooks.count(1001 as AccountId), { own: 2, all: 3 })
  assert.deepEqual(webhooks.count(1003 as AccountId), { own: 0, all: 3 })
  assert.deepEqual(webhooks.unsealed('wh_a')?.secrets, SECRETS)
  {
    using database = new DatabaseSync(file)
    // Who opened one of these would fail.
    database.exec("UPDATE item SET sealed = x'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff' WHERE key = 'wh_a'")
    // As one was stored before the times stood beside it, and as one is restored without its key.
    database.exec("UPDATE item SET value = json_remove(value, '$.secrets') WHERE key = 'wh_b'")
    database.exec("UPDATE item SET sealed = NULL WHERE key = 'wh_c'")
  }
  const times = SECRETS.map(({ since, until }) => ({ since, until }))
  assert.deepEqual(webhooks.find('wh_a')?.secrets, times)
  assert.deepEqual(
    webhooks.list().map(({ id, secrets }) => [id, secrets.map(({ since }) => since)]),
    [
      ['wh_a', [5, 1]],
      ['wh_b', [5, 1]],
      ['wh_c', []],
    ],
  )
  assert.deepEqual(
    webhooks.list(1002 as AccountId).map(({ id }) => id),
    ['wh_c'],
  )
  assert.equal(webhooks.find('wh_d'), null)
  assert.equal(webhooks.unsealed('wh_d'), null)
  assert.throws(() => webhooks.unsealed('wh_a'), { code: 'key-mismatch' })
})

test('replays that are begun at rest are within the bounds of the webhook and of the account, and end in the present', async () => {
  using folder = temporaryFolder()
  using settings = initSettings({ file: join(folder.path, 'master.db'), keyFile: join(folder.path, 'key') })
  for (const id of ['wh_a', 'wh_b', 'wh_c']) put(settings, id, 1001)
  put(settings, 'wh_d', 1002)
  const now = 400 * DAY
  using book = new WebhooksAtRest(join(folder.path, 'webhooks.db'), settings.webhooks, () => now)
  const start = (id: string, at = now): ReturnType<typeof book.startReplay> =>
    book.startReplay(id, { from: 0, to: now + DAY, kinds: null, by: 'test', at })
  const refused = (what: RegExp) => (error: unknown) =>
    error instanceof Fault && error.code === 'too-many-replays' && what.test(error.message)
  assert.equal((await start('wh_a')).to, now)
  await start('wh_a')
  await assert.rejects(start('wh_a'), refused(/of the webhook run already/))
  await start('wh_b')
  await start('wh_b')
  await assert.rejects(start('wh_c'), refused(/of account 1001 run already/))
  await start('wh_d')
  let begun = 4
  for (const { id, n } of (
    await Promise.all(['wh_a', 'wh_b'].map(async (id) => (await book.replays(id)).map(({ n }) => ({ id, n }))))
  ).flat())
    assert.ok(await book.cancelReplay(id, n, now))
  for (; begun < WEBHOOK_BOUNDS.replaysADay; begun++) await book.cancelReplay('wh_c', (await start('wh_c')).n, now)
  await assert.rejects(start('wh_c'), refused(/100 replays in a day/))
  await start('wh_c', now + DAY + 1)
})
