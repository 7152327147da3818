// The conversation with a filter: what is agreed on, what each step is in octets, what each answer means, and what a filter that is broken or
// hostile can say.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chance } from '../../../testkit/chance.ts'
import { ChangeCollector } from './changes.ts'
import { PacketContent } from './packets.ts'
import { type MilterConversation, type Step, type Taken } from './conversation.ts'
import { agreed, answerOf, BOUNDS, conversation, packetsIn, pkt, u32 } from '../../../testkit/milter-packets.ts'

const CONNECT: Step = { step: 'connect', name: '[192.0.2.7]', address: '192.0.2.7', port: 4711, family: 4 }

function said(talk: MilterConversation, step: Step, ...answers: readonly Buffer[]): Taken {
  assert.equal(talk.ask(step).waits, true)
  let taken = talk.take(Buffer.concat(answers))
  while (taken.taken === 'progress') taken = talk.take(null)
  return taken
}

function verdictOf(taken: Taken) {
  if (taken.taken !== 'verdict') throw new Error(`no verdict: ${JSON.stringify(taken)}`)
  return taken.verdict
}

function changesOf(...answers: readonly Buffer[]) {
  const verdict = verdictOf(said(agreed(), { step: 'end' }, ...answers, pkt('c')))
  assert.ok('changes' in verdict)
  return verdict.changes
}

function brokenBy(...answers: readonly Buffer[]): string {
  const taken = said(agreed(), { step: 'end' }, ...answers, pkt('c'))
  assert.equal(taken.taken, 'broken', JSON.stringify(taken))
  return taken.taken === 'broken' ? taken.why : ''
}

test('what is offered is version 6 with all that a filter can do', () => {
  assert.deepEqual(packetsIn(conversation().negotiate()), [['O', Buffer.concat([u32(6), u32(0x1ff), u32(0x1fffff)]).toString('latin1')]])
})

test('each step is the packet that libmilter reads', () => {
  const talk = agreed()
  const sent = (step: Step): [string, string][] => {
    const { octets } = talk.ask(step)
    talk.take(pkt('c'))
    return packetsIn(octets ?? Buffer.alloc(0))
  }
  assert.deepEqual(sent(CONNECT), [['C', '[192.0.2.7]\x004\x12\x67192.0.2.7\0']])
  assert.deepEqual(sent({ ...CONNECT, address: '2001:db8::1', port: 25, family: 6, name: 'x' }), [['C', 'x\x006\0\x192001:db8::1\0']])
  assert.deepEqual(sent({ ...CONNECT, family: 0, name: 'unknown' }), [['C', 'unknown\0U']])
  assert.deepEqual(sent({ step: 'helo', name: 'client.example' }), [['H', 'client.example\0']])
  assert.deepEqual(sent({ step: 'mail', address: 'a@b.example', parameters: ['SIZE=10'] }), [['M', '<a@b.example>\0SIZE=10\0']])
  assert.deepEqual(sent({ step: 'mail', address: '', parameters: [] }), [['M', '<>\0']])
  assert.deepEqual(sent({ step: 'recipient', address: 'c@d.example', parameters: [] }), [['R', '<c@d.example>\0']])
  assert.deepEqual(sent({ step: 'data' }), [['T', '']])
  assert.deepEqual(sent({ step: 'header', name: 'Subject', value: ' one\r\n\ttwo \xfc' }), [['L', 'Subject\0one\n\ttwo \xfc\0']])
  assert.deepEqual(sent({ step: 'header', name: 'A', value: 'no\0thing' }), [['L', 'A\0nothing\0']], 'a NUL would be one end more')
  assert.deepEqual(sent({ step: 'headerEnd' }), [['N', '']])
  assert.deepEqual(sent({ step: 'body', octets: Buffer.from('text\r\n') }), [['B', 'text\r\n']])
  assert.deepEqual(sent({ step: 'unknown', line: 'FOO bar' }), [['U', 'FOO bar\0']])
  assert.deepEqual(sent({ step: 'end' }), [['E', '']])
  assert.deepEqual(packetsIn(talk.abort()), [['A', '']])
  assert.deepEqual(
    [...packetsIn(talk.quit(true)), ...packetsIn(talk.quit(false))],
    [
      ['K', ''],
      ['Q', ''],
    ],
  )
})

