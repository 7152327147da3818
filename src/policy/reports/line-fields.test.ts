// What is read of the octets of a line is what JSON.parse reads of it, whatever is in the event, and however the line is written.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAIL_EVENT_KINDS, type MailEvent } from '../../contract/events.ts'
import { chance } from '../../../testkit/chance.ts'
import { Gathering } from './gathering.ts'
import { LineFields, NUMBER } from './line-fields.ts'
import { Tally } from './tally.ts'

const draw = chance(11)
const random = (below: number): number => Math.floor(draw() * below)
const pick = <T>(...from: readonly T[]): T => from[random(from.length)] as T

const TEXTS = [
  '',
  'a',
  'kind',
  'x"y',
  'back\\slash',
  'line\nfeed',
  'Größe',
  '日本',
  '{"id":"1.2"}',
  ',',
  'x'.repeat(300),
  '\ud800',
  '\u0000',
  'a}',
  '[',
]
const text = (): string => pick(...TEXTS) + (random(2) === 0 ? '' : String(random(50)))
const address = (): string =>
  `${text()}@${pick('one.test', 'ONE.test', 'zwei.test', 'größe.test', 'ÜBER.test', 'x"y.test', 'https://Hook.test:1/In?t=1')}`

/** As the house writes it or with fields in any order, some missing, some that nobody knows. */
function event(): MailEvent {
  const kind = pick(...MAIL_EVENT_KINDS)
  const fields: [string, unknown][] = [
    ['at', Date.UTC(2026, 10, 1) + random(3) * 3_600_000 + random(1000)],
    ['account', 1000 + random(3)],
    ['message', text()],
    ['mailing', pick(null, text(), text())],
    ['size', pick(0, 1, 20_000, 2 ** 40)],
    ['recipient', address()],
    ['kind', kind],
    ['recipients', 1],
  ]
  const maybe = (name: string, value: unknown): void => void (random(3) > 0 && fields.push([name, value]))
  maybe('metadata', { kind: text(), at: [1, { id: text() }], domain: text() })
  maybe('tags', [text(), text()])
  maybe('stream', pick(null, 'bulk', text()))
  if (kind === 'accepted') {
    const others = Array.from({ length: random(4) }, address)
    if (others.length > 0) fields.push(['others', others])
    fields.push(['recipients', others.length + 1])
    maybe('from', pick(0, 1000))
  } else fields.push(['domain', pick('one.test', text())])
  fields.push(['queuedFor', pick(0, 5, 1234.5, 1e21, -1)])
  maybe('site', pick(null, 'mx.one.test', text()))
  maybe('source', text())
  if (/deferred|failed|expired|bounced/.test(kind)) fields.push(['failureCode', pick(2001, 3001, 1999)])
  maybe('category', pick('Hard', 'Soft', 'AutoReply', text()))
  fields.push(['machine', pick(null, text())])
  maybe('probably', { account: 1, at: 2 })
  if (random(3) === 0) fields.sort(() => draw() - 0.5)
  return Object.fromEntries(fields) as unknown as MailEvent
}

function seen(tally: Tally): Map<string, readonly number[]> {
  const gathering = new Gathering(tally)
  const all = new Map<string, readonly number[]>()
  for (const hour of tally.hours())
    for (const { account, rollup, size, first, second, sum } of gathering.groups(hour))
      for (let value = 0; value < size; value++) {
        const also = second(value)
        const key = JSON.stringify([hour, account, rollup, tally.names.text(first(value)), also < 0 ? also : tally.names.text(also)])
        const { figures, times } = sum(value)
        all.set(key, [...figures, ...times])
      }
  return all
}

test('lines are counted as JSON.parse reads them', () => {
  const [byLine, byEvent, line] = [new Tally(), new Tally(), new LineFields()]
  let understood = 0
  for (let n = 1; n <= 20_000; n++) {
    const told = event()
    const written = `{"time":"${new Date(told.at).toISOString()}",${JSON.stringify(told).slice(1, -1)},"id":"3.${n}"}`
    const octets = Buffer.from(`x${written}\n`)
    const parsed = JSON.parse(written) as MailEvent
    byEvent.add(parsed)
    if (line.read(octets, 1, octets.length - 1)) {
      understood++
      assert.deepEqual(
        [line.number, line.kind, line.numbers[NUMBER.at], line.numbers[NUMBER.account]],
        [n, told.kind, told.at, told.account],
      )
      byLine.addLine(line)
    } else byLine.add(parsed)
  }
  assert.ok(understood > 2000 && understood < 19_000, `${understood}`)
  assert.deepEqual(seen(byLine), seen(byEvent))
})

test('a line that is cut, or is written in another way, is not understood, and nothing is read beyond it', () => {
  const line = new LineFields()
  const whole = '{"time":"x","at":5,"account":1000,"size":1,"recipient":"a@b.test","recipients":1,"kind":"accepted","id":"0.7"}'
  const octets = Buffer.from(`${whole}\n${whole}\n`)
  assert.equal(line.read(octets, 0, whole.length), true)
  for (let end = 0; end < whole.length; end++) assert.equal(line.read(octets, 0, end), false, whole.slice(0, end))
  const others = [
    '',
    '{}',
    '[]',
    'null',
    ' ' + whole,
    whole + ' ',
    whole.replace(':5', ': 5'),
    whole.replace('5', '"5"'),
    whole.replace('5', 'null'),
  ]
  for (const other of [...others, whole.replace('accepted', 'else'), whole.replace('a@b', '\\u0061@b')])
    assert.equal(line.read(Buffer.from(`${other}\n`), 0, other.length), false, other)
})
