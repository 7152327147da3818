import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { manifestFor, type Member, membersOf, smallFiles, tarOf, writeArchive } from '../../../testkit/release-archive.ts'
import { Fault } from '../../base/fault.ts'
import { readRelease, unpackRelease } from './archive.ts'
import { currentVersion, installRelease, layoutOf, processesOf, removeVersion, switchTo, versionsIn } from './layout.ts'
import { isSafePath } from './manifest.ts'
import { readTrust, type Trust } from './trust.ts'
import { uninstall } from './uninstall.ts'
import { compareVersions, isVersion } from './version.ts'

const place = mkdtempSync(join(tmpdir(), 'hms-release-'))
after(() => rmSync(place, { recursive: true, force: true }))
const ANYONE: Trust = { keys: [], unsigned: false }
const cannotUnshare = (process.getuid?.() !== 0 || !existsSync('/usr/bin/unshare')) && 'only root with unshare can'
const TOP = membersOf(manifestFor('1.0.0', {}), {})[0]!.name.split('/')[0]!

let count = 0
const path = (): string => join(place, `f${++count}`)

async function archive(version = '1.0.0'): Promise<string> {
  const [file, files] = [`${path()}.tar.gz`, smallFiles(version)]
  await writeArchive(file, membersOf(manifestFor(version, files), files))
  return file
}

/** Refused with the code, and nothing was written. Returns the sentence. */
async function refused(file: string, code: string, trust = ANYONE): Promise<string> {
  const before = readdirSync(place).sort()
  const error: unknown = await installRelease(file, join(place, 'root'), trust).then(
    () => null,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Fault, String(error))
  assert.equal(error.code, code, error.message)
  assert.deepEqual(readdirSync(place).sort(), before)
  return error.message
}

async function refusedMembers(change: (members: Member[]) => readonly Member[], code = 'release-damaged'): Promise<string> {
  const files = smallFiles('1.0.0')
  const file = `${path()}.tar.gz`
  await writeArchive(file, change(membersOf(manifestFor('1.0.0', files), files)))
  return refused(file, code)
}

async function refusedManifest(more: object, code = 'release-damaged'): Promise<string> {
  const files = smallFiles('1.0.0')
  const file = `${path()}.tar.gz`
  await writeArchive(file, membersOf(manifestFor('1.0.0', files, more), files))
  return refused(file, code)
}

test('a release is installed beside others, and current leads to one of them', async () => {
  const root = path()
  const first = await installRelease(await archive('1.0.0'), root, ANYONE)
  assert.equal(first.folder, join(root, 'versions/1.0.0'))
  assert.equal(readFileSync(join(first.folder, 'hms'), 'utf8'), smallFiles('1.0.0')['hms'])
  assert.equal(lstatSync(join(first.folder, 'hms')).mode & 0o777, 0o755)
  assert.equal(lstatSync(join(first.folder, 'dist/cli')).mode & 0o777, 0o755)
  assert.equal(await currentVersion(root), null)
  await switchTo(root, '1.0.0')
  await installRelease(await archive('1.10.0'), root, ANYONE)
  await installRelease(await archive('1.9.0'), root, ANYONE)
  assert.equal(readlinkSync(join(root, 'current')), 'versions/1.0.0')
  await switchTo(root, '1.10.0')
  assert.equal(await currentVersion(root), '1.10.0')
  assert.deepEqual(versionsIn(root), ['1.0.0', '1.9.0', '1.10.0'])
  assert.deepEqual(layoutOf(join(root, 'versions/1.9.0')), { root, version: '1.9.0', versions: ['1.0.0', '1.9.0', '1.10.0'] })
  assert.equal(layoutOf(root), null)
  await assert.rejects(switchTo(root, '1.2.3'), { code: 'no-version' })
  assert.deepEqual(readdirSync(root).sort(), ['current', 'versions'])
})