test('a filter gets the space after the colon where it asked for it, in both directions', () => {
  const talk = agreed({ protocol: 0x100000 })
  const { octets } = talk.ask({ step: 'header', name: 'A', value: '  b' })
  assert.deepEqual(packetsIn(octets ?? Buffer.alloc(0)), [['L', 'A\0  b\0']])
  talk.take(pkt('c'))
  const verdict = verdictOf(said(talk, { step: 'end' }, pkt('h', 'X\0\tv\0'), pkt('c')))
  assert.deepEqual('changes' in verdict && verdict.changes.header, [{ change: 'add', name: 'X', value: '\tv' }])
})

test('macros go before their step: the usual ones, or those that the filter asked for at that stage', () => {
  const macros = { j: 'mx.example', client_addr: '192.0.2.7', secret: 'no', empty: '' }
  assert.deepEqual(packetsIn(agreed().ask(CONNECT, macros).octets ?? Buffer.alloc(0))[0], [
    'D',
    'Cj\0mx.example\0{client_addr}\x00192.0.2.7\0',
  ])
  const picky = agreed({ macros: Buffer.concat([u32(0), Buffer.from('{client_addr} i\0'), u32(99), Buffer.from('x\0')]) })
  assert.deepEqual(packetsIn(picky.ask(CONNECT, macros).octets ?? Buffer.alloc(0))[0], ['D', 'C{client_addr}\x00192.0.2.7\0'])
  const names = agreed({ macros: Buffer.concat([u32(0), Buffer.from('__proto__ constructor toString\0')]) })
  assert.equal(packetsIn(names.ask(CONNECT, macros).octets ?? Buffer.alloc(0)).length, 1, 'what every object has is no macro')
})

test('what a filter does not want is not asked, and what it does not answer is not waited for', () => {
  const talk = agreed({ protocol: 0x2 | 0x80 | 0x80000 })
  assert.deepEqual(talk.ask({ step: 'helo', name: 'x' }), { octets: null, waits: false })
  assert.deepEqual(packetsIn(talk.ask({ step: 'helo', name: 'x' }, { tls_version: 'TLSv1.3' }).octets ?? Buffer.alloc(0)), [
    ['D', 'H{tls_version}\0TLSv1.3\0'],
  ])
  assert.equal(talk.ask({ step: 'header', name: 'A', value: 'b' }).waits, false)
  assert.equal(talk.ask({ step: 'body', octets: Buffer.from('x') }).waits, false)
  assert.equal(talk.ask({ step: 'end' }).waits, true)
})

test('filters of versions 2 to 5 are asked what their version knows', () => {
  for (const [version, unknown, data] of [
    [2, false, false],
    [3, true, false],
    [4, true, true],
    [5, true, true],
    [6, true, true],
  ] as const) {
    const talk = agreed({ version })
    assert.deepEqual([talk.wants('unknown'), talk.wants('data')], [unknown, data], `version ${version}`)
    assert.equal(talk.agreement?.maySkip, false)
  }
  // Bits that came with version 6 mean nothing before.
  assert.equal(agreed({ version: 2, protocol: 0x100400 }).agreement?.leadingSpace, false)
})

