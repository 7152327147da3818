import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BareNewlines, DataDecoder, DataEncoder, encodeData } from './data-codec.ts'

interface Decoded {
  readonly text: string
  readonly rest: string | null
  readonly bare: boolean
  readonly longest: number
}

/** Decodes octets cut at the given places; `rest` is what follows the end, null where there was none. */
function decode(wire: Buffer, cuts: readonly number[], newlines: BareNewlines): Decoded {
  const decoder = new DataDecoder(newlines, true)
  const out: Buffer[] = []
  const edges = [0, ...cuts, wire.length]
  let rest: string | null = null
  for (let i = 0; i + 1 < edges.length && rest === null; i++) {
    // Each chunk in memory of its own, so that an index of another chunk cannot pass by accident.
    const chunk = Buffer.from(wire.subarray(edges[i], edges[i + 1]))
    const end = decoder.push(chunk, 0, out)
    if (end !== -1) rest = wire.toString('latin1', (edges[i] ?? 0) + end)
  }
  return { text: Buffer.concat(out).toString('latin1'), rest, bare: decoder.bareNewline, longest: decoder.longestLine }
}

/** At once, cut once at every place, cut twice at every pair of places, and octet by octet. */
function* everySplit(length: number): Generator<number[]> {
  yield []
  for (let i = 1; i < length; i++) yield [i]
  for (let i = 1; i < length; i++) for (let j = i + 1; j < length; j++) yield [i, j]
  yield Array.from({ length: length - 1 }, (_, i) => i + 1)
}

// wire, text of the message in `repair` (and in `refuse` where nothing is bare), what follows the end, whether bare.
const TABLE: readonly (readonly [wire: string, text: string, rest: string | null, bare: boolean])[] = [
  ['.\r\n', '', '', false],
  ['a\r\n.\r\n', 'a\r\n', '', false],
  ['a\r\n.\r\nMAIL', 'a\r\n', 'MAIL', false],
  ['\r\n.\r\n', '\r\n', '', false],
  ['a\r\n..\r\n.\r\n', 'a\r\n.\r\n', '', false],
  ['..\r\n.b\r\n..c\r\n.\r\nX', '.\r\nb\r\n.c\r\n', 'X', false],
  ['a.\r\n.\r\n', 'a.\r\n', '', false],
  ['a\r\n.', 'a\r\n', null, false],
  ['a\r\n.\r', 'a\r\n', null, false],
  // Smuggling: none of these ends the message (CVE-2023-51764, -51765, -51766).
  ['a\n.\nMAIL\r\n.\r\n', 'a\r\n.\r\nMAIL\r\n', '', true],
  ['a\n.\r\nMAIL\r\n.\r\n', 'a\r\n.\r\nMAIL\r\n', '', true],
  ['a\r\n.\nMAIL\r\n.\r\n', 'a\r\n\r\nMAIL\r\n', '', true],
  ['a\r.\rMAIL\r\n.\r\n', 'a\r\n.\r\nMAIL\r\n', '', true],
  ['a\r.\r\nMAIL\r\n.\r\n', 'a\r\n.\r\nMAIL\r\n', '', true],
  ['a\r\n.\rMAIL\r\n.\r\n', 'a\r\n\r\nMAIL\r\n', '', true],
  ['a\r\n.\r\rMAIL\r\n.\r\n', 'a\r\n\r\n\r\nMAIL\r\n', '', true],
  ['a\r\n.\r.\r\n.\r\n', 'a\r\n\r\n.\r\n', '', true],
  ['a\r\r\n.\r\n', 'a\r\n\r\n', '', true],
  ['a\n\r\n.\r\n', 'a\r\n\r\n', '', true],
  ['a\n\r.\n\r\r\n.\r\n', 'a\r\n\r\n.\r\n\r\n\r\n', '', true],
  ['\n.\r\n\r\n.\r\n', '\r\n.\r\n\r\n', '', true],
  ['\r.\r\n\r\n.\r\n', '\r\n.\r\n\r\n', '', true],
  ['a\0\r\n.\0\r\n.\r\n', 'a\0\r\n\0\r\n', '', false],
]

