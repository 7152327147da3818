import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Fault } from '../../base/fault.ts'
import { openBackup, verifyBackup } from './archive.ts'
import { type BackupManifest, isCanonical } from './manifest.ts'
import { newName, type ZipSource, ZipWriter } from './zip-writer.ts'

const folder = mkdtempSync(join(tmpdir(), 'hms-archive-'))
after(() => rmSync(folder, { recursive: true }))

const TEXT = 'a queue of mail\n'.repeat(20_000)
const CONTENT: Readonly<Record<string, string>> = { 'config/hms.yaml': 'workers: 2\n', 'spool/0.bin': TEXT, empty: '' }

async function* once(text: string): AsyncGenerator<Uint8Array> {
  if (text !== '') yield Buffer.from(text)
}

const source = (path: string, text: string): ZipSource => ({ path, octets: once(text) })

let made = 0
/** A backup of CONTENT, its manifest changed by `change`. */
async function backup(
  change: Partial<BackupManifest> = {},
  passphrase: string | null = null,
  more: readonly ZipSource[] = [],
): Promise<string> {
  const file = join(folder, `${++made}.zip`)
  await using zip = await ZipWriter.open(file, { at: Date.UTC(2026, 10, 22), passphrase })
  const files = []
  for (const [path, text] of Object.entries(CONTENT)) files.push(await zip.add(source(path, text)))
  const manifest: BackupManifest = {
    format: 1,
    product: 'hms',
    version: '0.1.0',
    installation: null,
    epoch: 'abcdef',
    at: 1,
    formats: {},
    shards: [],
    messages: true,
    logs: true,
    keyIncluded: false,
    files,
    ...change,
  }
  for (const one of more) await zip.add(one)
  await zip.add(source('backup.json', JSON.stringify(manifest)))
  await zip.finish(() => {})
  return file
}

async function readAll(file: string, passphrase?: string): Promise<Record<string, string>> {
  await using archive = await openBackup(file, passphrase)
  const texts: Record<string, string> = {}
  for (const { path } of archive.manifest.files) {
    const chunks: Uint8Array[] = []
    for await (const chunk of archive.read(path)) chunks.push(chunk)
    texts[path] = Buffer.concat(chunks).toString()
  }
  return texts
}

/** Refused with a sentence of this code, and nothing was written. */
async function refused(file: string, code: string, words: RegExp, passphrase?: string): Promise<void> {
  const before = readdirSync(folder)
  const trial = async (): Promise<void> => {
    await using archive = await openBackup(file, passphrase)
    await verifyBackup(archive, () => {})
  }
  await assert.rejects(trial, (error) => {
    assert.ok(error instanceof Fault, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, words)
    return true
  })
  assert.deepEqual(readdirSync(folder), before)
}

function patched(file: string, patch: (octets: Buffer) => void): string {
  const octets = readFileSync(file)
  patch(octets)
  const changed = join(folder, `${++made}.zip`)
  writeFileSync(changed, octets)
  return changed
}

function renamed(octets: Buffer, from: string, to: string): void {
  assert.equal(from.length, to.length)
  let found = 0
  for (let at = octets.indexOf(from); at !== -1; at = octets.indexOf(from, at + 1)) found += octets.write(to, at, 'latin1')
  assert.ok(found > 0)
}

test('what was written is read back, plain and sealed', async () => {
  assert.deepEqual(await readAll(await backup()), CONTENT)
  const sealed = await backup({}, 'correct horse')
  assert.deepEqual(await readAll(sealed, 'correct horse'), CONTENT)
  assert.ok(!readFileSync(sealed).includes('hms.yaml'), 'not even names can be read')
  await using archive = await openBackup(sealed, 'correct horse')
  let last = 0
  await verifyBackup(archive, (done, total) => {
    assert.ok(done >= last && done <= total)
    last = done
  })
  assert.equal(last, TEXT.length + 11)
})

test('an archive that is not finished leaves nothing', async () => {
  const file = join(folder, 'unfinished.zip')
  {
    await using zip = await ZipWriter.open(file, { at: 1, passphrase: null })
    await zip.add(source('a', TEXT))
    assert.ok(statSync(newName(file)).isFile())
  }
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('unfinished')),
    [],
  )
})

test('a source that fails fails the archive', async () => {
  await using zip = await ZipWriter.open(join(folder, 'failing.zip'), { at: 1, passphrase: null })
  // oxlint-disable-next-line require-yield -- it fails before its first octet
  const failing = (async function* (): AsyncGenerator<Uint8Array> {
    throw new Error('the disk failed')
  })()
  await assert.rejects(zip.add({ path: 'a', octets: failing }), /the disk failed/)
})

test('a passphrase is needed, and it must be the right one', async () => {
  const sealed = await backup({}, 'correct horse')
  await refused(sealed, 'passphrase-needed', /encrypted/)
  await refused(sealed, 'wrong-passphrase', /passphrase/, 'wrong horse')
})

