// Steering part of the queue by what it is about: patterns of addresses, age, all criteria together; counted first, and in the audit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openSettings } from '../src/store/sqlite/settings/settings.ts'
import { loadConfig } from '../src/lifecycle/config.ts'
import { keyFile, masterFile } from '../src/lifecycle/home-files.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

test('patterns, age and criteria select, a dry run only counts, and what was done is in the audit', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: () => '450 4.3.2 later' } })
  await using server = await startServer({ workers: 2 })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  const send = (to: string, from: string): Promise<unknown> => server.hms('send', '--to', to, '--from', from, '--no-follow')
  await send('Ann@one.test', 'news@a.test')
  await send('bob@one.test', 'billing@a.test')
  await send('ann@two.test', 'news@b.test')
  await wait(1500)
  const cut = Date.now()
  await send('late@two.test', 'news@b.test')
  await server.until(({ deferred }) => deferred >= 4)

  const count = async (...words: readonly string[]): Promise<number> =>
    (await server.hms<{ recipients: number }>('queue', 'count', ...words)).recipients
  assert.equal(await count('--recipient', 'ann@*'), 2)
  assert.equal(await count('--recipient', '?nn@one.test'), 1)
  assert.equal(await count('--sender', 'NEWS@*'), 3)
  assert.equal(await count('--sender', 'news@*', '--domain', 'two.test', '--recipient', 'ann*'), 1)
  assert.equal(await count('--recipient', '*.test.*'), 0)
  const before = { selection: { acceptedBefore: cut } }
  assert.equal((await server.call('queue.count', before)).recipients, 3)
  assert.equal((await server.call('queue.count', { selection: { acceptedAfter: cut } })).recipients, 1)
  assert.equal(await count('--older', '1h'), 0)
  assert.equal(await count('--younger', '1h'), 4)

  assert.equal(await count('--site', `smtp://127.0.0.1:${peer.port}`, '--sender', '*@a.test'), 2)
  assert.equal(await count('--source', 'default'), 4)
  assert.equal(await count('--site', 'mx.elsewhere.test'), 0)
  const there = await server.run('queue', 'bounce', '--site', `smtp://127.0.0.1:${peer.port}`, '--dry-run')
  assert.match(there.stdout, /^This would bounce up to 4 recipients/)

  const dry = await server.run('queue', 'delete', '--recipient', 'ann@*', '--dry-run')
  assert.match(dry.stdout, /^This would delete up to 2 recipients of 2 messages; nothing was changed\./)
  assert.equal(await count(), 4)
  assert.deepEqual(await server.hms('queue', 'hold', '--recipient', 'ann@*'), { recipients: 2 })
  assert.equal(await count('--state', 'held', '--sender', '*@a.test'), 1)
  for (const [words, said] of [
    [['--recipient', 'a[b]*'], /takes \* and \? as wildcards/],
    [['--recipient', '*a*b*c*d*e*'], /more than 4 wildcards/],
    [['--older', 'soon'], /no time such as 90s/],
  ] as const) {
    const refused = await server.run('queue', 'count', ...words)
    assert.notEqual(refused.code, 0)
    assert.match(refused.stderr, said)
  }
  using store = openSettings({ file: masterFile(server.home), keyFile: keyFile(server.home, loadConfig(server.home, {})) })
  const [noted] = store.audit(1)
  assert.equal(noted?.action, 'queue hold')
  assert.match(noted.subject, /^2 of \{"recipient":"ann@\*"\}$/)
})
