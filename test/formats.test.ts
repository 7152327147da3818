// A conversion that is killed at any step is finished or undone by the next start, with every row; an older program may go on in between;
// a newer format is refused. Real commands on the home of 0.1.0.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { CrashPoint } from '../src/base/crash-point.ts'
import { type HomeRows, homeRows } from '../testkit/home-rows.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

const FIXTURE = join(import.meta.dirname, 'fixtures/homes/0.1.0')
const HMS = join(import.meta.dirname, '../hms')
const CHILD = join(import.meta.dirname, '../testkit/lifecycle-child.ts')
const SETTINGS = (JSON.parse(readFileSync(`${FIXTURE}.json`, 'utf8')) as HomeRows).settings
const [OLD, NEW] = ['master.db', 'master.v2.db']

function unpacked(): { readonly home: string; readonly crash: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'hms-formats-'))
  execFileSync('tar', ['-C', folder, '-xzf', `${FIXTURE}.tar.gz`])
  const dispose = (): void => rmSync(folder, { recursive: true, force: true })
  return { home: join(folder, 'home'), crash: join(folder, 'crash'), [Symbol.dispose]: dispose }
}

function hms(
  home: string,
  args: readonly string[],
  crash?: string,
): { readonly code: number | null; readonly out: string; readonly err: string } {
  const env = { ...process.env, ...(crash !== undefined && { HMS_TEST_CRASH: crash }) }
  const { status, stdout, stderr } = spawnSync(HMS, [...args, '--json', '--home', home], { encoding: 'utf8', env })
  return { code: status, out: stdout, err: stderr }
}

function child(args: readonly string[], crash?: string): number | null {
  const env = { ...process.env, ...(crash !== undefined && { HMS_TEST_CRASH: crash }) }
  return spawnSync(process.execPath, [CHILD, ...args], { env, stdio: 'ignore' }).status
}

async function settingsOf(home: string, name: string): Promise<HomeRows['settings']> {
  return (JSON.parse(JSON.stringify(await homeRows(home, name))) as HomeRows).settings
}

function meta(home: string, name: string): Record<string, unknown> {
  using database = new DatabaseSync(join(home, name), { readOnly: true })
  return { ...database.prepare('SELECT * FROM meta').get() }
}

const identityOf = (home: string): { installation: string } =>
  JSON.parse(readFileSync(join(home, 'identity.json'), 'utf8')) as { installation: string }

interface Told {
  readonly check: string
  readonly ok: boolean
  readonly found: string
  readonly mend: string | null
}

/** What the preflight and the doctor say of the home before anybody starts it. */
function placeOf(home: string): { readonly preflight: Told | undefined; readonly doctor: string } {
  const checks = JSON.parse(hms(home, ['doctor', '--preflight']).out) as readonly Told[]
  return { preflight: checks.find(({ check }) => check === 'identity'), doctor: hms(home, ['doctor']).out }
}

test('a conversion that is killed at any step is done by the next command, and loses no row', async () => {
  const points: readonly CrashPoint[] = ['convert-begun', 'convert-copied', 'convert-checked', 'convert-identified', 'convert-renamed']
  for (const point of points) {
    using place = unpacked()
    const { home, crash } = place
    const original = readFileSync(join(home, OLD))
    writeFileSync(crash, point)
    hms(home, ['account', 'ls'], crash)
    assert.ok(!existsSync(crash), `no process came to ${point}`)
    assert.equal(existsSync(join(home, NEW)), point === 'convert-renamed')
    assert.deepEqual(readFileSync(join(home, OLD)), original, 'the original was changed')
    assert.equal(hms(home, ['account', 'ls']).code, 0)
    assert.deepEqual(await settingsOf(home, NEW), SETTINGS)
    assert.equal(meta(home, NEW)['installation'], identityOf(home).installation)
    assert.deepEqual(readFileSync(join(home, OLD)), original)
    const left = readdirSync(home).filter((name) => name.includes('.new'))
    assert.deepEqual(left, [])
  }
})

test('the way back carries every row, and what the older program then changes is taken over again', async () => {
  const points: readonly (CrashPoint | null)[] = [null, 'convert-copied', 'convert-checked', 'convert-renamed']
  for (const point of points) {
    using place = unpacked()
    const { home, crash } = place
    assert.equal(hms(home, ['account', 'add', 'Made by the newer']).code, 0)
    const { installation } = identityOf(home)
    const rows = await settingsOf(home, NEW)
    // A worker that is about to end still has it open.
    using worker = new DatabaseSync(join(home, NEW))
    worker.prepare('SELECT count(*) FROM item').get()
    if (point !== null) writeFileSync(crash, point)
    child(['revert', home, '1'], crash)
    if (point === null) assert.ok(!existsSync(join(home, NEW)))
    else assert.ok(!existsSync(crash) && existsSync(join(home, NEW)), `no process came to ${point}`)
    if (point !== null && point !== 'convert-renamed') assert.equal(child(['revert', home, '1']), 0)
    assert.ok(Number(worker.prepare('SELECT count(*) AS n FROM item').get()?.['n']) > 0)
    worker.close()
    assert.deepEqual(await settingsOf(home, OLD), rows)
    assert.deepEqual(Object.keys(meta(home, OLD)), ['one', 'version', 'epoch'])
    {
      // What the older program does: every change raises the version.
      using database = new DatabaseSync(join(home, OLD))
      database.exec(`UPDATE meta SET version = version + 1; DELETE FROM item WHERE kind = 'relay'`)
    }
    assert.equal(hms(home, ['relay', 'ls']).out.includes('192.0.2.0'), false, `the older program's change is lost after ${point}`)
    assert.deepEqual((await settingsOf(home, NEW)).item.length, rows.item.length - 2)
    assert.equal(meta(home, NEW)['installation'], installation, 'another installation after the way there and back')
  }
})

