import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chance } from '../../../testkit/chance.ts'
import { type DeliveryWindow, parseWindow } from './delivery-window.ts'
import { parseMoment } from './moments.ts'
import { spreadDue } from './spread.ts'
import { instantsOf, isZone, localTime, offsetAt } from './zones.ts'

const at = (text: string): number => Date.parse(text)
const iso = (moment: number | undefined): string => (moment === undefined ? 'none' : new Date(moment).toISOString())

function window(text: string): DeliveryWindow {
  const found = parseWindow(text)
  if (typeof found === 'string') assert.fail(`${text}: ${found}`)
  return found
}

test('moments: with an offset, by the clocks of a zone, and what is none', () => {
  assert.equal(iso(parseMoment('2027-03-01T08:00:00+01:00')), '2027-03-01T07:00:00.000Z')
  assert.equal(iso(parseMoment('2027-03-01T08:00:00.5Z')), '2027-03-01T08:00:00.000Z')
  assert.equal(iso(parseMoment('2027-07-01 08:00 Europe/Vienna')), '2027-07-01T06:00:00.000Z')
  assert.equal(iso(parseMoment('2027-01-01 08:00 Asia/Kolkata')), '2027-01-01T02:30:00.000Z')
  for (const text of [
    'tomorrow',
    '2027-02-30T08:00:00Z',
    '2027-03-01T24:00:00Z',
    '2027-03-01 08:00',
    '2027-03-01 08:00 Mars/Phobos',
    '2027-03-01T08:00:00+99:00',
    '',
  ])
    assert.equal(parseMoment(text), undefined, text)
})

test('clocks that are set: what comes twice comes first the first time, what never comes is when they are set', () => {
  // Vienna, 28 March 2027: 02:00 to 03:00; 31 October 2027: 03:00 to 02:00.
  assert.equal(iso(parseMoment('2027-03-28 02:30 Europe/Vienna')), '2027-03-28T01:00:00.000Z')
  assert.equal(iso(parseMoment('2027-03-28 03:00 Europe/Vienna')), '2027-03-28T01:00:00.000Z')
  assert.equal(iso(parseMoment('2027-10-31 02:30 Europe/Vienna')), '2027-10-31T00:30:00.000Z')
  assert.equal(iso(parseMoment('2027-10-31 03:00 Europe/Vienna')), '2027-10-31T02:00:00.000Z')
  // Half an hour at Lord Howe, and a day that there never was on Samoa.
  assert.equal(iso(parseMoment('2027-10-03 02:15 Australia/Lord_Howe')), '2027-10-02T15:30:00.000Z')
  assert.equal(iso(parseMoment('2011-12-30 12:00 Pacific/Apia')), '2011-12-30T10:00:00.000Z')
})

test('every moment is found by what the clocks of its zone show', () => {
  const random = chance(9)
  const zones = ['Europe/Vienna', 'America/New_York', 'America/St_Johns', 'Africa/Casablanca', 'Asia/Tehran', 'Pacific/Chatham', 'UTC']
  for (const zone of zones) {
    assert.ok(isZone(zone))
    for (let i = 0; i < 100; i++) {
      const moment = at('2020-01-01T00:00:00Z') + Math.floor(random() * 3650 * 86_400) * 1000
      assert.ok(instantsOf(localTime(moment, zone), zone).includes(moment), `${iso(moment)} in ${zone}`)
    }
  }
})

test('windows: days, several times, nights, quiet hours', () => {
  const office = window('Mon-Fri 08:00-12:00, Mon-Fri 13:00-17:00 Europe/Vienna')
  // Friday, 26 February 2027.
  assert.equal(iso(office.nextOpen(at('2027-02-26T06:59:00Z'))), '2027-02-26T07:00:00.000Z')
  assert.equal(iso(office.nextOpen(at('2027-02-26T11:00:00Z'))), '2027-02-26T12:00:00.000Z')
  assert.equal(iso(office.nextOpen(at('2027-02-26T15:59:59Z'))), '2027-02-26T15:59:59.000Z')
  assert.equal(iso(office.nextOpen(at('2027-02-26T16:00:00Z'))), '2027-03-01T07:00:00.000Z')
  const night = window('Fri 22:00-06:00 UTC')
  assert.equal(iso(night.nextOpen(at('2027-02-27T05:00:00Z'))), '2027-02-27T05:00:00.000Z')
  assert.equal(iso(night.nextOpen(at('2027-02-27T06:00:00Z'))), '2027-03-05T22:00:00.000Z')
  const quiet = window('quiet 22:00-07:00 America/New_York')
  assert.equal(iso(quiet.nextOpen(at('2027-02-27T04:00:00Z'))), '2027-02-27T12:00:00.000Z')
  assert.equal(iso(quiet.nextOpen(at('2027-02-27T18:00:00Z'))), '2027-02-27T18:00:00.000Z')
})

