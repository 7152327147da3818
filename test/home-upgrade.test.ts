// The home of every release is brought to the present, with nothing lost and nothing sent twice: settings, queue, events and files are
// compared row by row with what that release left (test/fixtures/homes), then the queue is delivered.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readJournal } from '../src/store/journal/reader.ts'
import { CountingSink } from '../testkit/counting-sink.ts'
import { type HomeRows, homeRows, settingsFileOf } from '../testkit/home-rows.ts'
import { startServer } from '../testkit/server.ts'

const HOMES = join(import.meta.dirname, 'fixtures/homes')
const HMS = join(import.meta.dirname, '../hms')
const releases = readdirSync(HOMES).flatMap((name) => (name.endsWith('.tar.gz') ? [name.slice(0, -'.tar.gz'.length)] : []))

function unpacked(release: string): { readonly home: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'hms-upgrade-'))
  execFileSync('tar', ['-C', folder, '-xzf', join(HOMES, `${release}.tar.gz`)])
  return { home: join(folder, 'home'), [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

function told(release: string): HomeRows {
  return JSON.parse(readFileSync(join(HOMES, `${release}.json`), 'utf8')) as HomeRows
}

async function rowsOf(home: string): Promise<HomeRows> {
  return JSON.parse(JSON.stringify(await homeRows(home, settingsFileOf(home)))) as HomeRows
}

/** What is left of older formats once the settings are converted, and who may steer it since, as `hms status` tells it. A release without a line here has none. */
const OLDER: Readonly<Record<string, string>> = {
  '0.1.0': 'settings 2, shard 2, desk 1, access 1, events 1',
  '1.0.0': 'settings 2, shard 3, desk 1, access 1, events 1, journal 1',
}

test('there are homes of earlier releases', () => assert.ok(releases.includes('0.1.0')))

for (const release of releases) {
  test(`the home of ${release} is brought to the present row by row, and its queue delivered once`, async () => {
    using place = unpacked(release)
    const { home } = place
    const before = told(release)
    assert.deepEqual(await rowsOf(home), before, 'the fixture is not what its list says')
    // Any command converts; this one touches nothing else.
    const accounts = JSON.parse(execFileSync(HMS, ['account', 'ls', '--json', '--home', home], { encoding: 'utf8' })) as unknown[]
    assert.equal(accounts.length, before.settings.item.filter((item) => (item as { kind: string }).kind === 'account').length)
    assert.ok(existsSync(join(home, settingsFileOf(home))) && settingsFileOf(home) !== 'master.db')
    assert.deepEqual(await rowsOf(home), before)
    const status = execFileSync(HMS, ['status', '--home', home], { encoding: 'utf8' })
    assert.equal(/^formats +(.*)$/m.exec(status)?.[1] ?? '', OLDER[release] ?? '', 'formats older than the present')

    // A home that knows whose it is does not send from another place before somebody says that it was moved there.
    if (existsSync(join(home, 'journal'))) execFileSync(HMS, ['restore', '--in-place', '--moved', '--yes', '--home', home])

    await using sink = await CountingSink.start()
    await using server = await startServer({ home, workers: 2, config: { 'events.days': '3650', 'logs.days': '3650' } })
    for (const pattern of ['*', 'peer.test']) await server.call('route.set', { pattern, url: `smtp://127.0.0.1:${sink.port}` })
    await server.until(({ workers }) => workers.length === 2)
    await server.hms('queue', 'release', '--state', 'held', '--yes')
    await server.hms('queue', 'retry', '--all', '--yes')
    const wanted = Object.values(before.queue).flatMap(({ recipient }) => recipient.map((row) => (row as { address: string }).address))
    assert.deepEqual(await sink.until(wanted), [])
    await server.until(({ queued }) => queued === 0)
    assert.deepEqual([sink.received, sink.duplicates], [wanted.length, 0])
    await server.stop()

    const noted: string[] = []
    const after = new Map(before.cursors.map((row) => row as { shard: number; after: number }).map((row) => [row.shard, row.after]))
    for await (const entry of readJournal({ folder: join(home, 'journal') }, after))
      noted.push(entry.kind === 'delivered' ? entry.recipient : entry.kind)
    assert.deepEqual(noted.toSorted(), wanted.toSorted())
  })
}