test('a filter with which nothing can be agreed on is told apart', () => {
  const answer = (octets: Buffer): string => {
    const talk = conversation()
    talk.negotiate()
    const taken = talk.take(octets)
    return taken.taken === 'broken' ? taken.why : taken.taken
  }
  assert.match(answer(answerOf({ version: 1 })), /version 1/)
  assert.match(answer(answerOf({ version: 7 })), /version 7/)
  assert.match(answer(answerOf({ actions: 0x10000 })), /no filter can do/)
  assert.match(answer(pkt('O', 'short')), /too short/)
  assert.match(answer(pkt('c')), /not about options/)
  assert.match(answer(answerOf({ macros: Buffer.from('\0\0\0\0no end') })), /macros cannot be read/)
  assert.match(answer(answerOf({ macros: Buffer.concat([u32(0), Buffer.from(`${'a '.repeat(200)}\0`)]) })), /more than 100 macros/)
  assert.match(answer(Buffer.from('HTTP/1.1 400 Bad Request\r\n')), /packet of \d+ octets/)
})

test('every answer has its meaning', () => {
  const one = (...answers: readonly Buffer[]) => verdictOf(said(agreed(), CONNECT, ...answers))
  assert.deepEqual(one(pkt('c')).verdict, 'continue')
  assert.deepEqual(one(pkt('a')).verdict, 'accept')
  assert.deepEqual(one(pkt('r')), { verdict: 'reject' })
  assert.deepEqual(one(pkt('t')), { verdict: 'tempfail' })
  assert.deepEqual(one(pkt('d')), { verdict: 'discard' })
  assert.deepEqual(one(pkt('4')), { verdict: 'shutdown' })
  assert.deepEqual(one(pkt('f')), { verdict: 'tempfail' })
  assert.deepEqual(one(pkt('y', '554 5.7.1 No %%100.\0')), {
    verdict: 'reply',
    reply: { code: 554, enhanced: '5.7.1', lines: ['No %100.'] },
  })
})

test('a reply of several lines is one; what is no refusal is none', () => {
  const reply = (text: string) => {
    const taken = said(agreed(), CONNECT, pkt('y', text))
    return taken.taken === 'verdict' && taken.verdict.verdict === 'reply' ? taken.verdict.reply : taken.taken
  }
  assert.deepEqual(reply('451-4.7.1 one\r\n451 4.7.1 two\0'), { code: 451, enhanced: '4.7.1', lines: ['one', 'two'] })
  assert.deepEqual(reply('550 no code'), { code: 550, enhanced: '5.7.1', lines: ['no code'] })
  assert.deepEqual(reply('421 4.3.2 bye\0'), { code: 421, enhanced: '4.3.2', lines: ['bye'], close: true })
  assert.deepEqual(reply('550 5.7.1 a\u0007\u00fc\0'), { code: 550, enhanced: '5.7.1', lines: ['a??'] })
  for (const bad of [
    '250 2.0.0 Ok\0',
    '550\0',
    '',
    'nonsense\0',
    '550 4.7.1 mixed\0',
    '550-5.7.1 a\r\n250 ok\0',
    `550 x\r\n${'550 x\r\n'.repeat(40)}\0`,
  ])
    assert.equal(reply(bad), 'broken', bad)
  const long = reply(`550 ${'x'.repeat(5000)}\0`)
  assert.ok(typeof long === 'object' && (long.lines[0] ?? '').length < 500)
})

test('changes come at the end of a message, in their order', () => {
  const changes = changesOf(
    pkt('h', 'X-Spam\0yes\0'),
    pkt('i', Buffer.concat([u32(1), Buffer.from('DKIM-Signature\0v=1;\n\tb=x\0')])),
    pkt('m', Buffer.concat([u32(2), Buffer.from('Subject\0[SPAM] x\0')])),
    pkt('m', Buffer.concat([u32(0), Buffer.from('X-Old\0\0')])),
    pkt('+', '<new@x.example>\0'),
    pkt('2', '<dsn@x.example>\0NOTIFY=NEVER\0'),
    pkt('-', '<old@x.example>\0'),
    pkt('e', '<from@x.example>\0SIZE=1\0'),
    pkt('b', 'new '),
    pkt('b', 'body\r\n'),
    pkt('q', 'looks odd\0'),
    pkt('p'),
  )
  assert.deepEqual(changes.header, [
    { change: 'add', name: 'X-Spam', value: ' yes' },
    { change: 'insert', index: 1, name: 'DKIM-Signature', value: ' v=1;\r\n\tb=x' },
    { change: 'set', index: 2, name: 'Subject', value: ' [SPAM] x' },
    { change: 'delete', index: 1, name: 'X-Old' },
  ])
  assert.deepEqual(
    changes.recipients.map(({ change, recipient, parameters }) => [change, recipient.address, parameters]),
    [
      ['add', 'new@x.example', ''],
      ['add', 'dsn@x.example', 'NOTIFY=NEVER'],
      ['delete', 'old@x.example', ''],
    ],
  )
  assert.deepEqual([changes.sender?.mailbox?.address, changes.sender?.parameters], ['from@x.example', 'SIZE=1'])
  assert.equal(Buffer.concat(changes.body ?? []).toString(), 'new body\r\n')
  assert.equal(changes.quarantine, 'looks odd')
})

