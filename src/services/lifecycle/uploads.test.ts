// Releases that are sent in pieces: what is taken, what is refused and removed, and what a power cut, a restart and time make of them.
import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { configWith } from '../../../testkit/engine-home.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { manifestFor, membersOf, smallFiles, writeArchive } from '../../../testkit/release-archive.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { Uploads } from './uploads.ts'

const HOUR = 3_600_000
const CONFIG = { 'spool.low_water': 0, 'spool.low_water_percent': 0 }

const keys = generateKeyPairSync('ed25519')
const others = generateKeyPairSync('ed25519')
const sha256 = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex')

function house(config: object = CONFIG) {
  const folder = temporaryFolder()
  const home = folder.path
  mkdirSync(join(home, 'config/keys'), { recursive: true })
  writeFileSync(join(home, 'config/keys/maker.pub'), keys.publicKey.export({ type: 'spki', format: 'pem' }))
  const clock = new FakeClock()
  const open = (): Uploads => new Uploads({ home, config: configWith(config), clock })
  const place = (id: number): string => join(home, 'lifecycle/uploads', String(id))
  return { home, clock, open, place, [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

async function release(home: string, key?: KeyObject, version = '1.1.0'): Promise<Buffer> {
  const file = join(home, 'made.tar.gz')
  const files = { ...smallFiles(version), 'dist/random': randomBytes(30_000).toString('base64') }
  await writeArchive(file, membersOf(manifestFor(version, files), files, key))
  return readFileSync(file)
}

async function send(uploads: Uploads, octets: Buffer, told = octets.length, hash = sha256(octets)) {
  const { id } = await uploads.begin({ size: told, sha256: hash, by: 'ann' })
  const step = Math.ceil(octets.length / 3)
  let last
  for (let from = 0; from < octets.length; from += step) last = await uploads.add(id, from, octets.subarray(from, from + step))
  return { id, last }
}

test('a signed release comes in pieces and is whole with the last one; it goes on after a restart and a power cut', async () => {
  using at = house()
  const octets = await release(at.home, keys.privateKey)
  const { id } = await at.open().begin({ size: octets.length, sha256: sha256(octets), by: 'ann' })
  await at.open().add(id, 0, octets.subarray(0, 10_000))
  // What was under way when the power went: beyond what is known to be on the disk.
  appendFileSync(join(at.place(id), 'release.tar.gz'), Buffer.alloc(5000, 'x'))
  const uploads = at.open()
  assert.throws(() => uploads.whole(id), { code: 'upload-incomplete' })
  assert.deepEqual(
    uploads.list().map(({ received, release: of }) => [received, of]),
    [[10_000, null]],
  )
  const rest = octets.subarray(10_000)
  await assert.rejects(uploads.add(id, 0, rest), { code: 'upload-elsewhere' })
  await assert.rejects(uploads.add(id, 15_000, rest), { code: 'upload-elsewhere' })
  const whole = await uploads.add(id, 10_000, rest)
  assert.deepEqual([whole.received, whole.release], [octets.length, { version: '1.1.0', signedBy: 'maker.pub' }])
  const { file, version } = uploads.whole(id)
  assert.equal(version, '1.1.0')
  assert.ok(readFileSync(file).equals(octets))
  await assert.rejects(uploads.add(id, octets.length, Buffer.from('more')), { code: 'upload-elsewhere' })
})

test('what is not what was told, or not signed by a placed key, is refused and removed', async () => {
  using at = house()
  const uploads = at.open()
  const good = await release(at.home, keys.privateKey)
  await assert.rejects(send(uploads, good, good.length - 1), { code: 'upload-elsewhere' })
  for (const { id } of uploads.list()) assert.equal(await uploads.remove(id), true)
  await assert.rejects(send(uploads, good, good.length, 'ab'.repeat(32)), { code: 'upload-damaged' })
  const unsigned = await release(at.home)
  await assert.rejects(send(uploads, unsigned), { code: 'release-unsigned' })
  const foreign = await release(at.home, others.privateKey)
  await assert.rejects(send(uploads, foreign), { code: 'release-unsigned' })
  const noise = randomBytes(50_000)
  await assert.rejects(send(uploads, noise), { code: 'release-damaged' })
  assert.deepEqual(uploads.list(), [])
  assert.deepEqual(readdirSync(join(at.home, 'lifecycle/uploads')), [])

  writeFileSync(join(at.home, 'config/keys/maker.pub'), '')
  await assert.rejects(uploads.begin({ size: 1, sha256: sha256(good), by: 'ann' }), { code: 'key-unusable' })
  using without = house()
  truncateSync(join(without.home, 'config/keys/maker.pub'))
  using nobody = temporaryFolder()
  const none = new Uploads({ home: nobody.path, config: configWith(CONFIG), clock: new FakeClock() })
  await assert.rejects(none.begin({ size: 1, sha256: sha256(good), by: 'ann' }), { code: 'release-unsigned' })
})

test('there are three at most, room is left for mail, two pieces at once are one after the other, and time ends them', async () => {
  using at = house()
  const uploads = at.open()
  const octets = await release(at.home, keys.privateKey)
  const { id: whole } = await send(uploads, octets)
  const ids = await Promise.all([1, 2].map(() => uploads.begin({ size: 10, sha256: sha256(octets), by: 'ann' }).then(({ id }) => id)))
  assert.equal(new Set([whole, ...ids]).size, 3)
  await assert.rejects(uploads.begin({ size: 10, sha256: sha256(octets), by: 'ann' }), { code: 'too-many-uploads' })
  const [first = 0] = ids
  const both = await Promise.allSettled([1, 2].map(() => uploads.add(first, 0, Buffer.from('abcde'))))
  assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  at.clock.pass(25 * HOUR)
  assert.deepEqual(
    uploads.list().map(({ id }) => id),
    [whole],
  )
  await assert.rejects(uploads.add(first, 5, Buffer.from('fghij')), { code: 'no-upload' })
  at.clock.pass(7 * 24 * HOUR)
  assert.throws(() => uploads.whole(whole), { code: 'no-upload' })
  assert.deepEqual(uploads.list(), [])
  assert.ok(!existsSync(at.place(whole)))

  using full = house({ 'spool.low_water': 2 ** 60 })
  await assert.rejects(full.open().begin({ size: 1, sha256: sha256(octets), by: 'ann' }), { code: 'disk-full' })
})
