// Copies of delivered mail on a real disk: written in batches, found page by page, cut where a crash left half of one, erased, and let go of.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { AccountId, MessageId, ShardId } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import { formatMessageId } from '../../base/message-id.ts'
import type { Keep } from '../../contract/kept.ts'
import type { MessageHead } from '../../engine/ports/spool.ts'
import { Eraser } from '../../policy/kept/erasure.ts'
import { CopyShelf } from './copies.ts'
import { CopyWriter } from './copy-writer.ts'
import { pruneKept } from './prune.ts'

const ACCOUNT = 1001 as AccountId
const DAY = 86_400_000
const T0 = Date.UTC(2026, 10, 22, 12)
const KEEP: Keep = { days: 30, bytes: 2 ** 30 }
const idOf = (n: number): MessageId => formatMessageId('abcdef', 0 as ShardId, n)
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

interface Sent {
  readonly n: number
  readonly to: readonly string[]
  readonly at?: number
  readonly keep?: Keep
  readonly text?: string
}

function aHome(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), 'hms-copies-'))
  t.after(() => rmSync(home, { recursive: true }))
  const [folder, keyFile] = [join(home, 'kept'), join(home, 'hms.key')]
  writeFileSync(keyFile, Buffer.alloc(32, 7))
  const bodies = new Map<MessageId, Buffer>()
  let reads = 0
  const body = async (id: MessageId) => {
    reads++
    return { kind: 'bytes', bytes: bodies.get(id) ?? Buffer.alloc(0) } as const
  }
  const keep = (writer: CopyWriter, { n, to, at = T0 + n, keep: wanted = KEEP, text = `hello ${n}` }: Sent): Promise<void> => {
    const octets = Buffer.from(`From: shop@sender.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe_${n}?=\r\n\r\n${text}\r\n`)
    bodies.set(idOf(n), octets)
    const rest = { sender: 'shop@sender.test', clientId: null, mailing: null, acceptedAt: T0 }
    const head = { id: idOf(n), account: ACCOUNT, size: octets.length, ...rest } as unknown as MessageHead
    return writer.keep({ head, at, keep: wanted, recipients: to.map((address) => ({ address })) })
  }
  return {
    folder,
    keep,
    shelf: new CopyShelf(folder, keyFile),
    writer: () => new CopyWriter({ folder, keyFile, body, dayOf }),
    reads: () => reads,
    files: () =>
      readdirSync(join(folder, String(ACCOUNT)))
        .filter((name) => name.endsWith('.kept'))
        .map((name) => join(folder, String(ACCOUNT), name)),
    filters: () => readdirSync(join(folder, String(ACCOUNT))).filter((name) => name.endsWith('.keys')),
  }
}

test('copies are sealed, found by who got them and by their subject, page by page, and their octets come back', async (t) => {
  const home = aHome(t)
  const large = `${'x'.repeat(70)}\r\n`.repeat(40_000)
  {
    await using writer = home.writer()
    await Promise.all([1, 2, 3].map((n) => home.keep(writer, { n, to: [`p${n}@x.test`] })))
    await home.keep(writer, { n: 4, to: ['ann@x.test', 'bob@x.test'], text: large })
    await home.keep(writer, { n: 4, to: ['Ann@y.test'], at: T0 + 5 })
    await home.keep(writer, { n: 6, to: ['late@x.test'], at: T0 + DAY })
  }
  assert.equal(home.reads(), 5, 'the second delivery of a day refers to the octets of the first')
  assert.ok(home.files().every((file) => !/x\.test|sender|hello/.test(readFileSync(file, 'latin1'))))

  const all: string[] = []
  for (let after: string | null | undefined; after !== null;) {
    const page: Awaited<ReturnType<CopyShelf['find']>> = await home.shelf.find({ account: ACCOUNT, limit: 2, ...(after && { after }) })
    assert.ok(page.deliveries.length <= 2)
    all.push(...page.deliveries.map(({ message }) => message))
    after = page.next
  }
  assert.deepEqual(all, [6, 4, 4, 3, 2, 1].map(idOf))
  const found = async (wanted: object) => (await home.shelf.find({ account: ACCOUNT, ...wanted })).deliveries.map(({ at }) => at - T0)
  assert.deepEqual(await found({ address: 'ANN@x.test' }), [4])
  assert.deepEqual(await found({ subject: 'grüße 3' }), [3])
  assert.deepEqual(await found({ message: idOf(4) }), [5, 4])
  assert.deepEqual(await found({ since: T0 + 5 }), [DAY, 5])
  assert.deepEqual((await home.shelf.find({ account: 1002 as AccountId })).deliveries, [])

  const shown = await home.shelf.show({ account: ACCOUNT, message: idOf(4) })
  assert.match(shown.header ?? '', /^From: shop@sender\.test\r\nSubject: /)
  assert.deepEqual(
    shown.deliveries.map(({ recipients }) => recipients.length),
    [1, 2],
  )
  const pieces: Buffer[] = []
  for (let from: number | null = 0; from !== null;) {
    const piece: Awaited<ReturnType<CopyShelf['raw']>> = await home.shelf.raw({ account: ACCOUNT, message: idOf(4), from })
    pieces.push(Buffer.from(piece.octets, 'base64'))
    from = piece.next
  }
  assert.ok(pieces.length > 1)
  assert.ok(Buffer.concat(pieces).toString().endsWith(`\r\n\r\n${large}\r\n`))
  await assert.rejects(
    home.shelf.show({ account: ACCOUNT, message: idOf(9) }),
    (error) => error instanceof Fault && error.code === 'no-copy',
  )
})

