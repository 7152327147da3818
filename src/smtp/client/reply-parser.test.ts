import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerReply } from '../../contract/events.ts'
import { ReplyParser } from './reply-parser.ts'

/** Every reply in `text`, fed in pieces of `size` octets, and why it ended where it broke. */
function parse(text: string | Buffer, size = 1 << 20): { replies: PeerReply[]; broken: string | null; lines: readonly string[] } {
  const parser = new ReplyParser()
  const octets = Buffer.from(text)
  const replies: PeerReply[] = []
  let lines: readonly string[] = []
  for (let at = 0; at < octets.length; at += size) {
    parser.push(octets.subarray(at, at + size))
    for (let reply = parser.next(); reply !== null; reply = parser.next()) {
      replies.push(reply)
      lines = parser.lines
    }
  }
  return { replies, broken: parser.broken, lines }
}

test('replies of one line and of several, cut anywhere', () => {
  const text =
    '250 2.1.0 Ok\r\n354 go on\n250\r\n250-2.1.5 one\r\n250-2.1.5 two\r\n250 2.1.5 three\r\n550 4.1.1 odd class\r\n250-peer.test\r\n250 SIZE 1\r\n'
  const expected = [
    { code: 250, enhanced: '2.1.0', text: 'Ok' },
    { code: 354, enhanced: null, text: 'go on' },
    { code: 250, enhanced: null, text: '' },
    { code: 250, enhanced: '2.1.5', text: 'one two three' },
    { code: 550, enhanced: null, text: '4.1.1 odd class' },
    { code: 250, enhanced: null, text: 'peer.test SIZE 1' },
  ]
  for (let size = 1; size < 20; size++) {
    const { replies, broken, lines } = parse(text, size)
    assert.deepEqual(replies, expected)
    assert.equal(broken, null)
    assert.deepEqual(lines, ['peer.test', 'SIZE 1'])
  }
})

test('what is shown later is short, whole UTF-8 and without control characters', () => {
  const [reply] = parse('550 5.1.1 \u001b[31mr\u0000ed\u0085 Größe 💥\u2028x\r\n').replies
  assert.deepEqual(reply, { code: 550, enhanced: '5.1.1', text: ' [31mr ed  Größe 💥 x' })
  const [broken] = parse(Buffer.from([...Buffer.from('550 '), 0xff, 0xc3, 13, 10])).replies
  assert.equal(broken?.text, '\ufffd\ufffd')
  const [long] = parse(`550 ${'x'.repeat(1023)}💥\r\n`).replies
  assert.equal(long?.text.length, 1024)
  assert.ok(long?.text.isWellFormed())
})

test('a line is cut, lines and replies are bounded, nonsense ends it', () => {
  for (const size of [1, 7, 1000, 1 << 20]) {
    const cut = parse(`250 ${'x'.repeat(10_000)}\r\n220 next\r\n`, size)
    assert.deepEqual(
      cut.replies.map(({ code, text }) => [code, text.length]),
      [
        [250, 1024],
        [220, 4],
      ],
    )
    assert.match(parse('250-x\r\n'.repeat(101), size).broken ?? '', /lines/)
    assert.equal(parse(`${'250-x\r\n'.repeat(99)}250 x\r\n`, size).broken, null)
    assert.match(parse('2'.repeat(70_000), size).broken ?? '', /octets/)
    assert.match(parse(`250-${'x'.repeat(3000)}\r\n`.repeat(30), size).broken ?? '', /octets/)
    for (const nonsense of ['hello\r\n', '\r\n', '25\r\n', '2500 x\r\n', '250_x\r\n', '150 x\r\n', '650 x\r\n', ' 250 x\r\n', '25O x\r\n'])
      assert.match(parse(nonsense, size).broken ?? '', /no reply/)
  }
})

test('many replies in one piece are not taken for one that is too long', () => {
  assert.equal(parse('250 2.1.5 Ok\r\n'.repeat(20_000)).replies.length, 20_000)
})

test('octets beyond a reply are known to be there', () => {
  const parser = new ReplyParser()
  parser.push(Buffer.from('220 ready\r\n2'))
  assert.equal(parser.next()?.code, 220)
  assert.equal(parser.pending, true)
  parser.push(Buffer.from('50 ok\r\n'))
  assert.equal(parser.next()?.code, 250)
  assert.equal(parser.pending, false)
})

test('random octets never throw, and are never held beyond the bounds', () => {
  let seed = 7
  const random = (): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff
  const alphabet = Buffer.from('2250  --\r\n\r\nxé.1')
  for (let round = 0; round < 300; round++) {
    const octets = Buffer.from(Array.from({ length: 2000 }, () => alphabet[Math.floor(random() * alphabet.length)] ?? 0))
    parse(octets, 1 + Math.floor(random() * 300))
  }
})