test('a value of a header field cannot begin another field, nor end the header', () => {
  const [change] = changesOf(pkt('h', 'X-A\0one\r\nBcc: victim@x.example\r\n\r\nbody\rmore\0')).header
  assert.deepEqual(change, { change: 'add', name: 'X-A', value: ' one\r\n\tBcc: victim@x.example\r\n\tbody more' })
  for (const name of ['', 'A B', 'A:B', 'A\r\nB', 'Ä', 'x'.repeat(300)]) assert.match(brokenBy(pkt('h', `${name}\0v\0`)), /no name/)
})

test('an answer at the wrong time, or one that was not agreed on, is nonsense', () => {
  assert.equal(said(agreed(), CONNECT, pkt('h', 'A\0b\0')).taken, 'broken', 'a change before the end')
  assert.equal(said(agreed({ actions: 0x1 }), { step: 'end' }, pkt('b', 'x')).taken, 'broken', 'a change that was not asked for')
  assert.equal(said(agreed(), { step: 'end' }, pkt('s')).taken, 'broken', 'nothing can be skipped at the end')
  assert.equal(agreed().take(pkt('c')).taken, 'broken', 'nothing was asked')
  assert.equal(said(agreed(), CONNECT, pkt('c'), pkt('c')).taken, 'broken', 'an answer more')
  assert.equal(said(agreed(), CONNECT, pkt('?')).taken, 'broken')
  const broken = agreed()
  broken.take(pkt('c'))
  assert.throws(() => broken.ask(CONNECT))
})

test('a filter that saw enough is not asked about more of the same, and about the next message again', () => {
  const talk = agreed({ protocol: 0x400 })
  const body: Step = { step: 'body', octets: Buffer.from('x') }
  assert.equal(verdictOf(said(talk, body, pkt('s'))).verdict, 'continue')
  assert.equal(talk.wants('body'), false)
  assert.deepEqual(talk.ask(body), { octets: null, waits: false })
  verdictOf(said(talk, { step: 'end' }, pkt('c')))
  assert.equal(talk.ask(body).waits, true)
})

test('everything that a filter sends is bounded', () => {
  assert.match(brokenBy(pkt('b', 'x'.repeat(BOUNDS.body)), pkt('b', 'x')), /larger than/)
  assert.match(brokenBy(...Array.from({ length: 30 }, () => pkt('h', `A\0${'x'.repeat(1000)}\0`))), /changes of the header/)
  assert.match(brokenBy(...Array.from({ length: BOUNDS.recipients + 1 }, (_, n) => pkt('+', `<a${n}@x.example>\0`))), /recipients/)
  assert.match(brokenBy(Buffer.concat([u32(2_000_000), Buffer.from('b')])), /packet of 2000000/)
  assert.match(brokenBy(pkt('+', '<no address>\0')), /no address/)
  assert.match(brokenBy(pkt('+', 'cut')), /cut off/)
  assert.match(brokenBy(pkt('m', 'abc')), /cut off/)
  assert.match(brokenBy(pkt('e', '<a@b.example\r\nRCPT TO:<c@d.example>>\0')), /no address/)
})

