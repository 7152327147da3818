import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dateTime, withLocalTimes } from './when.ts'

test('times that the server wrote into a sentence are shown as local ones, those in words of others are left', () => {
  const at = Date.UTC(2026, 10, 22, 21, 15, 41, 200)
  const time = new Date(at).toISOString()
  const said = (until: string, again: string): string =>
    `a.example: nothing leaves until ${until} by the block "b"; all of it again at ${again}, after: 421 ${time}`
  assert.equal(withLocalTimes(said(time, time)), said(dateTime(at), dateTime(at)))
})