test('what both programs changed is told; the newer one counts', () => {
  using place = unpacked()
  const { home } = place
  assert.equal(hms(home, ['account', 'add', 'Made by the newer']).code, 0)
  {
    using database = new DatabaseSync(join(home, OLD))
    database.exec(`UPDATE meta SET version = version + 1`)
  }
  assert.ok(hms(home, ['account', 'ls']).out.includes('Made by the newer'))
  assert.match(hms(home, ['doctor']).out, /older release changed its settings/)
})

test('a newer format is refused in one sentence with an exit code of its own, whatever store has it', () => {
  const stores = ['master.v3.db', 'spool/1.db', 'events/desk.db', 'events/2026-11-22.db', 'journal'] as const
  for (const store of stores) {
    using place = unpacked()
    const { home } = place
    if (store === 'journal') {
      execFileSync('mkdir', [join(home, 'journal')])
      writeFileSync(join(home, 'journal/20990101T000000Z-1.journal'), '{"format":2}\n')
    } else {
      if (store === 'master.v3.db') cpSync(join(home, OLD), join(home, store))
      using database = new DatabaseSync(join(home, store))
      database.exec('PRAGMA user_version = 9')
    }
    const { code, err } = hms(home, ['start'])
    const { error } = JSON.parse(err) as { error: { code: string; message: string } }
    assert.deepEqual([code, error.code], [79, 'format-newer'], `${store}: ${err}`)
    assert.match(error.message, /^[^.]*\S+ has format \d+, which is newer than this program, which knows formats up to \d+\.$/)
    if (store !== 'master.v3.db') assert.ok(!existsSync(join(home, NEW)), 'it was converted before it was refused')
  }
})

test('originals stay until they are cleaned up, which says what goes', async () => {
  using place = unpacked()
  const { home } = place
  assert.deepEqual(JSON.parse(hms(home, ['cleanup', '--yes']).out), { removed: false, found: [] }, 'the only settings must stay')
  hms(home, ['account', 'ls'])
  const shown = JSON.parse(hms(home, ['cleanup']).out) as { removed: boolean; found: { path: string; size: number }[] }
  assert.deepEqual([shown.removed, shown.found.map(({ path }) => path)], [false, [join(home, OLD)]])
  assert.ok((shown.found[0]?.size ?? 0) >= 24_576)
  assert.ok(existsSync(join(home, OLD)))
  const steps = { startedAt: 1, step: 'switching', backup: null, settings: [1], outcome: null, reason: null, perhaps: [] }
  const upgrade = { format: 1, kind: 'upgrade', from: '0.1.0', to: '0.2.0', root: home, ...steps }
  writeFileSync(join(home, 'upgrade.json'), JSON.stringify(upgrade))
  assert.match(hms(home, ['cleanup', '--yes']).err, /"upgrade-under-way"/)
  assert.ok(existsSync(join(home, OLD)))
  rmSync(join(home, 'upgrade.json'))
  assert.equal((JSON.parse(hms(home, ['cleanup', '--yes']).out) as { removed: boolean }).removed, true)
  assert.ok(!existsSync(join(home, OLD)))
  assert.deepEqual(await settingsOf(home, NEW), SETTINGS)
})

test('a full disk undoes a conversion, and the original is untouched', { skip: process.getuid?.() === 0 ? false : 'needs root' }, () => {
  using place = unpacked()
  const { home } = place
  const small = `${home}-small`
  execFileSync('mkdir', [small])
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small])
  try {
    for (const name of ['config', OLD]) cpSync(join(home, name), join(small, name), { recursive: true })
    execFileSync(
      'mkdir',
      ['run', 'spool', 'events', 'accounts'].map((name) => join(small, name)),
    )
    writeFileSync(join(small, 'ballast'), Buffer.alloc(900_000))
    const { code, err } = hms(small, ['account', 'ls'])
    assert.equal(code, 1)
    assert.match(err, /"code":"no-room"/)
    assert.deepEqual(readFileSync(join(small, OLD)), readFileSync(join(home, OLD)))
    rmSync(join(small, 'ballast'))
  } finally {
    execFileSync('umount', [small])
  }
})

