import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Config } from '../../contract/options.ts'
import { manifestFor, membersOf, OF_THIS_MACHINE, smallFiles, writeArchive } from '../../../testkit/release-archive.ts'
import { checkConfig } from '../config.ts'
import { initHome } from '../home.ts'
import { masterFile } from '../home-files.ts'
import type { PreflightCheck } from './check.ts'
import { type BarrierFacts, checkBarrier, checkSpace, lookAtBarrier, mountOf, parseMounts, sizeOf } from './disk.ts'
import { checkClock, checkDescriptors, checkMemory, checkPlatform, lookAtMachine, type Machine } from './machine.ts'
import { checkPorts } from './network.ts'
import { preflight } from './preflight.ts'
import { isAtLeast, SYSTEMS, systemRow } from './requirements.ts'

// As the `hms` command has it.
process.umask(0o077)
const place = mkdtempSync(join(tmpdir(), 'hms-preflight-'))
after(() => rmSync(place, { recursive: true, force: true }))

function config(text = ''): Config {
  const reading = checkConfig(text, {})
  assert.ok(reading.ok)
  return reading.config
}

const GIB = 2 ** 30
const MACHINE: Machine = {
  platform: 'linux',
  arch: 'x64',
  kernel: '6.1.0-13-amd64',
  glibc: '2.36',
  system: { id: 'debian', version: '12', name: 'Debian GNU/Linux 12 (bookworm)' },
  cores: 4,
  memory: { total: 4 * GIB, free: GIB, limit: undefined },
  descriptors: { soft: 1024, hard: 1_048_576, systemd: false },
  clock: { now: Date.parse('2026-12-01T00:00:00Z'), keeper: undefined, synchronized: true },
}
const machine = (over: Partial<Machine>): Machine => ({ ...MACHINE, ...over })
const system = (id: string, version: string): Partial<Machine> => ({ system: { id, version, name: `${id} ${version}` } })

test('a system that was tested has nothing to mend, one that was not is told so, one that cannot work stops it', () => {
  assert.deepEqual(checkPlatform(MACHINE), {
    check: 'platform',
    ok: true,
    found: 'Debian GNU/Linux 12 (bookworm), x64, kernel 6.1.0-13-amd64, glibc 2.36 (tested)',
    needed: 'Linux on x64 or arm64, kernel 4.18 and glibc 2.28 or newer',
    mend: null,
  })
  for (const other of [system('ubuntu', '24.04'), system('gentoo', ''), { arch: 'arm64' }]) {
    const { ok, found, mend } = checkPlatform(machine(other))
    assert.ok(ok)
    assert.match(found, /\(not tested\)$/)
    assert.match(mend ?? '', /Debian 12/)
  }
  const refused: [Partial<Machine>, RegExp][] = [
    [{ platform: 'win32' }, /Windows: not supported/],
    [{ platform: 'darwin' }, /macOS/],
    [{ ...system('alpine', '3.20'), glibc: undefined }, /musl/],
    [{ arch: 'arm' }, /x64/],
    [{ kernel: '3.10.0-1160.el7' }, /newer/],
    [{ glibc: '2.17' }, /newer/],
  ]
  for (const [over, why] of refused) {
    const { ok, mend } = checkPlatform(machine(over))
    assert.equal(ok, false, JSON.stringify(over))
    assert.match(mend ?? '', why)
  }
  assert.equal(SYSTEMS.filter(({ state }) => state === 'tested').length, 1)
  assert.equal(systemRow('ubuntu', '22.04.5')?.state, 'expected')
  assert.equal(systemRow('ubuntu', '18.04'), undefined)
  for (const [version, least, holds] of [
    ['2.28', '2.28', true],
    ['2.9', '2.28', false],
    ['10.0', '9.5', true],
    ['4.18.0-553.el8', '4.18', true],
  ] as const)
    assert.equal(isAtLeast(version, least), holds, `${version} ${least}`)
})