test('a sealed backup that was cut or changed anywhere is refused', async () => {
  const sealed = await backup({}, 'correct horse')
  for (const keep of [0.2, 0.99]) {
    const cut = patched(sealed, () => {})
    truncateSync(cut, Math.floor(statSync(cut).size * keep))
    await assert.rejects(openBackup(cut, 'correct horse'), Fault)
  }
  const { length } = readFileSync(sealed)
  await assert.rejects(
    openBackup(
      patched(sealed, (octets) => octets.writeUInt8(octets[length - 40]! ^ 1, length - 40)),
      'correct horse',
    ),
    Fault,
  )
})

test('what was cut, changed or is no backup at all is refused in a sentence', async () => {
  const whole = await backup()
  await refused(join(folder, 'nowhere.zip'), 'no-backup', /no file/)
  for (const keep of [0, 10, 500, statSync(whole).size - 30]) {
    const cut = patched(whole, () => {})
    truncateSync(cut, keep)
    await refused(cut, 'backup-damaged', /cannot be used as a backup/)
  }
  const noise = join(folder, 'noise.zip')
  writeFileSync(noise, createHash('sha512').update('noise').digest())
  await refused(noise, 'backup-damaged', /no whole zip/)
  // An octet of a packed body: the hash tells, or the packing itself.
  const at = readFileSync(whole).indexOf('spool/0.bin') + 60
  await refused(
    patched(whole, (octets) => octets.writeUInt8(octets[at]! ^ 0x10, at)),
    'backup-damaged',
    /./,
  )
})

test('names that lead elsewhere are refused', async () => {
  for (const name of ['../../x/y/z.yaml', '/etc/x/hms.yaml', 'config//hms.yaml', 'config/../x.yam', 'config\\hms.yaml']) {
    const whole = await backup()
    const to = name.slice(0, 'config/hms.yaml'.length).padEnd('config/hms.yaml'.length, 'x')
    await refused(
      patched(whole, (octets) => renamed(octets, 'config/hms.yaml', to)),
      'backup-damaged',
      /./,
    )
  }
  for (const bad of ['', '.', '..', 'a/..', '../a', '/a', 'a//b', 'a/', 'a\\b', 'a\nb', 'a\u0000']) assert.ok(!isCanonical(bad), bad)
  for (const good of ['a', 'a/b.c', '..a', 'a..b/c']) assert.ok(isCanonical(good), good)
})

test('a link is refused', async () => {
  const whole = await backup()
  const link = patched(whole, (octets) => {
    const central = octets.lastIndexOf('config/hms.yaml')
    octets.writeUInt32LE((0o120777 << 16) >>> 0, central - 46 + 38)
  })
  await refused(link, 'backup-damaged', /config\/hms.yaml is a link/)
})

test('entries and manifest have to be of one mind', async () => {
  const other = { path: 'other', size: 1, sha256: '0'.repeat(64) }
  await refused(await backup({ files: [other] }), 'backup-damaged', /other is missing/)
  await refused(await backup({ files: [] }), 'backup-damaged', /knows nothing/)
  await refused(await backup({}, null, [source('more', 'x')]), 'backup-damaged', /holds more, of which/)
  await using good = await openBackup(await backup())
  const { files } = good.manifest
  const wrong = files.map((one) => Object.assign({}, one, { sha256: '0'.repeat(64) }))
  await refused(await backup({ files: wrong }), 'backup-damaged', /was changed/)
  await refused(await backup({ files: [...files, files[0]!] }), 'backup-damaged', /twice/)
  await refused(await backup({ files: files.map((one) => Object.assign({}, one, { size: one.size + 1 })) }), 'backup-damaged', /instead of/)
  await refused(await backup({ files: [{ path: 'a', size: -1, sha256: '' }] }), 'backup-damaged', /does not hold what it should/)
  await refused(await backup({ format: 9 as never }), 'backup-newer', /format 9/)
  await refused(await backup({ product: 'other' as never }), 'backup-damaged', /no backup of hms/)
})

test('an entry that unpacks to more than it says is refused before that is written or kept', async () => {
  const size = 1000
  await using good = await openBackup(await backup())
  const files = good.manifest.files.map((one) => (one.path === 'spool/0.bin' ? Object.assign({}, one, { size }) : one))
  const lying = patched(await backup({ files }), (octets) => {
    // Zip64: the sizes of the central directory are in its extra field.
    const declared = Buffer.alloc(8)
    declared.writeBigUInt64LE(BigInt(TEXT.length))
    const at = octets.indexOf(declared, octets.lastIndexOf('spool/0.bin'))
    assert.ok(at > 0)
    octets.writeBigUInt64LE(BigInt(size), at)
  })
  await using archive = await openBackup(lying)
  let given = 0
  await assert.rejects(async () => {
    for await (const chunk of archive.read('spool/0.bin')) given += chunk.length
  }, Fault)
  assert.ok(given <= size, `${given} octets were given`)
})