test('wherever a crash cut a segment off, what was whole is found, and the next copy stands behind it', async (t) => {
  const home = aHome(t)
  {
    await using writer = home.writer()
    await home.keep(writer, { n: 1, to: ['a@x.test'] })
  }
  const [file = ''] = home.files()
  const whole = statSync(file).size
  {
    await using writer = home.writer()
    await home.keep(writer, { n: 2, to: ['b@x.test'] })
  }
  const both = readFileSync(file)
  for (const length of [whole + 1, whole + 16, whole + 40, both.length - 1]) {
    writeFileSync(file, both)
    truncateSync(file, length)
    await using writer = home.writer()
    await home.keep(writer, { n: 3, to: ['c@x.test'] })
    const { deliveries } = await home.shelf.find({ account: ACCOUNT })
    assert.deepEqual(
      deliveries.map(({ message }) => message),
      [idOf(3), idOf(1)],
    )
  }
  // A disk that kept the length and lost the octets.
  writeFileSync(file, both.fill(0, whole))
  await using writer = home.writer()
  await home.keep(writer, { n: 3, to: ['c@x.test'] })
  assert.deepEqual((await home.shelf.find({ account: ACCOUNT })).deliveries.length, 2)
  assert.equal(home.files().length, 1)
})

test('who is erased takes copies of messages to him with him, also beside a writer; others stay', async (t) => {
  const home = aHome(t)
  await using writer = home.writer()
  for (const [n, to] of [
    [1, ['ann@x.test', 'bob@x.test']],
    [2, ['bob@x.test']],
    [3, ['ANN@x.test']],
  ] as const)
    await home.keep(writer, { n, to })
  await home.keep(writer, { n: 1, to: ['eve@x.test'], at: T0 + 4 })
  const gently = async (): Promise<void> => {}
  const ann = new Eraser('ann@x.test')
  assert.equal(await home.shelf.erase(ACCOUNT, ann, true, gently), 2)
  assert.equal((await home.shelf.find({ account: ACCOUNT })).deliveries.length, 4)
  const before = home.files().map((file) => statSync(file).size)
  assert.equal(await home.shelf.erase(ACCOUNT, ann, false, gently), 2)
  assert.deepEqual(
    home.files().map((file) => statSync(file).size),
    before,
  )
  await home.keep(writer, { n: 5, to: ['bob@x.test'] })
  const left = (await home.shelf.find({ account: ACCOUNT })).deliveries.map(({ message }) => message)
  assert.deepEqual(left, [idOf(5), idOf(2)])
  assert.equal(await home.shelf.erase(ACCOUNT, ann, false, gently), 0)
})