test('a copy of a home does not start and says why, until it is adopted; a home that was moved starts', async () => {
  using place = unpacked()
  const { home } = place
  hms(home, ['account', 'ls'])
  const copy = `${home}-copy`
  cpSync(home, copy, { recursive: true })
  const { code, err } = hms(copy, ['start'])
  assert.equal(code, 78)
  assert.match(err, /"home-copied".* is a copy .*nothing is accepted or delivered.*hms restore --in-place/)
  assert.equal(placeOf(home).preflight?.ok, true)
  const { preflight, doctor } = placeOf(copy)
  assert.equal(preflight?.ok, false)
  assert.match(preflight.found, /is a copy/)
  assert.match(preflight.mend ?? '', /hms restore --in-place/)
  assert.match(doctor, /"name":"identity","state":"fail"/)
  const epoch = meta(copy, NEW)['epoch']
  for (const point of ['adopt-begun', 'adopt-numbered', 'adopt-renewed'] as const) {
    writeFileSync(place.crash, point)
    child(['adopt', copy], place.crash)
    assert.ok(!existsSync(place.crash), `no process came to ${point}`)
    assert.equal(hms(copy, ['start']).code, 78, `half adopted after ${point}`)
  }
  assert.equal(child(['adopt', copy]), 0)
  assert.notEqual(meta(copy, NEW)['epoch'], epoch)
  assert.equal(meta(copy, NEW)['installation'], meta(home, NEW)['installation'])
  {
    await using server = await startServer({ home: copy })
    assert.equal((await server.status()).running, true)
  }
  const moved = `${home}-moved`
  execFileSync('mv', [copy, moved])
  await using server = await startServer({ home: moved })
  assert.equal((await server.status()).running, true)
})

test('a home that is older than its journal does not start; adopted, it gives no number and no id twice', async () => {
  using place = unpacked()
  const { home } = place
  const journal = `${home}-journal`
  const config = { 'journal.folder': journal, 'smtp.plain_auth': 'true' }
  const snapshot = `${home}-snapshot`
  const ids: string[] = []
  const send = async (server: TestServer, count: number): Promise<void> => {
    for (let n = 0; n < count; n++) ids.push((await server.hms<{ message: string }>('send')).message)
    await server.until(({ delivered, accepted }) => delivered + 47 === accepted - 6 && accepted === 203 + ids.length)
  }
  {
    await using server = await startServer({ home, config })
    await send(server, 1)
    // As a snapshot of the disk sees it, while the server runs.
    for (const name of ['spool', 'events', NEW, `${NEW}-wal`]) cpSync(join(home, name), join(snapshot, name), { recursive: true })
    await send(server, 3)
  }
  // As a disk's snapshot that was rolled back would be: the same file on the same machine.
  for (const name of ['spool', 'events', NEW]) rmSync(join(home, name), { recursive: true })
  cpSync(snapshot, home, { recursive: true })
  const environment = { HMS_JOURNAL_FOLDER: journal }
  const { status, stderr } = spawnSync(HMS, ['start', '--home', home], { encoding: 'utf8', env: { ...process.env, ...environment } })
  assert.equal(status, 78)
  assert.match(stderr, /is older than its delivery journal \(the journal knows events of shard \d+ up to \d+, the home up to \d+\)/)
  const { status: adopted } = spawnSync(process.execPath, [CHILD, 'adopt', home], { env: { ...process.env, ...environment } })
  assert.equal(adopted, 0)
  await using server = await startServer({ home, config })
  ids.push((await server.hms<{ message: string }>('send')).message)
  assert.equal(new Set(ids).size, 5)
  const { events } = await server.call('events.find', { limit: 1000, message: ids.at(-1) as never })
  assert.deepEqual(events.map(({ kind }) => kind).toSorted(), ['accepted', 'delivered'])
})

function deleteShard(home: string): void {
  for (const name of readdirSync(join(home, 'spool'))) if (name.startsWith('1')) rmSync(join(home, 'spool', name), { recursive: true })
}

test('a start without a shard that the journal knows says so', async () => {
  using place = unpacked()
  const { home } = place
  {
    await using server = await startServer({ home, workers: 2 })
    await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${server.simulatorPort}` })
    await server.hms('queue', 'retry', '--all', '--yes')
    await server.until(({ queued }) => queued < 47)
  }
  deleteShard(home)
  const { code, err } = hms(home, ['start'])
  assert.equal(code, 78)
  assert.match(err, /older than its delivery journal \(shard 1 is lost\)/)
  assert.match(err, /hms restore BACKUP/)
  assert.match(placeOf(home).preflight?.found ?? '', /shard 1 is lost/)
  // Adopted as it is, it has that shard again; once that is lost as well, nothing has come to the journal meanwhile.
  assert.equal(child(['adopt', home]), 0)
  assert.equal(readdirSync(join(home, 'spool')).includes('1.db'), true)
  deleteShard(home)
  assert.equal(hms(home, ['start']).code, 78)
})
