import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { OPTIONS, type OptionName } from '../../contract/options.ts'
import { checkConfig } from '../config.ts'
import { defaultConfigFile } from './default-file.ts'
import { formatOption } from './option-value.ts'
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

test('every setting of a new home is changed where the file shows its default, in one line, and goes back to it', () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'config/hms.yaml')
  mkdirSync(join(folder.path, 'config'))
  const shipped = defaultConfigFile()
  // Of those that lists of listeners, or pairs, would refuse alone.
  const others: Readonly<Record<string, string>> = {
    'smtp.tls_cert': '',
    'smtp.tls_key': '',
    'alerts.webhook': 'https://a.example/hook',
    'alerts.mail_to': 'a@b.example',
    'alerts.mail_from': 'a@b.example',
  }
  const sample = (name: OptionName): string => {
    const option = OPTIONS[name]
    switch (option.kind) {
      case 'flag':
        return String(!option.default)
      case 'count':
        return String(option.default === option.max ? option.min : option.default + 1)
      case 'size':
      case 'duration':
        return formatOption(option, option.default === option.max ? option.min : option.max)
      case 'choice':
        return option.choices.find((one) => one !== option.default) ?? ''
      case 'addresses':
      case 'servers':
        return '127.0.0.1:4711'
      case 'networks':
        return '10.1.0.0/16'
      case 'host':
      case 'hosts':
        return 'a.example'
      case 'folders':
        return 'usb=/mnt/usb'
      default:
        return others[name] ?? 'some: text # "quoted"'
    }
  }
  let changed = 0
  for (const name of Object.keys(OPTIONS) as OptionName[]) {
    writeFileSync(file, shipped)
    setOption(folder.path, name, sample(name), {})
    const lines = readFileSync(file, 'utf8').split('\n')
    const before = shipped.split('\n')
    assert.equal(lines.length, before.length, name)
    assert.deepEqual(
      lines.flatMap((line, at) => (line === before[at] ? [] : [line.split(':')[0]])),
      [name],
    )
    assert.equal(unsetOption(folder.path, name, {}), true)
    assert.equal(readFileSync(file, 'utf8'), shipped, name)
    changed++
  }
  assert.ok(changed > 50)
})

test('a line of comment that is no shown default stays, and so do ends of lines, quoted keys and what stands behind a value', () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'config/hms.yaml')
  mkdirSync(join(folder.path, 'config'))
  const set = (text: string, value = '60'): string => {
    writeFileSync(file, text)
    setOption(folder.path, 'events.days', value, {})
    return readFileSync(file, 'utf8')
  }
  assert.equal(set('#events.days: 30 # a month\nhost.name: a\n'), 'events.days: 60 # a month\nhost.name: a\n')
  assert.equal(set('#events.days: see below\n#events.days: 30'), '#events.days: see below\nevents.days: 60')
  assert.equal(set('host.name: a # not #events.days: 30\n'), 'host.name: a # not #events.days: 30\nevents.days: 60\n')
  assert.equal(set('#events.days:\nhost.name: a\n'), 'events.days: 60\nhost.name: a\n')
  assert.equal(set('events:\n  days: 30\n#events.days: 30\n'), 'events:\n  days: 60\n#events.days: 30\n')
  assert.equal(set('events:\n#events.days: 30\n  bytes: 1GiB\n'), 'events:\n#events.days: 30\n  bytes: 1GiB\nevents.days: 60\n')
  assert.equal(set('host.name: a\r\n#events.days: 30\r\n'), 'host.name: a\r\nevents.days: 60\r\n')
  assert.equal(set('host.name: a\r\n'), 'host.name: a\r\nevents.days: 60\r\n')
  assert.equal(set('"events.days": 30\n'), '"events.days": 60\n')
  for (const twice of ['events.days: 30\nevents.days: 40\n', 'events.days: 30\nevents:\n  days: 40\n'])
    assert.throws(() => set(twice), { code: 'invalid-parameter', message: /second time|unique/i }, twice)
})