test('memory goes by workers and spool.memory, and by the limit of a container', () => {
  assert.ok(checkMemory(MACHINE, config()).ok)
  const limited = checkMemory(machine({ memory: { total: 4 * GIB, free: GIB, limit: GIB } }), config())
  assert.equal(limited.ok, false)
  assert.match(limited.found, /^1\.0 GiB \(limit/)
  assert.equal(limited.needed, '1.1 GiB with 3 workers and spool.memory 128 MiB')
  assert.ok(checkMemory(machine({ memory: { total: 4 * GIB, free: GIB, limit: GIB } }), config('workers: 1')).ok)
})

test('descriptors: the unit raises the limit of a shell, but not beyond what it allows', () => {
  assert.equal(checkDescriptors(MACHINE, config()).mend, null)
  const low = { soft: 1024, hard: 4096 }
  assert.equal(checkDescriptors(machine({ descriptors: { ...low, systemd: false } }), config()).ok, false)
  const unit = checkDescriptors(machine({ descriptors: { ...low, systemd: true } }), config())
  assert.ok(unit.ok)
  assert.match(unit.mend ?? '', /unit/)
  const many = config('smtp.sessions: 100000')
  assert.equal(checkDescriptors(machine({ descriptors: { ...low, systemd: true } }), many).ok, false)
})

test('a clock of the past, and a home of the future, stop it; a clock that nobody keeps is told', () => {
  const home = join(place, 'clock')
  mkdirSync(home)
  writeFileSync(masterFile(home), '')
  const now = Date.parse('2026-12-01T00:00:00Z')
  const at = (seconds: number): void => utimesSync(masterFile(home), seconds, seconds)
  at(now / 1000)
  const clock = (over: Partial<Machine['clock']>): PreflightCheck => checkClock(machine({ clock: { ...MACHINE.clock, ...over } }), home)
  assert.equal(clock({}).mend, null)
  assert.match(clock({ synchronized: false, keeper: 'chronyd' }).found, /kept by chronyd/)
  assert.match(clock({ synchronized: false }).mend ?? '', /chrony/)
  assert.ok(clock({ synchronized: false }).ok)
  assert.match(clock({ now: 0 }).found, /1970.*before/)
  assert.equal(clock({ now: 0 }).ok, false)
  at(now / 1000 + 3600)
  assert.equal(clock({}).ok, false)
})

test('the machine that runs this is seen', () => {
  const { kernel, glibc, memory, descriptors, clock } = lookAtMachine()
  assert.match(kernel, /^\d+\.\d+/)
  assert.match(glibc ?? '', /^2\.\d+/)
  assert.ok(memory.total > 0 && memory.free > 0 && descriptors.hard >= descriptors.soft && descriptors.soft > 0)
  assert.ok(Math.abs(clock.now - Date.now()) < 60_000)
})

test('steps on one disk add up, beside what stays free for mail', () => {
  const folder = join(place, 'not', 'there', 'yet')
  const step = (name: string, octets: number) => ({ step: name, folder, octets, of: `${name} data` })
  const keptFree = { folder, octetsOf: () => 1024 }
  const [first, second] = checkSpace({ steps: [step('backup', 2048), step('spool', 2 ** 60)], keptFree })
  assert.deepEqual([first?.ok, first?.check, first?.mend], [true, 'disk: backup', null])
  assert.equal(first?.needed, '2 KiB for backup data, 1 KiB that stay free for mail')
  assert.equal(second?.ok, false)
  assert.match(second?.needed ?? '', /for spool data, 2 KiB for the steps before, 1 KiB that stay free/)
  assert.match(second?.mend ?? '', /Make \d+ GiB of room/)
  mkdirSync(join(place, 'sized/backups'), { recursive: true })
  writeFileSync(join(place, 'sized/a'), Buffer.alloc(100))
  writeFileSync(join(place, 'sized/backups/b'), Buffer.alloc(1000))
  symlinkSync('/', join(place, 'sized/link'))
  assert.equal(sizeOf(join(place, 'sized'), ['backups', 'link']), 100)
  assert.ok(sizeOf(join(place, 'sized')) < 2000, 'a link is not followed')
})

test('the mount of a path is the longest one above it, the later of two', () => {
  const mounts = parseMounts(
    [
      '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,nobarrier',
      '30 27 0:27 / /var/lib/my\\040home rw - tmpfs tmpfs rw,size=1k',
      '31 27 8:1 / /var/lib/my\\040home rw,nosuid - xfs /dev/sda1 rw',
      '32 27 0:30 / /merged rw shared:1 master:2 - overlay overlay rw,lowerdir=/a,volatile',
      '',
    ].join('\n'),
  )
  assert.equal(mountOf(mounts, '/var/lib/my home/spool')?.type, 'xfs')
  assert.equal(mountOf(mounts, '/var/lib/my homestead')?.type, 'ext4')
  assert.ok(mountOf(mounts, '/etc')?.options.includes('nobarrier'))
  assert.ok(mountOf(mounts, '/merged')?.options.includes('volatile'))
})

test('what does not keep the promise of a sync is recognised', () => {
  const facts = (over: Partial<BarrierFacts>, type = 'ext4', options: string[] = ['rw']): BarrierFacts => ({
    mount: { device: '8:1', point: '/srv', type, options },
    measure: { write: 0.01, sync: 1.2 },
    rotational: false,
    writeBack: true,
    tricked: false,
    ...over,
  })
  const told = (one: BarrierFacts): [boolean, string] => {
    const { ok, found, mend } = checkBarrier(one)
    return [ok, `${found} | ${mend}`]
  }
  assert.deepEqual(told(facts({})), [true, 'ext4 at /srv, device with a cache; fdatasync takes 1.2 ms after a write of 10 µs | null'])
  const stopped: [BarrierFacts, RegExp][] = [
    [facts({}, 'tmpfs'), /memory/],
    [facts({}, 'nfs4'), /network/],
    [facts({ tricked: true }), /eatmydata/],
    [facts({}, 'ext4', ['rw', 'nobarrier']), /nobarrier/],
    [facts({}, 'overlay', ['rw', 'volatile']), /volatile/],
    [facts({ measure: { write: 0.01, sync: 0.002 } }), /does nothing/],
    [facts({ measure: { failed: 'EROFS', denied: false } }), /EROFS/],
  ]
  for (const [one, why] of stopped) {
    const [ok, text] = told(one)
    assert.equal(ok, false, text)
    assert.match(text, why)
  }
  const warned: [BarrierFacts, RegExp][] = [
    [facts({}, 'overlay'), /container/],
    [facts({ measure: { failed: 'EACCES', denied: true } }), /not measured: EACCES/],
    [facts({ rotational: true, measure: { write: 0.01, sync: 0.1 } }), /turning disk/],
    [facts({ measure: { write: 0.01, sync: 80 } }), /slow/],
  ]
  for (const [one, why] of warned) {
    const [ok, text] = told(one)
    assert.ok(ok, text)
    assert.match(text, why)
  }
})

test('measuring a sync leaves nothing behind, and goes to the nearest folder that is there', () => {
  const { mount, measure } = lookAtBarrier(join(place, 'nowhere', 'spool'), {})
  assert.ok(mount !== undefined && 'sync' in measure && measure.sync > 0)
  assert.deepEqual(
    readdirSync(place).filter((name) => name.startsWith('.hms')),
    [],
  )
  assert.ok(lookAtBarrier(place, { LD_PRELOAD: '/usr/lib/libeatmydata.so' }).tricked)
})

test('an address that another program has is named with its setting; one of our own server is not in its way', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const others = 'smtps.listen: []\ninject.listen: []\npanel.listen: []\nsimulator.listen: []\n'
  const taken = config(`${others}smtp.listen: 127.0.0.1:${port}`)
  try {
    const [problem, ...more] = await checkPorts(taken, undefined)
    assert.equal(more.length, 0)
    assert.equal(problem?.ok, false)
    assert.equal(problem?.found, `127.0.0.1:${port} (smtp.listen): another program listens there`)
    const running = { pid: 7, addresses: { 'smtp.listen': [{ host: '127.0.0.1', port }] } }
    const [ours] = await checkPorts(taken, running)
    assert.deepEqual([ours?.ok, ours?.found], [true, `127.0.0.1:${port} ours (process 7)`])
    assert.ok((await checkPorts(config(`${others}smtp.listen: localhost:${port}`), running))[0]?.ok)
    const [nowhere] = await checkPorts(config(`${others}smtp.listen: 192.0.2.1:2525`), undefined)
    assert.match(nowhere?.found ?? '', /no such address/)
  } finally {
    server.close()
  }
})

