import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { checkConfig } from '../config.ts'
import { setOption, unsetOption } from './set-option.ts'

test('a setting is changed where it stands, or added, and all else of the file stays to the letter', () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'config/hms.yaml')
  mkdirSync(join(folder.path, 'config'))
  const set = (text: string, name: string, value: string): string => {
    writeFileSync(file, text)
    setOption(folder.path, name, value, {})
    return readFileSync(file, 'utf8')
  }
  assert.equal(
    set('# mine\nevents.days: 30 # a month\nhost.name: a.example\n', 'events.days', '60'),
    '# mine\nevents.days: 60 # a month\nhost.name: a.example\n',
  )
  assert.equal(
    set('events:\n  # how long\n  days: 30\n  bytes: 1GiB\n', 'events.days', '60'),
    'events:\n  # how long\n  days: 60\n  bytes: 1GiB\n',
  )
  assert.equal(set('# events.days: 30', 'events.days', '60'), '# events.days: 30\nevents.days: 60\n')
  for (const list of [
    'smtp.listen: [127.0.0.1:1, 127.0.0.1:2]\nevents.days: 3\n',
    'smtp.listen:\n  - 127.0.0.1:1\n  - 127.0.0.1:2\nevents.days: 3\n',
  ]) {
    const text = set(list, 'smtp.listen', '127.0.0.1:2525')
    const reading = checkConfig(text, {})
    assert.ok(reading.ok, text)
    assert.deepEqual([reading.config['smtp.listen'], reading.config['events.days']], [[{ host: '127.0.0.1', port: 2525 }], 3])
  }
})

test('what a start would refuse, or would not count, is not written', () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'config/hms.yaml')
  mkdirSync(join(folder.path, 'config'))
  writeFileSync(file, 'events.days: 30\n')
  const refuses = (name: string, value: string, env = {}): void =>
    assert.throws(() => setOption(folder.path, name, value, env), { code: 'invalid-parameter', blame: 'caller' })
  refuses('events.dayz', '3')
  refuses('events.days', '0')
  refuses('events.days', '3\nhost.name: x')
  refuses('events.days', '40', { HMS_EVENTS_DAYS: '50' })
  assert.equal(readFileSync(file, 'utf8'), 'events.days: 30\n')
  writeFileSync(file, 'events.dayz: 30\n')
  refuses('events.days', '40')
  assert.equal(readFileSync(file, 'utf8'), 'events.dayz: 30\n')
})

test('a setting is taken out of the file with its line, and what would not be in order then is left', () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'config/hms.yaml')
  mkdirSync(join(folder.path, 'config'))
  const unset = (text: string, name = 'events.days'): string | false => {
    writeFileSync(file, text)
    return unsetOption(folder.path, name, {}) && readFileSync(file, 'utf8')
  }
  assert.equal(unset('# mine\nevents.days: 60 # two months\nhost.name: a.example\n'), '# mine\nhost.name: a.example\n')
  assert.equal(unset('events:\n  # how long\n  days: 60\n  bytes: 1GiB\n'), 'events:\n  # how long\n  bytes: 1GiB\n')
  assert.equal(unset('host.name: a.example\nevents.days: 60'), 'host.name: a.example\n')
  assert.equal(unset('smtp.listen:\n  - 127.0.0.1:1\n  - 127.0.0.1:2\nevents.days: 3\n', 'smtp.listen'), 'events.days: 3\n')
  assert.equal(unset('host.name: a.example\n'), false)
  const flow = 'events: { days: 60, bytes: 1GiB }\n'
  assert.throws(() => unset(flow), { code: 'invalid-parameter' })
  assert.equal(readFileSync(file, 'utf8'), flow)
})
