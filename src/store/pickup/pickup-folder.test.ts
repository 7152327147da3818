import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import type { MessageId } from '../../base/brand.ts'
import { PickupFolder, type Taking } from './pickup-folder.ts'

const NOW = 1_800_000_000_000
const ROOM = { files: 100, octets: 1e6 }
let drawn = 0
const ids = (): MessageId[] => Array.from({ length: 100 }, () => String(++drawn).padStart(16, '0') as MessageId)

function folderIn(path: string) {
  const place = { folder: join(path, 'pickup'), taken: join(path, 'taken'), badmail: join(path, 'badmail') }
  const open = (): PickupFolder => new PickupFolder(place, { rest: 1000, largest: 1000 })
  mkdirSync(place.folder)
  /** `ago`: when it was written, before NOW. */
  const put = (name: string, text: string, ago = 5000): void => {
    writeFileSync(join(place.folder, name), text)
    utimesSync(join(place.folder, name), NOW / 1000, (NOW - ago) / 1000)
  }
  const take = (folder: PickupFolder, now = NOW, room = ROOM): Taking => {
    const taking = folder.take(now, room, ids())
    assert.ok(typeof taking !== 'string', String(taking))
    return taking
  }
  const texts = (taking: Taking): string[] => taking.taken.map(({ octets }) => octets.toString())
  return { ...place, open, put, take, texts }
}

test('files are taken oldest first, as many as there is room for, and only what ends in .eml', () => {
  using home = temporaryFolder()
  const { open, put, take, texts, folder } = folderIn(home.path)
  put('b.eml', 'second', 6000)
  put('a.EML', 'third', 5000)
  put('c.eml', 'first', 7000)
  put('c.tmp', 'no')
  put('.d.eml', 'no')
  const it = open()
  const first = take(it, NOW, { files: 2, octets: 1e6 })
  assert.deepEqual([texts(first), first.more], [['first', 'second'], true])
  const rest = take(it)
  assert.deepEqual([texts(rest), rest.more], [['third'], false])
  assert.deepEqual(readdirSync(folder).toSorted(), ['.d.eml', 'c.tmp'])
})

test('octets in hand are bounded: a large one waits for room, and is taken when it is alone', () => {
  using home = temporaryFolder()
  const { open, put, take, texts } = folderIn(home.path)
  put('a.eml', 'a'.repeat(600), 7000)
  put('b.eml', 'b'.repeat(900), 6000)
  const it = open()
  assert.deepEqual(texts(take(it, NOW, { files: 9, octets: 700 })), ['a'.repeat(600)])
  assert.deepEqual(texts(take(it, NOW, { files: 9, octets: 700 })), ['b'.repeat(900)])
})

test('a file that changed a moment ago is not taken until it rests; one whose time is yet to come once it is the same for as long', () => {
  using home = temporaryFolder()
  const { open, put, take, texts, folder } = folderIn(home.path)
  put('a.eml', 'half', 500)
  put('b.eml', 'future', -86_400_000)
  const it = open()
  assert.deepEqual(texts(take(it)), [])
  assert.deepEqual(texts(take(it, NOW + 400)), [])
  assert.deepEqual(texts(take(it, NOW + 600)), ['half'])
  appendFileSync(join(folder, 'b.eml'), ' and more')
  utimesSync(join(folder, 'b.eml'), NOW / 1000, NOW / 1000 + 86_400)
  assert.deepEqual(texts(take(it, NOW + 1100)), [], 'it grew since')
  assert.deepEqual(texts(take(it, NOW + 2100)), ['future and more'])
})

test('one that changes between the look and its turn is read when it rests', () => {
  using home = temporaryFolder()
  const { open, put, take, texts, folder } = folderIn(home.path)
  put('a.eml', 'a', 7000)
  put('b.eml', 'b', 6000)
  const it = open()
  assert.deepEqual(texts(take(it, NOW, { files: 1, octets: 1e6 })), ['a'])
  writeFileSync(join(folder, 'b.eml'), 'longer')
  utimesSync(join(folder, 'b.eml'), NOW / 1000, NOW / 1000)
  assert.deepEqual(texts(take(it, NOW + 500)), [])
  assert.deepEqual(texts(take(it, NOW + 1500)), ['longer'])
})

test('what lies in badmail already is in nobody’s way, whatever it is', () => {
  using home = temporaryFolder()
  const { open, put, take, folder, badmail } = folderIn(home.path)
  mkdirSync(join(badmail, 'empty.eml'), { recursive: true })
  put('empty.eml', '')
  const { refused } = take(open())
  assert.deepEqual([refused.map(({ name }) => name), readdirSync(folder)], [['2-empty.eml'], []])
  assert.deepEqual(readdirSync(badmail).toSorted(), ['2-empty.eml', '2-empty.eml.reason.txt', 'empty.eml'])
})