test('windows keep to the clocks also where they are set', () => {
  const morning = window('08:00-20:00 Europe/Vienna')
  assert.equal(iso(morning.nextOpen(at('2027-03-27T19:30:00Z'))), '2027-03-28T06:00:00.000Z')
  assert.equal(iso(morning.nextOpen(at('2027-10-30T20:30:00Z'))), '2027-10-31T07:00:00.000Z')
  // It begins while the clocks are set forward, and comes twice where they are set back.
  const early = window('02:30-05:00 Europe/Vienna')
  assert.equal(iso(early.nextOpen(at('2027-03-28T00:00:00Z'))), '2027-03-28T01:00:00.000Z')
  assert.equal(iso(early.nextOpen(at('2027-10-31T00:00:00Z'))), '2027-10-31T00:30:00.000Z')
  assert.equal(iso(early.nextOpen(at('2027-10-31T01:10:00Z'))), '2027-10-31T01:30:00.000Z')
})

test('what a window says of a moment is what its clocks show, in any order of asking', () => {
  const random = chance(21)
  for (const zone of ['Europe/Vienna', 'America/St_Johns', 'Australia/Lord_Howe', 'UTC'])
    for (const isQuiet of [false, true]) {
      const [from, to] = [Math.floor(random() * 1440), Math.floor(random() * 1440)]
      const text = (minutes: number): string =>
        `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
      const found = window(`${isQuiet ? 'quiet ' : ''}${text(from)}-${text(to)} ${zone}`)
      for (let i = 0; i < 60; i++) {
        const moment = at('2027-01-01T00:00:00Z') + Math.floor(random() * 365 * 1440) * 60_000
        const { hour, minute } = localTime(moment, zone)
        const shown = hour * 60 + minute
        const isIn = from < to ? shown >= from && shown < to : shown >= from || shown < to
        assert.equal(found.nextOpen(moment) === moment, isIn !== isQuiet, `${found.text} at ${iso(moment)}`)
        const opens = found.nextOpen(moment)
        if (opens > moment) assert.ok(found.nextOpen(opens - 60_000) === opens && opens - moment < 2 * 86_400_000)
      }
    }
})

test('what is no window is told why', () => {
  for (const [text, why] of [
    ['08:00-20:00', /no time zone/],
    ['08:00-20:00 Mars/Phobos', /no time zone/],
    ['8-20 UTC', /"8-20" is none/],
    ['Mon-Fry 08:00-20:00 UTC', /is none/],
    ['08:00-25:00 UTC', /is none/],
    ['08:00-08:00 UTC', /is none/],
    ['quiet 00:00-24:00 UTC', /never open/],
    [`${'08:00-09:00, '.repeat(40)}08:00-09:00 UTC`, /longer than|more than/],
  ] as const)
    assert.match(String(parseWindow(text)), why, text)
})

test('recipients of one message are spread evenly over its period, in their order', () => {
  const dues = Array.from({ length: 1000 }, (_unused, n) => spreadDue(5000, 3_600_000, n, 1000))
  assert.equal(dues[0], 5000)
  assert.ok(dues.every((due, n) => n === 0 || due - (dues[n - 1] ?? 0) === 3600))
  assert.ok((dues.at(-1) ?? 0) < 5000 + 3_600_000)
  assert.equal(offsetAt(0, 'UTC'), 0)
})

test('a time of the week that clocks go past for once comes a week later', () => {
  const window = parseWindow('Sun 02:30-02:40 Europe/Vienna')
  assert.ok(typeof window !== 'string')
  assert.equal(iso(window.nextOpen(Date.parse('2027-03-21T03:00:00Z'))), '2027-04-04T00:30:00.000Z')
})

test('a window is worked out within the second, and the time of day, in which clocks are set days later', () => {
  for (const day of [20, 22, 27]) {
    const window = parseWindow('08:00-20:00 Europe/Vienna')
    assert.ok(typeof window !== 'string')
    assert.equal(iso(window.nextOpen(Date.parse(`2027-03-${day}T01:00:00.500Z`))), `2027-03-${day}T07:00:00.000Z`)
  }
})

test('a window of very many times asks the system for a zone a few times only: a sender may name another in each message', (t) => {
  const asked = t.mock.method(Intl.DateTimeFormat.prototype, 'formatToParts')
  const times = Array.from({ length: 20 }, (_none, n) => `Mon-Fri ${n + 3}:07-${n + 3}:31`.replaceAll(/\b(\d):/g, '0$1:'))
  const window = parseWindow(`quiet ${times.join(', ')} Europe/Vienna`)
  assert.ok(typeof window !== 'string')
  window.nextOpen(Date.parse('2027-03-22T12:00:00Z'))
  assert.ok(asked.mock.callCount() > 0 && asked.mock.callCount() < 200, String(asked.mock.callCount()))
})
