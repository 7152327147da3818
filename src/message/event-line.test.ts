import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailEvent, NumberedEvent } from '../contract/events.ts'
import { eventsOf, EventWriter, LinePick, readEvents, toldText } from './event-line.ts'

const AT = Date.UTC(2026, 10, 2, 7, 5, 9, 7)
const TEXTS = ['plain', 'Ok: queued as "4B1"\u0007 grün', 'a\nb\r\nc\u2028', 'half a \ud83d', '']

function event(n: number): MailEvent {
  return { kind: 'held', at: AT + Math.floor(n / 2), account: 1000 + n, reason: TEXTS[n % TEXTS.length], size: n } as unknown as MailEvent
}

const writer = new EventWriter(7)
const events = Array.from({ length: 10 }, (_unused, n) => event(n))
const lines = Buffer.from(events.map((one, n) => writer.line(one, n + 1)).join(''))

test('an event is one line of JSON, its time in front, its id behind', () => {
  const texts = lines.toString().split('\n')
  assert.equal(texts.pop(), '')
  assert.deepEqual(
    texts,
    events.map((one, n) => JSON.stringify({ time: new Date(one.at).toISOString(), ...one, id: `7.${n + 1}` })),
  )
})

test('what is read is what was told, from where it is wanted on', () => {
  const told = eventsOf(lines)
  assert.deepEqual(
    told,
    events.map((one, n): NumberedEvent => Object.assign({}, one, { id: `7.${n + 1}` })),
  )
  assert.deepEqual(
    Array.from(readEvents(lines, 4), ({ number }) => number),
    [5, 6, 7, 8, 9, 10],
  )
  for (const { number, start, end } of readEvents(lines)) assert.deepEqual(eventsOf(lines.subarray(start, end)), [told[number - 1]])
  assert.throws(() => eventsOf(lines.subarray(0, -1)), /within a line/)
})

test('the text of an event is that of what was told, wherever its lines lie', () => {
  const within = Buffer.concat([Buffer.from('before'), lines]).subarray('before'.length)
  for (const octets of [lines, within, new Uint8Array(lines)]) {
    const texts = Array.from(readEvents(octets), (lined) => toldText(octets, lined))
    assert.deepEqual(
      texts.map((text) => JSON.parse(text) as unknown),
      eventsOf(octets),
    )
    assert.equal(texts[0], JSON.stringify(eventsOf(octets)[0]))
  }
})

test('the lines of some events are those lines, without a copy where they are neighbours', () => {
  for (const wanted of [[], [1], [10], [2, 3, 4], [1, 3, 4, 9, 10], [5, 7]]) {
    const pick = new LinePick()
    for (const one of readEvents(lines)) if (wanted.includes(one.number)) pick.add(one)
    const picked = pick.from(lines)
    assert.deepEqual(
      eventsOf(picked).map(({ id }) => id),
      wanted.map((number) => `7.${number}`),
    )
    if (wanted.length === 3) assert.equal(picked.buffer, lines.buffer)
  }
})