test('what a filter says without an end is ended, and small pieces of a body take the memory of their octets', () => {
  for (const letter of ['p', 'b', 'q'])
    assert.match(brokenBy(Buffer.concat(Array.from({ length: 10_001 }, () => pkt(letter)))), /without an end/)
  const { body = [] } = changesOf(Buffer.concat(Array.from({ length: 70_000 }, (_, n) => pkt('b', n % 2 === 0 ? 'x' : 'y'))))
  assert.deepEqual([body.length, Buffer.concat(body).toString()], [2, 'xy'.repeat(35_000)])
})

test('a megabyte of one character is read as quickly as any other', () => {
  // Taken apart by a pattern that looks ahead, each of these would keep the server for half an hour.
  const run = '\r'.repeat(1_000_000)
  for (const answer of [pkt('y', `550 ${run}`), pkt('y', `550 ${'\0'.repeat(1_000_000)}x`)]) said(agreed(), { step: 'data' }, answer)
  const changes = new ChangeCollector({ ...BOUNDS, header: 2_000_000 }, false)
  assert.equal(changes.take('h', new PacketContent(Buffer.from(`A\0b${run}\0`))), null)
  assert.equal(changes.all.header[0]?.name, 'A')
})

test('octets may come in any pieces', () => {
  const octets = Buffer.concat([pkt('p'), pkt('h', 'A\0b\0'), pkt('b', 'text'), pkt('a')])
  for (let size = 1; size < octets.length; size++) {
    const talk = agreed()
    talk.ask({ step: 'end' })
    let last: Taken = { taken: 'nothing' }
    for (let at = 0; at < octets.length; at += size) {
      last = talk.take(octets.subarray(at, at + size))
      while (last.taken === 'progress') last = talk.take(null)
    }
    const verdict = verdictOf(last)
    assert.ok('changes' in verdict && verdict.changes.header.length === 1 && verdict.changes.body?.length === 1)
  }
})

/** What is usual, more often than what is not. */
const LETTERS = `ABCEKO+-24befhilmqsy?\0\xff${'acdprt'.repeat(8)}`
const STEPS: readonly Step[] = [
  CONNECT,
  { step: 'helo', name: 'x' },
  { step: 'data' },
  { step: 'body', octets: Buffer.from('x') },
  { step: 'end' },
]

test('octets of every kind at every step: nothing throws, and what is nonsense ends the conversation', () => {
  let broken = 0
  let verdicts = 0
  for (let seed = 1; seed <= 4000; seed++) {
    const random = chance(seed)
    const below = (n: number): number => Math.floor(random() * n)
    const talk = below(10) === 0 ? conversation() : agreed({ protocol: below(2) === 0 ? 0x400 : 0, actions: below(4) === 0 ? 0 : 0x1ff })
    if (talk.agreement === null) talk.negotiate()
    for (let n = 0; n < 6 && !talk.isBroken && talk.agreement !== null; n++) {
      const step = STEPS[below(STEPS.length)]
      if (step === undefined || !talk.ask(step).waits) continue
      const pieces = Array.from({ length: 1 + below(4) }, () => {
        const text = Array.from({ length: below(12) }, () => ['\0', 'a', '<x@y.example>', '550 ', '\r\n', ':', '\xff'][below(7)]).join('')
        const made = pkt(LETTERS[below(LETTERS.length)] ?? 'c', Buffer.from(text, 'latin1'))
        return below(20) === 0 ? made.subarray(0, below(made.length)) : made
      })
      let taken = talk.take(Buffer.concat(pieces))
      while (taken.taken === 'progress') taken = talk.take(null)
      if (taken.taken === 'broken') broken++
      if (taken.taken === 'verdict') verdicts++
      // It is still waited for: a clock would end that.
      if (taken.taken === 'nothing') break
    }
  }
  assert.ok(broken > 500 && verdicts > 500, `${broken} broken, ${verdicts} verdicts`)
})
