// What a receiver gets is what was sent, and one message never becomes two: messages made to be taken apart (dots, ends within them, bare
// newlines, headers that change on the way), by every way in, cut at every offset, by every way out, signed or not, before and after a restart.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { PEER_EXTENSIONS, type ReceivedMessage, SmtpPeer } from '../testkit/smtp-peer.ts'

const opened = new AsyncDisposableStack()
let [plain, chunking]: [SmtpPeer?, SmtpPeer?] = []
let server: TestServer

before(async () => {
  plain = opened.use(await SmtpPeer.start({ extensions: PEER_EXTENSIONS.filter((one) => !/CHUNKING|BINARYMIME/.test(one)) }))
  chunking = opened.use(await SmtpPeer.start())
  server = opened.use(await startServer({ config: { 'smtp.bare_newline': 'repair', 'smtp.xclient_from': '127.0.0.1' } }))
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  // Nobody listens there: what is accepted waits until after the restart.
  await server.call('route.set', { pattern: '*', url: 'smtp://127.0.0.1:9' })
  await server.hms('dkim', 'create', 'signed.test', '--selector', 's')
  await server.hms('dkim', 'verify', 'signed.test', '--force')
})
after(() => opened.disposeAsync())

/** A number generator that a failure can be repeated with. */
let state = 20_261_122
function below(most: number): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
  return Math.floor((state / 2 ** 32) * most)
}
const oneOf = <T>(all: readonly T[]): T => all[below(all.length)]!

const PIECES = [
  '.',
  '..',
  '\r\n',
  '\r\n.',
  '\r\n..',
  '\r\n.\r\n',
  '\r\n\r\n',
  'MAIL FROM:<x@y.test>',
  'word',
  ' ',
  '\t',
  'a'.repeat(40),
  '.\r\n.\r\n',
]
const BARE = ['\n', '\r', '\n.\n', '\r.\r', '\n.\r\n', '\r\n.\n', '\r\r\n', '\n\r']

interface Case {
  readonly name: string
  /** As the client means it, dots not stuffed. */
  readonly sent: string
  readonly via: 'DATA' | 'BDAT'
  readonly recipient: string
  readonly bare: boolean
}

function bodyOf(size: number, bare: boolean): string {
  let text = ''
  let width = 0
  while (text.length < size) {
    const piece = bare && below(6) === 0 ? oneOf(BARE) : oneOf(PIECES)
    // Lines that are too long are re-encoded, which is another test's.
    width = piece.endsWith('\n') ? 0 : width + piece.length
    text += width > 500 ? `\r\n${piece}` : piece
    if (width > 500) width = piece.length
  }
  return text
}

const HEADERS = [
  '',
  'Bcc: nobody@x.test\r\n',
  'X-xsMessageId: 5\r\nBcc: a@x.test,\r\n .b@x.test\r\n',
  'Subject: .\r\n .folded\r\n\t..\r\n',
  '.Dotted: yes\r\n',
  'Return-Path: <a@b.test>\r\n',
]

function casesFor(sizes: readonly number[]): Case[] {
  const cases: Case[] = []
  for (const size of sizes)
    for (const via of ['DATA', 'BDAT'] as const)
      for (const bare of [false, true])
        for (const site of ['plain.test', 'chunking.test']) {
          const n = cases.length
          const from = oneOf(['a@sender.test', 'a@signed.test'])
          const fields = `From: ${from}\r\nDate: Sun, 22 Nov 2026 07:00:00 +0000\r\nMessage-ID: <${size}.${n}@x.test>\r\n${oneOf(HEADERS)}`
          const ending = via === 'DATA' ? '\r\n' : oneOf(['\r\n', '', '\r\n.\r\n', '.'])
          // Bodies of one kind have no dot at the start of a line: they go out unread.
          const calm = below(2) === 0
          const body = calm ? bodyOf(size, bare).replaceAll(/[.]/g, '-') : bodyOf(size, bare)
          const name = `${size} octets by ${via} to ${site}${bare ? ', bare newlines' : ''}${calm ? ', calm' : ''} (${n})`
          cases.push({ name, sent: `${fields}\r\n${body}${ending}`, via, recipient: `m${size}-${n}@${site}`, bare })
        }
  return cases
}

/** What of it may arrive: repaired, and without the fields that we take out. */
function expectedOf({ sent }: Case): string {
  const repaired = sent.replaceAll(/\r\n|\r|\n/g, '\r\n')
  const end = repaired.indexOf('\r\n\r\n') + 2
  const header = repaired.slice(0, end).replaceAll(/^(?:Bcc|X-xsMessageId|Return-Path):.*\r\n(?:[ \t].*\r\n)*/gm, '')
  return header + repaired.slice(end)
}

async function inSlices(client: SmtpClient, octets: Buffer): Promise<void> {
  const most = octets.length < 4000 ? 7 : 60_000
  for (let at = 0; at < octets.length;) {
    const size = 1 + below(most)
    client.write(octets.subarray(at, at + size))
    at += size
    if (below(3) === 0) await turn()
  }
}

async function submit(client: SmtpClient, { sent, via, recipient, name }: Case): Promise<void> {
  const octets = Buffer.from(sent, 'latin1')
  assert.equal((await client.command('MAIL FROM:<a@sender.test>')).code, 250, name)
  assert.equal((await client.command(`RCPT TO:<${recipient}>`)).code, 250, name)
  if (via === 'DATA') {
    assert.equal((await client.command('DATA')).code, 354, name)
    await inSlices(client, Buffer.from(`${sent.replaceAll(/(^|\r\n)\./g, '$1..')}.\r\n`, 'latin1'))
    const { code, text } = await client.reply()
    assert.equal(code, 250, `${name}: ${text}`)
    return
  }
  for (let at = 0; ;) {
    const chunk = octets.subarray(at, at + 1 + below(oneOf([3, 100, octets.length])))
    at += chunk.length
    const isLast = at === octets.length
    client.write(`BDAT ${chunk.length}${isLast ? ' LAST' : ''}\r\n`)
    await inSlices(client, chunk)
    const { code, text } = await client.reply()
    assert.equal(code, 250, `${name}: ${text}`)
    if (isLast) return
  }
}

