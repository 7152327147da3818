// Settings found by words and by state; whatever stands in the address is judged.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OptionView } from '../../../../client/src/index.ts'
import { settingSearchOf, settingsFound } from './find.ts'

const option = (name: string, rest: Partial<OptionView>): OptionView => ({
  name,
  meaning: `What ${name} means.`,
  takes: 'a text',
  choices: [],
  default: '',
  now: '',
  running: null,
  environment: `HMS_${name.toUpperCase()}`,
  applies: 'at the next start',
  from: 'default',
  line: null,
  revision: '',
  ...rest,
})
const ALL = [
  option('smtp.listen', { from: 'file' }),
  option('events.days', { meaning: 'Days that events are kept.' }),
  option('workers', { from: 'environment', running: '1' }),
]
const found = (search: Parameters<typeof settingsFound>[1]): readonly string[] => settingsFound(ALL, search).map(({ name }) => name)

test('by words in any order, of names, meanings and variables', () => {
  assert.deepEqual(found({ find: 'kept DAYS' }), ['events.days'])
  assert.deepEqual(found({ find: 'hms_workers' }), ['workers'])
  assert.deepEqual(found({ find: 'nothing' }), [])
  assert.equal(found({}).length, 3)
})

test('by what was changed, and by what counts at the next start', () => {
  assert.deepEqual(found({ show: 'changed' }), ['smtp.listen', 'workers'])
  assert.deepEqual(found({ show: 'pending' }), ['workers'])
})

test('an address is no more than words and a state', () => {
  assert.deepEqual(settingSearchOf({ find: ['x'], show: 'all', other: 1 }), {})
  assert.deepEqual(settingSearchOf({ find: ' ', show: 'changed' }), { show: 'changed' })
  assert.equal(settingSearchOf({ find: 'x'.repeat(1000) }).find?.length, 100)
})
