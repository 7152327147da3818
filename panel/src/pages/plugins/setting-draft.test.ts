// Fields of a plug-in's settings: what stands in them, and what is sent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PluginSetting } from '../../../../client/src/index.ts'
import { changeOf, NOTHING, writtenOf } from './setting-draft.ts'

const setting = (key: string, kind: string, value: unknown, more: Partial<PluginSetting> = {}): PluginSetting => ({
  key,
  kind,
  value,
  default: null,
  isSet: true,
  isSecret: false,
  description: null,
  ...more,
})

const SETTINGS = [
  setting('word', 'string', 'yes'),
  setting('most', 'number', 5),
  setting('to', 'email', 'ann@shop.example'),
  setting('mode', 'one of 1, a', '1'),
  setting('keys', 'array', ['a', 'b']),
  setting('login', 'string', null, { isSecret: true }),
]

test('each field shows its value so that it comes back as it was', () => {
  assert.deepEqual(SETTINGS.map(writtenOf), ['yes', '5', 'ann@shop.example', '"1"', '["a","b"]', ''])
  const written = Object.fromEntries(SETTINGS.map((one) => [one.key, writtenOf(one)]))
  assert.deepEqual(changeOf(SETTINGS, { written, unset: [] }), { values: {}, unset: [] })
  assert.deepEqual(changeOf(SETTINGS, NOTHING), { values: {}, unset: [] })
})

test('texts are sent as they are written, the rest as JSON where it is some', () => {
  const written = { word: '7', most: '7', to: 'bob@shop.example', mode: 'a', keys: '["c"]', login: 'true' }
  const values = { word: '7', most: 7, to: 'bob@shop.example', mode: 'a', keys: ['c'], login: 'true' }
  assert.deepEqual(changeOf(SETTINGS, { written, unset: [] }), { values, unset: [] })
})

test('what goes back to its default is not set as well', () => {
  assert.deepEqual(changeOf(SETTINGS, { written: { word: 'no' }, unset: ['word'] }), { values: {}, unset: ['word'] })
})