test('the oldest go by days and by octets, and what was removed beneath a writer is written again', async (t) => {
  const home = aHome(t)
  const keep = { days: 30, bytes: 2 ** 20 }
  // What does not become smaller.
  const noise = (): string => randomBytes(60_000).toString('base64')
  await using writer = home.writer()
  await home.keep(writer, { n: 1, to: ['old@x.test'], at: T0 - 9 * DAY, keep })
  for (let n = 2; n < 40; n++) await home.keep(writer, { n, to: ['new@x.test'], keep, text: noise() })
  const sizes = (): number => home.files().reduce((sum, file) => sum + statSync(file).size, 0)
  assert.ok(home.files().length > 4)
  await pruneKept(home.folder, new Map([[ACCOUNT, { since: dayOf(T0 - 5 * DAY), bytes: 2 ** 30 }]]), '')
  assert.deepEqual((await home.shelf.find({ account: ACCOUNT, address: 'old@x.test' })).deliveries, [])
  assert.equal((await home.shelf.find({ account: ACCOUNT, address: 'new@x.test' })).deliveries.length, 38)
  const half = Math.round(sizes() / 2)
  await pruneKept(home.folder, new Map([[ACCOUNT, { since: '', bytes: half }]]), '')
  assert.ok(sizes() <= half)
  const [newest] = (await home.shelf.find({ account: ACCOUNT })).deliveries
  assert.equal(newest?.message, idOf(39))

  // The account asked for none, and asks again.
  await pruneKept(home.folder, new Map(), '')
  assert.deepEqual(home.shelf.accounts(), [])
  await home.keep(writer, { n: 50, to: ['again@x.test'], keep })
  await home.keep(writer, { n: 39, to: ['new@x.test'], keep })
  assert.deepEqual(
    (await home.shelf.find({ account: ACCOUNT })).deliveries.map(({ message }) => message),
    [idOf(39), idOf(50)],
  )
  assert.ok((await home.shelf.raw({ account: ACCOUNT, message: idOf(39) })).size > 0)
})

test('with another key nothing of a copy is told', async (t) => {
  const home = aHome(t)
  {
    await using writer = home.writer()
    await home.keep(writer, { n: 1, to: ['a@x.test'] })
  }
  const other = join(home.folder, '..', 'other.key')
  writeFileSync(other, Buffer.alloc(32, 8))
  assert.deepEqual((await new CopyShelf(home.folder, other).find({ account: ACCOUNT })).deliveries, [])
  appendFileSync(home.files()[0] ?? '', 'half')
  assert.equal((await home.shelf.find({ account: ACCOUNT })).deliveries.length, 1)
})

test('a search reads no segment that has not what is wanted, once one was looked through; what grows or is erased is looked at anew', async (t) => {
  const home = aHome(t)
  await using writer = home.writer()
  for (let n = 1; n <= 40; n++) await home.keep(writer, { n, to: [`p${n}@x.test`], at: T0 + Math.floor(n / 10) * DAY })
  const found = async (wanted: object) => (await home.shelf.find({ account: ACCOUNT, ...wanted })).deliveries.map(({ message }) => message)
  assert.deepEqual(home.filters(), [])
  assert.deepEqual(await found({ address: 'P15@x.test' }), [idOf(15)])
  assert.equal(home.filters().length, home.files().length - 1, 'the newest is still written')
  // Segments without what is wanted are not opened: whatever stands in them.
  const [oldest = ''] = home.files()
  const octets = readFileSync(oldest)
  writeFileSync(oldest, Buffer.alloc(octets.length))
  for (let n = 10; n <= 40; n++) {
    assert.deepEqual(await found({ address: `p${n}@x.test` }), [idOf(n)])
    assert.deepEqual(await found({ message: idOf(n) }), [idOf(n)])
  }
  writeFileSync(oldest, octets)
  assert.deepEqual(await found({ address: 'p3@x.test' }), [idOf(3)])
  assert.deepEqual(await found({ address: 'nobody@x.test' }), [])
  assert.deepEqual(await found({ subject: 'grüße 7' }), [idOf(7)])
  assert.equal((await home.shelf.raw({ account: ACCOUNT, message: idOf(12) })).next, null)
  const names = home.filters().map((name) => readFileSync(join(home.folder, String(ACCOUNT), name), 'latin1'))
  assert.ok(names.every((text) => !/x\.test/.test(text)))

  const before = home.filters().length
  await home.shelf.erase(ACCOUNT, new Eraser('p15@x.test'), false, async () => {})
  assert.deepEqual([await found({ address: 'p15@x.test' }), await found({ address: 'p16@x.test' })], [[], [idOf(16)]])
  // A filter of another length of its segment counts no more, whatever it says.
  const second = home.files()[1] ?? ''
  const filter = readFileSync(`${second}.keys`)
  writeFileSync(`${second}.keys`, filter.fill(0, 16))
  assert.deepEqual(await found({ address: 'p16@x.test' }), [], 'it is believed')
  appendFileSync(second, 'half')
  assert.deepEqual(await found({ address: 'p16@x.test' }), [idOf(16)])
  assert.equal(home.filters().length, before)
  await pruneKept(home.folder, new Map([[ACCOUNT, { since: dayOf(T0 + 2 * DAY), bytes: 2 ** 30 }]]), '')
  assert.equal(home.filters().length, home.files().length - 1)
})