/** Asserts that it came once, behind fields of ours and nothing else. */
function assertArrived(one: Case, messages: readonly ReceivedMessage[]): void {
  const found = messages.filter(({ recipients }) => recipients.includes(one.recipient))
  assert.equal(found.length, 1, one.name)
  const text = found[0]!.data.toString('latin1')
  const ours = /^(?:DKIM-Signature:.*\r\n(?:\s.*\r\n)*){0,2}Received:.*\r\n(?:\s.*\r\n)*/.exec(text)?.[0] ?? ''
  assert.ok(ours !== '', one.name)
  const expected = expectedOf(one)
  const arrived = text.slice(ours.length)
  // By DATA the last line is always a whole one.
  const isSame = arrived === expected || (!expected.endsWith('\r\n') && arrived === `${expected}\r\n`)
  assert.ok(isSame, `${one.name}: ${JSON.stringify(differenceOf(arrived, expected))}`)
  assert.equal(ours.startsWith('DKIM-Signature:'), one.sent.startsWith('From: a@signed.test'), one.name)
}

function differenceOf(arrived: string, expected: string): readonly unknown[] {
  let at = 0
  while (at < arrived.length && arrived[at] === expected[at]) at++
  return [at, arrived.slice(Math.max(0, at - 40), at + 40), expected.slice(Math.max(0, at - 40), at + 40)]
}

async function submitAll(cases: readonly Case[]): Promise<void> {
  using client = await SmtpClient.open(server.smtpPort)
  for (const one of cases) await submit(client, one)
}

async function assertAllArrive(cases: readonly Case[]): Promise<void> {
  const all = (): ReceivedMessage[] => [...(plain?.messages ?? []), ...(chunking?.messages ?? [])]
  const wanted = new Set(cases.map(({ recipient }) => recipient))
  const count = (): number => all().filter(({ recipients }) => recipients.some((one) => wanted.has(one))).length
  await server.until(({ queued }) => queued === 0)
  assert.equal(count(), cases.length)
  for (const one of cases) assertArrived(one, all())
  // No octet of a message was taken for a command.
  assert.deepEqual(
    [...(plain?.transcript ?? []), ...(chunking?.transcript ?? [])].filter((line) => line.includes('x@y.test')),
    [],
  )
  assert.deepEqual([...(plain?.refused ?? []), ...(chunking?.refused ?? [])], [])
}

test('from slots, rows and files, after a restart and without one', async () => {
  const sizes = [0, 1, 60, 700, 2000, 30_000, 50_000, 65_000, 100_000, 262_000, 300_000, 700_000]
  const cases = casesFor(sizes)
  await submitAll(cases)
  assert.equal((await server.status()).queued, cases.length)
  await server.stop()
  await server.startAgain()
  await server.call('route.set', { pattern: 'plain.test', url: `smtp://127.0.0.1:${plain!.port}` })
  await server.call('route.set', { pattern: 'chunking.test', url: `smtp://127.0.0.1:${chunking!.port}` })
  for (const domain of ['plain.test', 'chunking.test']) await server.hms('queue', 'retry', '--domain', domain)
  await assertAllArrive(cases)
  const again = casesFor([3, 70, 3000, 40_000, 400_000])
  await submitAll(again)
  await assertAllArrive(again)
})

test('short messages cut at each offset', async () => {
  using client = await SmtpClient.open(server.smtpPort)
  const text = 'From: a@sender.test\r\nDate: Sun, 22 Nov 2026 07:00:00 +0000\r\nMessage-ID: <c@x.test>\r\n\r\n.\r\n..x\r\n\r\n.\r\nend\r\n'
  const wire = `${text.replaceAll(/(^|\r\n)\./g, '$1..')}.\r\n`
  const cases: Case[] = []
  for (let at = wire.indexOf('\r\n\r\n'); at < wire.length; at++) {
    const one: Case = { name: `cut at ${at}`, sent: text, via: 'DATA', recipient: `cut${at}@plain.test`, bare: false }
    for (const command of ['MAIL FROM:<a@sender.test>', `RCPT TO:<${one.recipient}>`, 'DATA']) await client.command(command)
    client.write(wire.slice(0, at))
    await turn()
    await turn()
    client.write(wire.slice(at))
    assert.equal((await client.reply()).code, 250, one.name)
    cases.push(one)
  }
  await assertAllArrive(cases)
})

test('a name that XCLIENT brings adds no line to the header', async () => {
  using client = await SmtpClient.open(server.smtpPort)
  const told = await client.command('XCLIENT ADDR=127.0.0.1 HELO=a+0D+0A.+0D+0AMAIL+20FROM:<x@y.test> NAME=.+0D+0A.+0D+0A')
  assert.ok([220, 501].includes(told.code), told.text)
  await client.command('EHLO a\u0000.b')
  const sent = 'From: a@sender.test\r\nDate: Sun, 22 Nov 2026 07:00:00 +0000\r\nMessage-ID: <x@x.test>\r\n\r\ncalm\r\n'
  const one: Case = { name: 'xclient', sent, via: 'DATA', recipient: 'xclient@plain.test', bare: false }
  await client.command('EHLO client.test')
  await submit(client, one)
  await assertAllArrive([one])
})