test('only CRLF.CRLF ends a message, however the octets are cut', () => {
  for (const [wire, text, rest, bare] of TABLE) {
    const octets = Buffer.from(wire, 'latin1')
    for (const cuts of everySplit(octets.length)) {
      const label = `${JSON.stringify(wire)} cut at ${cuts.join(' ')}`
      const repaired = decode(octets, cuts, 'repair')
      assert.deepEqual([repaired.text, repaired.rest, repaired.bare], [text, rest, bare], label)
      const refused = decode(octets, cuts, 'refuse')
      assert.deepEqual([refused.rest, refused.bare], [rest, bare], label)
      if (bare) assert.ok(refused.text.length < text.length, label)
      else assert.equal(refused.text, text, label)
    }
  }
})

test('the longest line is counted without CRLF and without the stuffed dot, across chunks', () => {
  const wire = Buffer.from('ab\r\n.12345\r\nabcd\r\n.\r\n', 'latin1')
  for (const cuts of everySplit(wire.length)) assert.equal(decode(wire, cuts, 'refuse').longest, 5, cuts.join(' '))
})

test('octets after the end do not colour the message, those in it do', () => {
  const see = (text: string): [boolean, boolean] => {
    const decoder = new DataDecoder('refuse', true)
    decoder.push(Buffer.from(text, 'latin1'), 0, [])
    return [decoder.eightBit, decoder.nul]
  }
  assert.deepEqual(see('a\r\n.\r\n\xff\0'), [false, false])
  assert.deepEqual(see('a\xe4\r\n.\r\n'), [true, false])
  assert.deepEqual(see('a\0\r\n.\r\n'), [false, true])
})

test('BDAT: dots are text, bare newlines are seen, a CR at the very end is bare, BINARYMIME is left alone', () => {
  const run = (newlines: BareNewlines, ...chunks: string[]): [string, boolean] => {
    const decoder = new DataDecoder(newlines, false)
    const out: Buffer[] = []
    for (const chunk of chunks) assert.equal(decoder.push(Buffer.from(chunk, 'latin1'), 0, out), -1)
    decoder.finish(out)
    return [Buffer.concat(out).toString('latin1'), decoder.bareNewline]
  }
  assert.deepEqual(run('refuse', 'a\r\n.\r', '\n..b'), ['a\r\n.\r\n..b', false])
  assert.deepEqual(run('repair', 'a\r', 'b\n', 'c\r'), ['a\r\nb\r\nc\r\n', true])
  assert.deepEqual(run('refuse', 'a\r'), ['a\r', true])
  assert.deepEqual(run('keep', 'a\r', '\nb\n\0\r'), ['a\r\nb\n\0\r', false])
})

test('a clean message is handed on as slices of its chunk, not copied', () => {
  const wire = Buffer.from(`${'0123456789\r\n'.repeat(300)}.\r\n`)
  const out: Buffer[] = []
  assert.equal(new DataDecoder('refuse', true).push(wire, 0, out), wire.length)
  assert.equal(out.length, 1)
  assert.equal(out[0]?.buffer, wire.buffer)
  const body = wire.subarray(0, wire.length - 3)
  assert.deepEqual(encodeData(body)[0], body)
  assert.equal(encodeData(body)[0], body)
})

test('encoded: dots stuffed, bare CR and LF repaired, ended once; decoding gives the body back', () => {
  const bodies: readonly (readonly [body: string, wire: string])[] = [
    ['', '.\r\n'],
    ['a', 'a\r\n.\r\n'],
    ['a\r\n', 'a\r\n.\r\n'],
    ['.\r\n..\r\na.b\r\n.c', '..\r\n...\r\na.b\r\n..c\r\n.\r\n'],
    ['a\n.\nb\r\n', 'a\r\n..\r\nb\r\n.\r\n'],
    ['a\r.\rb\r\n', 'a\r\n..\r\nb\r\n.\r\n'],
    ['a\r\n.\rb', 'a\r\n..\r\nb\r\n.\r\n'],
    ['a\r', 'a\r\n.\r\n'],
    ['\n\r\r\n', '\r\n\r\n\r\n.\r\n'],
  ]
  for (const [body, wire] of bodies) {
    const octets = Buffer.from(body, 'latin1')
    for (const cuts of everySplit(octets.length)) {
      const out: Buffer[] = []
      const encoder = new DataEncoder()
      const edges = [0, ...cuts, octets.length]
      for (let i = 0; i + 1 < edges.length; i++) encoder.push(Buffer.from(octets.subarray(edges[i], edges[i + 1])), out)
      encoder.finish(out)
      assert.equal(Buffer.concat(out).toString('latin1'), wire, `${JSON.stringify(body)} cut at ${cuts.join(' ')}`)
    }
  }
  const bdat: Buffer[] = []
  const encoder = new DataEncoder(false)
  encoder.push(Buffer.from('.a\n.b\r'), bdat)
  encoder.finish(bdat)
  assert.equal(Buffer.concat(bdat).toString(), '.a\r\n.b\r\n')
})