const ENV = {
  HMS_SMTP_LISTEN: '127.0.0.1:0',
  HMS_PANEL_LISTEN: '127.0.0.1:0',
  HMS_INJECT_LISTEN: '127.0.0.1:0',
  HMS_SIMULATOR_LISTEN: '127.0.0.1:0',
  HMS_DNS_SERVERS: '127.0.0.1:9',
  HMS_SPOOL_LOW_WATER: '0',
  HMS_SPOOL_LOW_WATER_PERCENT: '0',
}
const program = { folder: join(place, 'checkout'), version: '1.0.0' }
const CHECKS = ['platform', 'memory', 'disk: home', 'disk: spool', 'write barrier', 'file descriptors', 'ports']

test('without a home everything is looked at, and nothing is made', async () => {
  const home = join(place, 'later')
  const heard: string[] = []
  const checks = await preflight({ home, program, running: undefined, env: ENV }, ({ check }) => heard.push(check))
  assert.deepEqual(heard, [...CHECKS, 'clock', 'name server', 'permissions', 'formats', 'identity', 'plug-ins', 'configuration'])
  assert.deepEqual(
    checks.map(({ check }) => check),
    heard,
  )
  for (const check of checks) assert.deepEqual(Object.keys(check).toSorted(), ['check', 'found', 'mend', 'needed', 'ok'])
  for (const { ok, mend, check } of checks) assert.ok(ok || mend !== null, `${check} says how to mend it`)
  assert.ok(!readdirSync(place).includes('later'))
})

