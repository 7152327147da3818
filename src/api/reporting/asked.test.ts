import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../../base/fault.ts'
import { askedBy, formOf } from './asked.ts'
import { dateTime } from './times.ts'

const NOW = Date.UTC(2026, 10, 22, 7)
const said = (query: string): string => {
  try {
    askedBy(query, NOW)
  } catch (error) {
    return error instanceof Fault ? `${error.code}: ${error.message}` : assert.fail(String(error))
  }
  return assert.fail(`${query} was taken`)
}
const span = (query: string): string => {
  const { since, until } = askedBy(query, NOW)
  return `${new Date(since).toISOString()} ${new Date(until).toISOString()}`
}

test('what programs send: names in any case, empty values, pluses for blanks', () => {
  const asked = askedBy('serverid=1001&TYPE=Xml&count=&index=&mailingId=may&messageId=&sortDirection=desc&disposition=0&timeZone=+120', NOW)
  assert.deepEqual(asked, {
    form: 'xml',
    account: 1001,
    count: 500,
    index: 0,
    since: 0,
    until: NOW,
    offset: 120,
    mailing: 'may',
    client: null,
    isNewestFirst: true,
  })
  assert.equal(askedBy('accountId=1002', NOW).account, 1002)
  assert.equal(askedBy('accountId=1002&serverId=1002', NOW).account, 1002)
  assert.equal(askedBy('', NOW).account, null)
})

test('dates are in the zone that is named; a time has its second in it, a day ends as it begins', () => {
  assert.equal(span('startDate=2026-11-20&endDate=2026-11-21'), '2026-11-20T00:00:00.000Z 2026-11-20T23:59:59.999Z')
  assert.equal(span('startDate=2026-11-20%2007:00&endDate=2026-11-20+08:30:15'), '2026-11-20T07:00:00.000Z 2026-11-20T08:30:15.999Z')
  assert.equal(span('startDate=2026-11-20&endDate=2026-11-21&timeZone=-360'), '2026-11-20T06:00:00.000Z 2026-11-21T05:59:59.999Z')
  assert.equal(
    span('startDate=2026-11-20T07:00:00Z&endDate=2026-11-20T10:00:00.25%2B02:00&timeZone=600'),
    '2026-11-20T07:00:00.000Z 2026-11-20T08:00:00.250Z',
  )
  assert.deepEqual(
    [0, 120, -210, 840, -720].map((offset) => dateTime(NOW, offset)),
    [
      '2026-11-22T07:00:00Z',
      '2026-11-22T09:00:00+02:00',
      '2026-11-22T03:30:00-03:30',
      '2026-11-22T21:00:00+14:00',
      '2026-11-21T19:00:00-12:00',
    ],
  )
  // What an answer says may be asked with.
  assert.equal(span(`startDate=${encodeURIComponent(dateTime(NOW, -210))}`).slice(0, 24), '2026-11-22T07:00:00.000Z')
})

test('what cannot be meant is refused with a sentence that names it', () => {
  const wrong: Readonly<Record<string, RegExp>> = {
    'startDate=2026-02-30': /startDate is "2026-02-30"/,
    'startDate=2026-13-01': /startDate/,
    'startDate=2026-11-20+24:00:00': /startDate/,
    'endDate=yesterday': /endDate/,
    'endDate=20261120': /endDate/,
    'startDate=999999-01-01': /startDate/,
    'timeZone=Europe/Berlin': /timeZone/,
    'timeZone=841': /timeZone/,
    'timeZone=-2500': /timeZone/,
    'timeZone=%2B02:75': /timeZone/,
    'count=0': /count is "0": it is a whole number from 1 to 500/,
    'count=501': /count/,
    'count=1e2': /count/,
    'index=-1': /index/,
    'index=99999999999999999999': /index/,
    'serverId=abc': /serverId/,
    'serverId=999': /serverId/,
    'serverId=1001&accountId=1002': /not the same/,
    'serverId=1001&serverId=1001': /serverId is there twice/,
    'serverId=1001&SERVERID=1002': /serverId is there twice/,
    'sortDirection=up': /sortDirection/,
    'disposition=1': /disposition/,
    'type=yaml': /JSON, XML or CSV/,
    'type=jsonp': /JSONP is not answered/,
    'jsonp=cb': /JSONP is not answered/,
    'callback=cb': /JSONP is not answered/,
    'recipient=a@b.test': /no parameter "recipient"/,
    '__proto__=1': /no parameter/,
    [`mailingId=${'x'.repeat(201)}`]: /mailingId is longer/,
    'messageId=a%00b': /control character/,
    'mailingId=a%0d%0ab': /control character/,
  }
  for (const [query, sentence] of Object.entries(wrong))
    assert.match(said(query), new RegExp(`^invalid-parameter: .*${sentence.source}`), query)
})

test('the form of an answer is known whatever else is wrong', () => {
  assert.deepEqual(['', 'type=XML', 'TYPE=csv&x=1', 'type=jsonp', 'type=%ff', 'type= xml '].map(formOf), [
    'json',
    'xml',
    'csv',
    'json',
    'json',
    'xml',
  ])
})