test('nothing is followed, and nothing but plain files with one name is read: badmail has it, with the reason', () => {
  using home = temporaryFolder()
  const { open, put, take, folder, badmail } = folderIn(home.path)
  writeFileSync(join(home.path, 'secret'), 'key')
  utimesSync(join(home.path, 'secret'), NOW / 1000, NOW / 1000 - 60)
  symlinkSync('../secret', join(folder, 'link.eml'))
  linkSync(join(home.path, 'secret'), join(folder, 'hard.eml'))
  execFileSync('mkfifo', [join(folder, 'pipe.eml')])
  mkdirSync(join(folder, 'folder.eml'))
  put('empty.eml', '')
  put('huge.eml', 'x'.repeat(1001))
  const { taken, refused } = take(open())
  assert.deepEqual(taken, [])
  const reasons = Object.fromEntries(refused.map(({ name, reason }) => [name, reason]))
  assert.deepEqual(reasons, {
    'link.eml': 'It is a symbolic link. Only plain files are taken.',
    'hard.eml': 'It has more than one name (a hard link). Copy it instead.',
    'pipe.eml': 'It is a pipe. Only plain files are taken.',
    'folder.eml': 'It is a folder. Only plain files are taken.',
    'empty.eml': 'It is empty.',
    'huge.eml': 'It has 1001 octets, and 1000 are the most (smtp.message_size).',
  })
  assert.equal(readFileSync(join(badmail, 'pipe.eml.reason.txt'), 'utf8'), 'pipe.eml: It is a pipe. Only plain files are taken.\n')
  assert.deepEqual([readdirSync(folder), readdirSync(badmail).length, readFileSync(join(home.path, 'secret'), 'utf8')], [[], 12, 'key'])
})

test('a folder with very many names that are none to take is not read all the time', () => {
  using home = temporaryFolder()
  const { open, put, take, texts, folder } = folderIn(home.path)
  for (let n = 0; n < 1000; n++) writeFileSync(join(folder, `${n}.tmp`), '')
  const it = open()
  assert.deepEqual(texts(take(it, NOW)), [])
  put('a.eml', 'one')
  assert.deepEqual(texts(take(it, NOW + 9)), [])
  assert.deepEqual(texts(take(it, NOW + 10)), ['one'])
  put('b.eml', 'two')
  assert.deepEqual(texts(take(it, NOW - 1)), ['two'], 'the clock was set back')
})

test('a name that is no UTF-8 is taken as any other, and shown as far as it can be', () => {
  using home = temporaryFolder()
  const { open, take, texts, folder, badmail } = folderIn(home.path)
  const at = (name: string): Buffer => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')])
  const put = (name: string, text: string): void => {
    writeFileSync(at(name), text)
    utimesSync(at(name), NOW / 1000, NOW / 1000 - 60)
  }
  put('M\xfcller.eml', 'latin')
  put('\xff\xfe\x1b[2J.EML', '')
  symlinkSync('/etc/passwd', at('\xe9.eml'))
  const taking = take(open())
  assert.deepEqual(texts(taking), ['latin'])
  assert.match(taking.taken[0]?.file ?? '', /^\d{16}-M\?ller\.eml$/)
  assert.deepEqual(readdirSync(folder), [])
  const bad = readdirSync(badmail).toSorted()
  assert.deepEqual(bad, ['?.eml', '?.eml.reason.txt', '???[2J.EML', '???[2J.EML.reason.txt'])
  assert.equal(readFileSync(join(badmail, '?.eml.reason.txt'), 'utf8'), '?.eml: It is a symbolic link. Only plain files are taken.\n')
})

test('what was in hand when the process ended is told with its id, and taken under another one where no message has it', () => {
  using home = temporaryFolder()
  const { open, put, take, texts, taken, badmail } = folderIn(home.path)
  put('a.eml', 'one', 7000)
  put('b.eml', 'two', 6000)
  const before = take(open()).taken
  writeFileSync(join(taken, 'strange'), '')
  const it = open()
  const { left, refused, ...none } = take(it)
  assert.deepEqual([left.map(({ file, id }) => ({ file, id })), none.taken], [before.map(({ file, id }) => ({ file, id })), []])
  assert.deepEqual(
    refused.map(({ reason }) => reason),
    ['It was put into a folder of the server.'],
  )
  assert.deepEqual(take(it).left, [], 'told once')
  const [one, two] = left
  assert.ok(one && two)
  it.remove(one.file)
  it.leave(two.file)
  assert.deepEqual(
    take(it).left.map(({ file }) => file),
    [two.file],
  )
  it.putOff(two.file, true)
  const again = take(it)
  assert.deepEqual(texts(again), ['two'])
  assert.notEqual(again.taken[0]?.id, two.id)
  assert.equal(again.taken[0]?.file, `${again.taken[0]?.id}-b.eml`)

  it.putOff(again.taken[0]?.file ?? '', false)
  assert.deepEqual(take(it).taken, again.taken)
  const file = again.taken[0]?.file ?? ''
  assert.deepEqual(it.refuse(file, 'Because.'), { name: 'b.eml', reason: 'Because.' })
  put('b.eml', 'three')
  assert.equal(it.refuse(take(it).taken[0]?.file ?? '', 'Because.').name, '2-b.eml')
  assert.deepEqual([readdirSync(taken), readdirSync(badmail).length], [[], 6])
})

test('without ids nothing is taken: files stay where they are', () => {
  using home = temporaryFolder()
  const { open, put, folder } = folderIn(home.path)
  put('a.eml', 'one')
  const it = open()
  assert.deepEqual(it.take(NOW, ROOM, []), { taken: [], refused: [], left: [], more: false })
  assert.deepEqual(readdirSync(folder), ['a.eml'])
})

test('a folder that anybody may write to, or that is a link, is not used', () => {
  using home = temporaryFolder()
  const { open, folder } = folderIn(home.path)
  chmodSync(folder, 0o777)
  assert.match(String(open().take(NOW, ROOM, ids())), /^Anybody on this machine may write to .*chmod o-w/)
  mkdirSync(join(home.path, 'other'))
  symlinkSync(folder, join(home.path, 'other/pickup'))
  const place = { folder: join(home.path, 'other/pickup'), taken: join(home.path, 'taken'), badmail: join(home.path, 'badmail') }
  assert.match(String(new PickupFolder(place, { rest: 1, largest: 1 }).take(NOW, ROOM, ids())), /is no folder/)
})