test('random octets: what the encoder sends, the decoder takes as clean and whole', () => {
  let seed = 42
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
    return (seed >> 8) % below
  }
  const alphabet = ['\r', '\n', '\r\n', '.', 'a', '\r\n.', '\xff', '\0']
  for (let round = 0; round < 3000; round++) {
    const body = Array.from({ length: random(12) }, () => alphabet[random(alphabet.length)]).join('')
    const wire = Buffer.concat(encodeData(Buffer.from(body, 'latin1')))
    const repaired = body.replaceAll(/\r\n|\r|\n/g, '\r\n')
    const whole = repaired === '' || repaired.endsWith('\r\n') ? repaired : `${repaired}\r\n`
    assert.deepEqual(
      decode(wire, [], 'refuse'),
      { text: whole, rest: '', bare: false, longest: Math.max(...whole.split('\r\n').map((line) => line.length)) },
      JSON.stringify(body),
    )
  }
})

test('what is called ready for the wire goes out as it came, whatever octets are in it', () => {
  let seed = 7
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
    return (seed >> 8) % below
  }
  const alphabet = [
    '\r',
    '\n',
    '\r\n',
    '\r\n',
    '.',
    '\r\n.',
    'a',
    'bcdefg',
    '\t',
    '\x0b',
    '\x0c',
    '\x0e',
    '\x0f',
    '\x8a',
    '\x8d',
    '\0',
    '\xff',
  ]
  const seen = { ready: 0, stuffed: 0 }
  for (let round = 0; round < 20_000; round++) {
    const from = random(4) === 0 ? 0 : 4
    const text = Array.from({ length: random(40) }, () => alphabet[from + random(alphabet.length - from)]).join('')
    const wire = Buffer.from(`${text.replace(/^\./, '..').replaceAll('\r\n.', '\r\n..')}\r\n.\r\n`, 'latin1')
    const decoder = new DataDecoder('repair', true)
    const out: Buffer[] = []
    const most = [wire.length, 1, 3, 20][random(4)] ?? 1
    for (let at = 0; at < wire.length;) {
      const piece = Buffer.from(wire.subarray(at, at + 1 + random(most)))
      at += piece.length
      assert.equal(decoder.push(piece, 0, out), at === wire.length ? piece.length : -1)
    }
    const message = Buffer.concat(out)
    const lines = message.toString('latin1').split('\r\n')
    assert.equal(decoder.bareNewline, /\r(?!\n)|(?<!\r)\n/.test(text), JSON.stringify(text))
    if (!decoder.bareNewline) assert.equal(decoder.longestLine, Math.max(...lines.map((line) => line.length)), JSON.stringify(text))
    const sent = Buffer.concat(encodeData(message))
    if (decoder.wireReady) assert.deepEqual(sent, Buffer.concat([message, Buffer.from('.\r\n')]), JSON.stringify(text))
    else assert.ok(decoder.bareNewline || lines.some((line) => line.startsWith('.')), JSON.stringify(text))
    seen[decoder.wireReady ? 'ready' : 'stuffed']++
  }
  assert.ok(seen.ready > 5000 && seen.stuffed > 5000, JSON.stringify(seen))
  const chunks = new DataDecoder('refuse', false)
  chunks.push(Buffer.from('no dot\r\n'), 0, [])
  chunks.finish([])
  assert.ok(!chunks.wireReady, 'what comes by BDAT may end in the middle of a line')
})

test('the work grows with the octets, also where one of CR and LF is missing', () => {
  for (const unit of ['a\n', 'a\r', 'a\r\n', '.\r\n', 'a\r\n.', 'aaaa']) {
    const searches = (times: number): number => {
      const chunk = Buffer.from(unit.repeat(times))
      let octets = 0
      const counted = Object.assign(chunk, {
        indexOf(octet: number, from: number): number {
          const index = Buffer.prototype.indexOf.call(chunk, octet, from)
          octets += (index === -1 ? chunk.length : index + 1) - from
          return index
        },
      })
      new DataDecoder('repair', true).push(counted, 0, [])
      new DataEncoder().push(counted, [])
      return octets
    }
    assert.ok(searches(8000) <= 4 * 8000 * unit.length + 8, unit)
  }
})