test('with a home its size, its rights and its settings are looked at; what is no home is not taken for one', async () => {
  const home = join(place, 'home')
  await initHome(home, ENV)
  const subject = { home, program, running: undefined, env: ENV }
  const find = async (name: string, env = ENV as Record<string, string>): Promise<PreflightCheck> =>
    (await preflight({ ...subject, env })).find(({ check }) => check === name) ?? assert.fail(name)
  assert.match((await find('disk: backup')).needed, /KiB for all that is in the home/)
  const greedy = await find('memory', { ...ENV, HMS_WORKERS: '64', HMS_SPOOL_MEMORY: '64GiB' })
  assert.deepEqual([greedy.ok, greedy.mend], [true, 'Add memory, or lower workers and spool.memory.'], 'it has been running like that')
  assert.ok((await find('permissions')).ok)
  assert.match((await find('configuration')).found, /^config\/hms\.yaml is in order, unedited since \d+\.\d+\.\d+$/)
  appendFileSync(join(home, 'config/hms.yaml'), 'logs.days: 3\n')
  assert.match((await find('configuration')).found, /edited since/)
  writeFileSync(join(home, 'config/_new_hms.yaml'), '')
  assert.match((await find('configuration')).mend ?? '', /hms config merge/)
  chmodSync(masterFile(home), 0o644)
  const rights = await find('permissions')
  assert.deepEqual([rights.ok, rights.mend], [false, `chmod go= '${masterFile(home)}'`])
  const settings = await find('configuration', { ...ENV, HMS_WORKERS: 'many' })
  assert.equal(settings.ok, false)
  assert.match(settings.found, /HMS_WORKERS: expected a whole number/)
  const other = join(place, 'other')
  mkdirSync(other)
  writeFileSync(join(other, 'thesis.txt'), '')
  const checks = await preflight({ ...subject, home: other })
  assert.match(checks.find(({ check }) => check === 'permissions')?.found ?? '', /no home of hms/)
})

