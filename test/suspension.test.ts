// Mail that is kept back until it is resumed: what waits, what comes, over a restart, and not what is of others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../src/lifecycle/config.ts'
import { keyFile, masterFile } from '../src/lifecycle/home-files.ts'
import { openSettings } from '../src/store/sqlite/settings/settings.ts'
import { CountingSink } from '../testkit/counting-sink.ts'
import { startServer } from '../testkit/server.ts'

interface Suspended {
  readonly suspension: { readonly id: number }
  readonly held: number
}

test('a suspended domain keeps what waits and what comes, over a restart, until it is resumed; others go on', async () => {
  await using sink = await CountingSink.start()
  await using server = await startServer()
  await server.call('route.set', { pattern: '*', url: 'smtp://127.0.0.1:9' })
  const send = (to: string): Promise<unknown> => server.hms('send', '--to', to, '--no-follow')
  await send('early@kept.test')
  await server.until(({ deferred }) => deferred === 1)
  const would = await server.run('queue', 'suspend', '--domain', 'kept.test', '--dry-run')
  assert.equal(would.stdout, '1 recipient that waits would be held.\n')
  const { suspension, held } = await server.hms<Suspended>('queue', 'suspend', '--domain', 'kept.test', '--note', 'they asked')
  assert.deepEqual([suspension.id, held], [1, 1])
  assert.equal((await server.hms<Suspended>('queue', 'suspend', '--mailing', 'other', '--domain', 'kept.test')).suspension.id, 2)
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  await send('late@kept.test')
  await send('free@others.test')
  await server.until(({ delivered }) => delivered === 1)
  const held2 = await server.outcome('late@kept.test')
  assert.ok(held2.kind === 'held')
  assert.match(held2.reason, /^Suspended \(1\) by .*: they asked$/)

  assert.equal(await server.stop(), 0)
  await server.startAgain()
  await send('later@kept.test')
  assert.equal((await server.outcome('later@kept.test')).kind, 'held')
  await server.hms('queue', 'hold', '--recipient', 'later@kept.test', '--yes')
  assert.deepEqual(await server.hms('queue', 'resume', '1'), { removed: true, released: 3 })
  await server.until(({ delivered, queued }) => delivered === 4 && queued === 0)
  assert.deepEqual([...sink.counts.values()], [1, 1, 1, 1])
  const site = `smtp://127.0.0.1:${sink.port}`
  const { suspension: ofSite } = await server.hms<Suspended>('queue', 'suspend', '--site', site)
  await send('last@others.test')
  assert.equal((await server.outcome('last@others.test')).kind, 'held')
  assert.deepEqual(await server.hms('queue', 'resume', String(ofSite.id)), { removed: true, released: 1 })
  await server.until(({ delivered }) => delivered === 5)
  const left = await server.run('queue', 'suspensions')
  assert.match(left.stdout, /2 +mail to kept\.test, mailing other/)
  const missing = await server.run('queue', 'resume', '1')
  assert.match(missing.stderr, /There is no suspension 1/)
  assert.match((await server.run('queue', 'suspend')).stderr, /What to suspend was not named/)
})

test('mail is suspended by patterns and by age: counted first, held as it comes, over a restart, until it is resumed', async () => {
  await using sink = await CountingSink.start()
  await using server = await startServer()
  await server.call('route.set', { pattern: '*', url: 'smtp://127.0.0.1:9' })
  const send = (to: string): Promise<unknown> => server.hms('send', '--to', to, '--no-follow')
  await send('early@kept.test')
  await server.until(({ deferred }) => deferred === 1)
  const what = ['--recipient', '*@KEPT.test', '--younger', '1d']
  const would = await server.run('queue', 'suspend', ...what, '--dry-run')
  assert.equal(would.stdout, '1 recipient that waits would be held.\n')
  assert.deepEqual(await server.hms('queue', 'suspensions'), [])
  assert.equal((await server.hms<Suspended>('queue', 'suspend', ...what)).held, 1)
  assert.equal((await server.hms<Suspended>('queue', 'suspend', '--older', '1d')).held, 0)
  assert.equal((await server.hms<Suspended>('queue', 'suspend', '--source', 'other', '--sender', 'nobody@*')).held, 0)
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  await send('late@kept.test')
  await send('free@others.test')
  assert.equal((await server.outcome('late@kept.test')).kind, 'held')
  await server.until(({ delivered }) => delivered === 1)
  assert.equal(await server.stop(), 0)
  await server.startAgain()
  await send('later@kept.test')
  assert.equal((await server.outcome('later@kept.test')).kind, 'held')
  const listed = (await server.run('queue', 'suspensions')).stdout
  assert.match(listed, /1 +recipient \*@kept\.test, accepted since/)
  assert.match(listed, /3 +source other, sender nobody@\*/)
  assert.deepEqual(await server.hms('queue', 'resume', '1'), { removed: true, released: 3 })
  await server.until(({ delivered, queued }) => delivered === 4 && queued === 0)
  using settings = openSettings({ file: masterFile(server.home), keyFile: keyFile(server.home, loadConfig(server.home, {})) })
  const audited = settings.audit(100).filter(({ action }) => action === 'queue suspend')
  assert.match(audited.at(-1)?.subject ?? '', /^1 that waited, and what comes, of \{"recipient":"\*@kept\.test","acceptedAfter":\d+\}$/)
})
