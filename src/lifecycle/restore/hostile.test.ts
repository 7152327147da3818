// Archives that somebody made to do harm, and records that somebody edited: each is refused in a sentence, and what is there stays as it is.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { Fault } from '../../base/fault.ts'
import { sample, spoolIn } from '../../../testkit/spool-samples.ts'
import { ZipWriter } from '../backup/zip-writer.ts'
import { initHome } from '../home.ts'
import { readUpgrade } from '../upgrade/record.ts'
import { type RestoreOptions, type RestoreReport, restoreHome, settleRestore } from './restore.ts'

const place = mkdtempSync(join(tmpdir(), 'hms-hostile-'))
after(() => rmSync(place, { recursive: true }))

let count = 0
const path = (): string => join(place, `p${++count}`)
async function newHome(): Promise<string> {
  const home = path()
  await initHome(home, {})
  return home
}

type Content = Readonly<Record<string, Buffer | string | null>>
async function* once(octets: Buffer | string): AsyncGenerator<Uint8Array> {
  if (octets.length > 0) yield Buffer.from(octets)
}

/** A plain zip of a home, with `change` in it; null: left out. */
async function zipOf(home: string, change: Content): Promise<string> {
  const file = `${path()}.zip`
  const files = new Map<string, Buffer | string | null>()
  for (const entry of readdirSync(home, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const name = relative(home, join(entry.parentPath, entry.name))
    if (!name.startsWith('run/')) files.set(name, readFileSync(join(home, name)))
  }
  for (const [name, octets] of Object.entries(change)) files.set(name, octets)
  await using zip = await ZipWriter.open(file, { at: 1, passphrase: null })
  for (const [name, octets] of files) if (octets !== null) await zip.add({ path: name, octets: once(octets) })
  await zip.finish(() => undefined)
  return file
}

function restore(home: string, source: string, more: Partial<RestoreOptions> = {}): Promise<RestoreReport> {
  const given = {
    passphrase: undefined,
    dryRun: false,
    inUse: false,
    uncertain: 'hold',
    settings: null,
    forget: false,
    moved: false,
  } as const
  const rest = {
    messages: new Set<never>(),
    journal: null,
    environment: {},
    by: 'test',
    progress: Object.assign(() => undefined, { stage: () => undefined }),
  }
  return restoreHome({ home, source, ...given, ...rest, ...more })
}

/** Refused with the code, by a trial and in earnest, and nothing is there that was not before. */
async function refused(source: string, code: string, home = path()): Promise<void> {
  const before = filesIn(home)
  for (const dryRun of [true, false])
    await assert.rejects(restore(home, source, { dryRun }), (error) => {
      assert.ok(error instanceof Fault, String(error))
      assert.equal(error.code, code, error.message)
      return true
    })
  assert.deepEqual(filesIn(home), before)
}

function filesIn(home: string): string[] {
  if (!existsSync(home)) return []
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map((entry) => join(entry.parentPath, entry.name)).toSorted()
}

const HMS_KEY = { 'config/hms.key': null } as const

test('an archive chooses no file outside of the home for its key', async () => {
  const outside = join(path(), 'cron.d/job')
  const config = `secrets.key_file: ${outside}\n`
  const octets = '* * * * * root sh /tmp/anything\n'
  assert.equal(octets.length, 32)
  const file = await zipOf(await newHome(), { ...HMS_KEY, 'config/hms.yaml': config, 'hms.key': octets })
  await refused(file, 'restore-key-outside')
  assert.ok(!existsSync(outside))
  const target = path()
  const round = await zipOf(await newHome(), {
    ...HMS_KEY,
    'config/hms.yaml': `secrets.key_file: ${target}/../out/job\n`,
    'hms.key': octets,
  })
  await refused(round, 'restore-key-outside', target)
  assert.ok(!existsSync(join(target, '../out')))
  // Where the owner names the place, or has put the key there, it is taken.
  await restore(path(), file, { environment: { HMS_SECRETS_KEY_FILE: outside } })
  assert.equal(readFileSync(outside, 'latin1'), octets)
  await restore(path(), file)
})

test('what is no key is not taken for one', async () => {
  const home = await newHome()
  for (const octets of ['', 'x', 'x'.repeat(33), 'x'.repeat(100_000)]) {
    await refused(await zipOf(home, { ...HMS_KEY, 'hms.key': octets }), 'backup-damaged')
    await refused(await zipOf(home, { 'config/hms.key': octets }), 'backup-damaged')
  }
})

test('whose releases a living home takes is not for an archive to say; an empty one gets its keys back', async () => {
  const home = await newHome()
  const file = await zipOf(home, { 'config/keys/ours.pub': 'a key', 'config/more.txt': 'text' })
  await restore(home, file)
  assert.deepEqual([existsSync(join(home, 'config/keys')), existsSync(join(home, 'config/more.txt'))], [false, true])
  await restore(home, file, { settings: 'backup' })
  assert.ok(!existsSync(join(home, 'config/keys')))
  const empty = path()
  await restore(empty, file)
  assert.equal(readFileSync(join(empty, 'config/keys/ours.pub'), 'utf8'), 'a key')
})

test('databases that are none, or bring SQL or ids of their own, are refused', async () => {
  const home = await newHome()
  const shard = join(home, 'spool')
  {
    await using spool = await spoolIn(shard)
    await spool.append(sample(spool.reserve()))
  }
  const changed = async (name: string, sql: string): Promise<string> => {
    const copy = path()
    writeFileSync(copy, readFileSync(join(home, name)))
    {
      using database = new DatabaseSync(copy)
      database.exec(`PRAGMA journal_mode = DELETE; ${sql}`)
    }
    return zipOf(home, { [name]: readFileSync(copy) })
  }
  const again = 'CREATE TRIGGER again AFTER DELETE ON recipient BEGIN INSERT INTO recipient SELECT * FROM recipient LIMIT 1; END'
  await refused(await changed('spool/0.db', again), 'backup-damaged')
  await refused(
    await changed('spool/0.db', 'ALTER TABLE epoch RENAME TO hidden; CREATE VIEW epoch AS SELECT * FROM hidden'),
    'backup-damaged',
  )
  await refused(await changed('spool/0.db', "UPDATE epoch SET epoch = '../../../../tmp/'"), 'backup-damaged')
  for (const extra of ['{', '1', 'null', '[]'])
    await refused(await changed('spool/0.db', `UPDATE message SET extra = '${extra}'`), 'backup-damaged')
  await refused(await changed('master.v2.db', 'CREATE TRIGGER t AFTER INSERT ON item BEGIN DELETE FROM audit; END'), 'backup-damaged')
  await refused(await zipOf(home, { 'spool/0.db': 'no database at all'.repeat(1000) }), 'backup-damaged')
  await refused(await zipOf(home, { 'master.v2.db': 'no database at all'.repeat(1000) }), 'backup-damaged')
  await refused(await zipOf(home, { 'spool/0.db': readFileSync(join(home, 'spool/0.db')).subarray(0, 5000) }), 'backup-damaged')
})

test('names that no home has are refused: shards beyond all bounds or twice, a file that is a folder, one that is too long', async () => {
  const home = await newHome()
  for (const name of ['spool/01.db', 'spool/1024.db', 'spool/9999.bodies', 'spool/00/0123456789abcdef'])
    await refused(await zipOf(home, { [name]: 'x' }), 'backup-damaged')
  await refused(await zipOf(home, { 'config/a': 'x', 'config/a/b': 'y' }), 'backup-damaged')
  await refused(await zipOf(home, { [`config/${'x'.repeat(300)}`]: 'y' }), 'backup-damaged')
})

test('a snapshot whose bodies were cut off keeps the messages, and says that their bodies are missing', async () => {
  const home = await newHome()
  const snapshot = path()
  let ids: readonly string[]
  {
    await using spool = await spoolIn(join(home, 'spool'))
    const all = Array.from({ length: 6 }, () => spool.reserve())
    await Promise.all(all.map((id) => spool.append(sample(id, { body: Buffer.alloc(40_000, 'a') }))))
    ids = all
  }
  mkdirSync(snapshot)
  const copied = ['master.v2.db', 'spool/0.db', 'spool/0.bodies', 'config/hms.yaml', 'config/hms.key']
  for (const name of copied) {
    mkdirSync(join(snapshot, name, '..'), { recursive: true })
    writeFileSync(join(snapshot, name), readFileSync(join(home, name)))
  }
  truncateSync(join(snapshot, 'spool/0.bodies'), 3 * 65_536)
  const target = path()
  const { restored, uncertain } = await restore(target, snapshot, { uncertain: 'send' })
  assert.equal(restored + uncertain, 6)
  await using spool = await spoolIn(join(target, 'spool'))
  const bodies = await Promise.allSettled(ids.map((id) => spool.body(id as never)))
  assert.deepEqual(bodies.map((one) => (one.status === 'fulfilled' ? 'there' : (one.reason as Fault).code)).toSorted(), [
    'body-missing',
    'body-missing',
    'body-missing',
    'there',
    'there',
    'there',
  ])
})

test('a record of a restore or an upgrade that somebody edited is told, and nothing is done', async () => {
  const home = await newHome()
  const before = filesIn(home)
  const moves = (from: unknown, to: unknown): string => JSON.stringify({ step: 'swapping', moves: [{ from, to }] })
  writeFileSync(join(place, 'victim'), 'x')
  for (const text of ['', '{', 'null', '[]', '{}', '{"step":"done"}', '{"step":"swapping"}', moves('../victim', 'stolen'), moves('a', 5)]) {
    writeFileSync(join(home, 'restore.json'), text)
    await assert.rejects(settleRestore(home, {}, 'test'), { code: 'restore-record' }, text)
    rmSync(join(home, 'restore.json'))
    assert.deepEqual(filesIn(home), before)
  }
  const record = { format: 1, kind: 'upgrade', from: '1.0.0', to: '1.1.0', root: '/opt/hms', startedAt: 1, step: 'trying', backup: null }
  const whole = { ...record, settings: [2], outcome: null, reason: null, perhaps: [] }
  writeFileSync(join(home, 'upgrade.json'), JSON.stringify(whole))
  assert.equal(readUpgrade(home)?.step, 'trying')
  for (const change of [
    { step: 'sleeping' },
    { outcome: undefined },
    { settings: 2 },
    { root: null },
    { kind: 'x' },
    { perhaps: null },
    { format: 2 },
  ]) {
    writeFileSync(join(home, 'upgrade.json'), JSON.stringify({ ...whole, ...change }))
    assert.throws(() => readUpgrade(home), { code: 'upgrade-record' }, JSON.stringify(change))
  }
  for (const text of ['', 'null', '[]', '5']) {
    writeFileSync(join(home, 'upgrade.json'), text)
    assert.throws(() => readUpgrade(home), { code: 'upgrade-record' }, text)
  }
})