test('a release is verified as an install would, its size counted, and the way from this version told', async () => {
  const home = join(place, 'home')
  const files = smallFiles('1.2.0')
  const file = join(place, 'release.tar.gz')
  const look = async (more: object, at = home): Promise<Map<string, PreflightCheck>> => {
    await writeArchive(file, membersOf(manifestFor('1.2.0', files, more), files))
    const checks = await preflight({ home: at, program, running: undefined, env: ENV, release: { path: file, unsigned: false } })
    return new Map(checks.map((check) => [check.check, check]))
  }
  const good = await look({})
  assert.match(good.get('release')?.found ?? '', /^version 1\.2\.0 for linux on \w+, 3 files, its signature was not checked/)
  assert.deepEqual([good.get('release')?.ok, good.get('version')?.ok, good.get('version')?.mend], [true, true, null])
  assert.match(good.get('disk: program')?.needed ?? '', /KiB for the program/)
  const far = await look({ upgradesFrom: '1.1.0' })
  assert.deepEqual([far.get('version')?.ok, far.get('version')?.needed], [false, '1.1.0 or newer to upgrade from'])
  assert.equal((await look({}, join(place, 'later'))).has('version'), false, 'without a home there is nothing to upgrade')
  const foreign = (await look({ arch: OF_THIS_MACHINE === 'x64' ? 'arm64' : 'x64' })).get('release')
  assert.equal(foreign?.ok, false)
  assert.match(foreign?.mend ?? '', /Fetch/)
  const deb = { path: '/tmp/hms_1.2.0_amd64.deb', unsigned: false }
  assert.match((await preflight({ home, program, running: undefined, env: ENV, release: deb }))[0]?.mend ?? '', /tar\.gz/)
  writeFileSync(file, 'no archive')
  const broken = (await preflight({ home, program, running: undefined, env: ENV, release: { path: file, unsigned: false } }))[0]
  assert.deepEqual([broken?.check, broken?.ok], ['release', false])
})

test('a home of 0.1.0 is told what will be converted and what room that takes; one of a newer version is not opened', async () => {
  const home = join(place, 'old/home')
  mkdirSync(join(place, 'old'))
  execFileSync('tar', ['xzf', join(import.meta.dirname, '../../../test/fixtures/homes/0.1.0.tar.gz'), '-C', join(place, 'old')])
  const look = async (): Promise<Map<string, PreflightCheck>> =>
    new Map((await preflight({ home, program, running: undefined, env: ENV })).map((check) => [check.check, check]))
  const old = await look()
  assert.equal(old.get('formats')?.ok, true, old.get('formats')?.found)
  assert.match(old.get('formats')?.found ?? '', /settings 1, .*; settings will be converted from 1 to 2$/)
  assert.match(old.get('disk: conversion')?.needed ?? '', /KiB for copies in the new format/)
  assert.match(old.get('permissions')?.found ?? '', /for their owner alone/)
  writeFileSync(join(home, 'master.v9.db'), '')
  const newer = await look()
  assert.equal(newer.get('formats')?.ok, false)
  assert.match(newer.get('formats')?.mend ?? '', /newer version/)
  rmSync(join(home, 'master.v9.db'))
  const files = smallFiles('1.2.0')
  const file = join(place, 'future.tar.gz')
  const formats = {
    settings: { reads: [3], writes: 3 },
    shard: { reads: [2, 3], writes: 3 },
    events: { reads: [1], writes: 1 },
    desk: { reads: [1], writes: 1 },
  }
  await writeArchive(file, membersOf(manifestFor('1.2.0', files, { formats }), files))
  const checks = await preflight({ home, program, running: undefined, env: ENV, release: { path: file, unsigned: false } })
  const check = checks.find((one) => one.check === 'formats')
  assert.match(check?.needed ?? '', /^formats that version 1\.2\.0 reads: settings 3, shard 2 or 3/)
  assert.equal(check?.ok, false)
  assert.match(check?.mend ?? '', /upgrade to a version in between/)
})