test('a version that is neither current nor running can be removed alone', async () => {
  const root = path()
  for (const version of ['1.0.0', '1.1.0']) await installRelease(await archive(version), root, ANYONE)
  await switchTo(root, '1.1.0')
  await assert.rejects(removeVersion(root, '1.1.0'), { code: 'version-in-use' })
  await assert.rejects(removeVersion(root, '../1.0.0'), { code: 'no-version' })
  await removeVersion(root, '1.0.0')
  assert.deepEqual(readdirSync(join(root, 'versions')), ['1.1.0'])
})

test('a program in a container does not run here, though its path is the same', { skip: cannotUnshare }, async (t) => {
  const root = path()
  const { folder } = await installRelease(await archive(), root, ANYONE)
  cpSync('/bin/sleep', join(folder, 'sleep'))
  const here = spawn(join(folder, 'sleep'), ['60'])
  t.after(() => here.kill())
  const script = `mount -t tmpfs x ${root} && mkdir -p ${folder} && cp /bin/sleep ${folder} && echo there && exec ${folder}/sleep 60`
  const inside = spawn('unshare', ['-m', 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => inside.kill())
  await once(inside.stdout, 'data')
  while (readlinkSync(`/proc/${inside.pid}/exe`) !== join(folder, 'sleep')) await wait(10)
  while (!processesOf(folder).includes(here.pid ?? 0)) await wait(10)
  assert.deepEqual(processesOf(folder), [here.pid])
})

test('the same release again changes nothing, another build of its version is refused', async () => {
  const root = path()
  const file = await archive()
  assert.equal((await installRelease(file, root, ANYONE)).already, false)
  assert.equal((await installRelease(file, root, ANYONE)).already, true)
  const link = path()
  symlinkSync(file, link)
  const atOnce = path()
  const both = await Promise.all([link, file].map((one) => installRelease(one, atOnce, ANYONE)))
  assert.deepEqual(
    both.map(({ folder }) => folder),
    [1, 2].map(() => join(atOnce, 'versions/1.0.0')),
  )
  const other = `${path()}.tar.gz`
  const files = { ...smallFiles('1.0.0'), extra: 'x' }
  await writeArchive(other, membersOf(manifestFor('1.0.0', files), files))
  await assert.rejects(installRelease(other, root, ANYONE), { code: 'version-taken' })
})

test('an installed version is a release itself, and what a killed install left goes with the next', async () => {
  const [root, copy] = [path(), path()]
  const { folder } = await installRelease(await archive(), root, ANYONE)
  mkdirSync(join(copy, 'versions/.unpacking-999999999/dist'), { recursive: true })
  assert.equal((await installRelease(folder, copy, ANYONE)).already, false)
  assert.deepEqual(readdirSync(join(copy, 'versions')), ['1.0.0'])
  symlinkSync('/etc/passwd', join(folder, 'dist/link'))
  await assert.rejects(readRelease(folder, ANYONE), /dist\/link.*no file/)
})

/** Another distance in a run of zeros is another octet of the same content. */
function unfoldsTo(octets: Buffer, content: Buffer): boolean {
  try {
    return gunzipSync(octets).equals(content)
  } catch {
    return false
  }
}

test('damaged and truncated archives are refused', async () => {
  const whole = readFileSync(await archive())
  const tar = gunzipSync(whole)
  const damagedFile = async (octets: Buffer): Promise<string> => {
    const file = `${path()}.tar.gz`
    writeFileSync(file, octets)
    return refused(file, 'release-damaged')
  }
  for (const length of [0, 1, 100, Math.floor(whole.length / 2), whole.length - 1]) await damagedFile(whole.subarray(0, length))
  for (const length of [512, 1024, 2000, tar.length - 1024 - 512]) await damagedFile(gzipSync(tar.subarray(0, length)))
  for (let at = 20; at < whole.length; at += 97) {
    const changed = Buffer.from(whole)
    changed[at]! ^= 0x20
    if (!unfoldsTo(changed, tar)) await damagedFile(changed)
  }
  await damagedFile(Buffer.from('PK\u0003\u0004 this is a zip'))
  await damagedFile(gzipSync('not a tar at all'.repeat(1000)))
  for (const none of [join(place, 'nowhere.tar.gz'), '/dev/null', place]) await refused(none, 'no-release')
  const half = `${path()}.tar.gz`
  writeFileSync(half, whole.subarray(0, 500))
  await assert.rejects(unpackRelease(half, join(place, 'target'), ANYONE), { code: 'release-damaged' })
  assert.ok(!existsSync(join(place, 'target')))
})

test('an archive that holds more, less or something else than its manifest is refused', async () => {
  assert.match(await refusedMembers((all) => [...all, { name: `${TOP}/evil`, content: 'x' }]), /does not list/)
  assert.match(await refusedMembers((all) => [...all, all.at(-1)!]), /lists once/)
  assert.match(await refusedMembers((all) => all.slice(0, -1)), /is missing/)
  assert.match(await refusedMembers((all) => [all[0]!]), /and more/)
  assert.match(await refusedMembers((all) => all.slice(1)), /does not begin with a manifest/)
  assert.match(await refusedMembers((all) => [...all.slice(0, -1), { ...all.at(-1)!, content: '// nothinG\n'.repeat(1000) }]), /SHA-256/)
  assert.match(await refusedMembers((all) => [...all.slice(0, -1), { ...all.at(-1)!, content: 'x' }]), /not what the manifest says/)
  assert.match(await refusedMembers((all) => all.map((one) => ({ ...one, mode: 0o4755 }))), /not what the manifest says/)
  assert.match(await refusedMembers((all) => all.map((one) => ({ ...one, name: one.name.replace(TOP, 'other') }))), /holds the folder/)
})

test('names that lead elsewhere, links and devices are refused', async () => {
  for (const name of [
    '../evil',
    '../../etc/cron.d/evil',
    `${TOP}/../evil`,
    '/etc/passwd',
    `${TOP}//evil`,
    `${TOP}/./hms`,
    'evil',
    `${TOP}/a\u001b[2J`,
  ]) {
    await refusedMembers((all) => [...all, { name, content: 'x' }])
    await refusedMembers((all) => [{ name, content: 'x' }, ...all])
  }
  for (const type of ['symlink', 'link', 'character-device', 'block-device', 'fifo', 'directory', 'contiguous-file'] as const) {
    await refusedMembers((all) => [...all.slice(0, 2), { name: `${TOP}/dist`, type, linkname: '/etc', mode: 0o777 }, ...all.slice(2)])
    await refusedMembers((all) => [...all.slice(0, -1), { name: all.at(-1)!.name, type, linkname: '../../..' }])
  }
  const long = 'a/'.repeat(200)
  await refusedMembers((all) => [...all, { name: `${TOP}/${long}evil`, content: 'x' }])
  for (const bad of ['', '.', '..', 'a/..', 'a//b', '/a', 'a/', 'a\\b', 'a b', 'a\0', 'é', '-rf', 'x'.repeat(241)])
    assert.equal(isSafePath(bad), false, bad)
  for (const good of ['hms', 'node_modules/@a/b-c/.x/d+e_f.js', '...x'.slice(2)]) assert.equal(isSafePath(good), true, good)
})

test('a manifest that says what none can say is refused', async () => {
  assert.match(await refusedManifest({ product: 'other' }), /not one of hms/)
  for (const version of ['1.0', '../../x', '1.0.0/..', '01.0.0', 5, '1.0.0-']) await refusedManifest({ version })
  for (const files of [{}, [], null, { '../x': {} }, { hms: {} }, { 'manifest.json': {} }]) await refusedManifest({ files })
  const file = { sha256: '0'.repeat(64), size: 1, mode: '644' }
  assert.match(await refusedManifest({ files: { hms: { ...file, size: 2 ** 40 } } }), /usable/)
  assert.match(await refusedManifest({ files: { a: { ...file, size: 2 ** 31 }, b: { ...file, size: 2 ** 31 } } }), /octets/)
  assert.match(await refusedManifest({ files: { a: file, 'a/b': file } }), /as a file and as a folder/)
  for (const more of [{ mode: '777' }, { mode: '4755' }, { size: -1 }, { size: 1.5 }, { sha256: 'x' }]) {
    assert.match(await refusedManifest({ files: { hms: { ...file, ...more } } }), /usable/)
  }
  await refusedManifest({ formats: { settings: { reads: 'all', writes: 1 } } })
  assert.match(await refusedManifest({ arch: process.arch === 'x64' ? 'arm64' : 'x64' }, 'release-foreign'), /this machine is/)
})

test('bombs are refused before they unfold', async () => {
  const files = smallFiles('1.0.0')
  const members = membersOf(manifestFor('1.0.0', files), files)
  const tar = await tarOf(members)
  const bomb = async (octets: Buffer): Promise<void> => {
    const file = `${path()}.tar.gz`
    writeFileSync(file, octets)
    const before = process.memoryUsage().rss
    await refused(file, 'release-damaged')
    assert.ok(process.memoryUsage().rss - before < 100 * 1024 ** 2)
  }
  const zeros = gzipSync(Buffer.alloc(64 * 1024 ** 2))
  const many = Buffer.concat(Array.from({ length: 6 }, () => zeros))
  // 384 MiB of nothing after the end, in the manifest's place, and in one long header.
  await bomb(Buffer.concat([gzipSync(tar), many]))
  await bomb(many)
  await bomb(gzipSync(await tarOf([{ name: `${TOP}/manifest.json`, content: Buffer.alloc(20 * 1024 ** 2, 32) }])))
  await bomb(gzipSync(await tarOf([...members, { name: `${TOP}/more`, content: Buffer.alloc(64 * 1024 ** 2) }])))
  await bomb(gzipSync(await tarOf([{ name: `${TOP}/${'a'.repeat(3_000_000)}`, content: 'x' }, ...members])))
})

/** The checksum of a header, anew. */
function mend(header: Buffer): void {
  const sum = header.reduce((total, octet, i) => total + (i < 148 || i >= 156 ? octet : 32), 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
}

test('whatever stands in a header, the reading ends', async () => {
  const files = smallFiles('1.0.0')
  const tar = await tarOf(membersOf(manifestFor('1.0.0', files), files))
  const headers = Array.from({ length: tar.length / 512 }, (_, i) => i * 512).filter(
    (at) => tar.toString('latin1', at + 257, at + 262) === 'ustar',
  )
  assert.ok(headers.length > 3)
  const file = `${path()}.tar.gz`
  const read = async (change: (header: Buffer) => void, at: number): Promise<string> => {
    const changed = Buffer.from(tar)
    const header = changed.subarray(at, at + 512)
    change(header)
    mend(header)
    writeFileSync(file, gzipSync(changed))
    return readRelease(file, ANYONE).then(
      () => 'taken',
      (error: Fault) => error.code,
    )
  }
  for (const at of headers) {
    // Sizes: none, negative, beyond all bounds, in octal and in 256s.
    for (const size of [
      '',
      '77777777777',
      '-1',
      'x',
      '\xa8\0\0\x01',
      '\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff',
      `${'\xff'.repeat(11)}\x01`,
    ])
      assert.equal(await read((header) => header.fill(0, 124, 136).write(size, 124, 'latin1'), at), 'release-damaged', JSON.stringify(size))
    // Kinds: extended headers, long names, sparse and multi-volume files, what nobody has defined.
    for (const type of 'xgLKSMDV7Zz\xff')
      assert.equal(await read((header) => header.write(type, 156, 'latin1'), at), 'release-damaged', type)
    // Who and when is nobody's concern.
    assert.equal(await read((header) => header.write('0000777', 108), at), 'taken')
  }
})

test('with a placed key only what it signed is taken, unless the person at the shell says otherwise', async () => {
  const [ours, others] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')]
  const folder = path()
  mkdirSync(folder)
  assert.deepEqual(readTrust([folder, join(folder, 'none')], false), ANYONE)
  writeFileSync(join(folder, 'ours.pub'), ours.publicKey.export({ type: 'spki', format: 'pem' }))
  const trust = readTrust([folder], false)
  const files = smallFiles('1.0.0')
  const manifest = manifestFor('1.0.0', files)
  const made = async (members: readonly Member[]): Promise<string> => {
    const file = `${path()}.tar.gz`
    await writeArchive(file, members)
    return file
  }
  const signed = await made(membersOf(manifest, files, ours.privateKey))
  assert.equal((await readRelease(signed, trust)).signedBy, 'ours.pub')
  assert.equal((await readRelease(signed, ANYONE)).signedBy, null)
  const installed = await installRelease(signed, path(), trust)
  assert.equal((await readRelease(installed.folder, trust)).signedBy, 'ours.pub')
  for (const key of [undefined, others.privateKey]) {
    const file = await made(membersOf(manifest, files, key))
    await refused(file, 'release-unsigned', trust)
    assert.equal((await readRelease(file, readTrust([folder], true))).signedBy, null)
  }
  const [head, signature, ...rest] = membersOf(manifest, files, ours.privateKey)
  await refused(await made([head!, { ...signature!, name: 'other/manifest.sig' }, ...rest]), 'release-damaged', trust)
  const changed = { ...head!, content: String(head!.content).replace('"pluginApi":0', '"pluginApi":1') }
  await refused(await made([changed, signature!, ...rest]), 'release-unsigned', trust)
  await refused(await made([head!, { ...signature!, content: 'x'.repeat(5000) }, ...rest]), 'release-damaged', trust)
  // Whoever can write to the home adds none to those of the machine.
  const home = path()
  mkdirSync(home)
  writeFileSync(join(home, 'theirs.pub'), others.publicKey.export({ type: 'spki', format: 'pem' }))
  const theirs = await made(membersOf(manifest, files, others.privateKey))
  assert.equal((await readRelease(theirs, readTrust([join(folder, 'none'), home], false))).signedBy, 'theirs.pub')
  await refused(theirs, 'release-unsigned', readTrust([folder, home], false))
  writeFileSync(join(folder, 'bad.pub'), 'no key')
  assert.throws(() => readTrust([folder], true), { code: 'key-unusable' })
})

test('what cannot be written is told, and nothing is left', async () => {
  const file = await archive()
  const root = path()
  writeFileSync(root, '')
  await assert.rejects(installRelease(file, root, ANYONE), { code: 'root-unusable' })
  assert.ok(!existsSync(join(root, 'versions')))
})

test('what is uninstalled is gone with what leads to it, and nothing else', async () => {
  const [root, system] = [path(), path()]
  mkdirSync(system)
  const files = { unit: join(system, 'hms.service'), enabled: join(system, 'enabled'), command: join(system, 'hms') }
  await assert.rejects(uninstall(root, files), { code: 'no-version' })
  await installRelease(await archive(), root, ANYONE)
  await switchTo(root, '1.0.0')
  writeFileSync(files.unit, `ExecStart=${root}/current/hms start\n`)
  symlinkSync(files.unit, files.enabled)
  symlinkSync('/elsewhere/hms', files.command)
  writeFileSync(join(root, 'mine'), '')
  // A process that runs from there, whatever started it.
  cpSync(process.execPath, join(root, 'versions/1.0.0/node'))
  const running = spawn(join(root, 'versions/1.0.0/node'), ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
  await once(running, 'spawn')
  await assert.rejects(uninstall(root, files), { code: 'program-running' })
  running.kill('SIGKILL')
  await once(running, 'exit')
  assert.deepEqual(await uninstall(root, files), [files.enabled, files.unit, join(root, 'current'), join(root, 'versions')])
  assert.deepEqual(readdirSync(root), ['mine'])
  assert.deepEqual(readdirSync(system), ['hms'])
})

test('versions have the order of semver.org', () => {
  const order = [
    '0.9.0',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.2.0',
    '1.10.0',
    '2.0.0',
  ]
  for (const [i, a] of order.entries()) {
    assert.ok(isVersion(a), a)
    for (const [j, b] of order.entries()) assert.equal(Math.sign(compareVersions(a, b)), Math.sign(i - j), `${a} ${b}`)
  }
  for (const bad of ['1', '1.0', 'v1.0.0', '1.0.0+x', '1.0.0-', '1.0.0-a..b', '01.0.0', '1.0.0 ', ''])
    assert.equal(isVersion(bad), false, bad)
})
