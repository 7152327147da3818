import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDuration } from '../base/quantities.ts'
import { OPTIONS } from '../contract/options.ts'
import { checkConfig, describeProblem } from './config.ts'
import { defaultConfigFile } from './config/default-file.ts'
import { formatOption, parseOption } from './config/option-value.ts'

function good(text: string, env = {}) {
  const reading = checkConfig(text, env)
  assert.ok(reading.ok, reading.ok ? '' : reading.problems.map(describeProblem).join('\n'))
  return reading.config
}
function bad(text: string, env = {}) {
  const reading = checkConfig(text, env)
  assert.ok(!reading.ok)
  return reading.problems.map(describeProblem)
}

test('an empty file gives the defaults, and so does the file of a new home with and without its comments', () => {
  const defaults = good('')
  for (const [name, option] of Object.entries(OPTIONS)) assert.deepEqual(defaults[name as keyof typeof OPTIONS], option.default, name)
  const file = defaultConfigFile()
  assert.deepEqual(good(file), defaults)
  assert.deepEqual(good(file.replaceAll(/^#([a-z_.]+: )/gm, '$1')), defaults)
})

test('nested and dotted keys mean the same, and the environment wins', () => {
  const dotted = good('smtp.listen: ["[::1]:25", 127.0.0.1:2525]\nsmtp.message_size: 25MiB\nworkers: 3')
  const nested = good('smtp:\n  listen:\n    - "[::1]:25"\n    - 127.0.0.1:2525\n  message_size: 25 MiB\nworkers: 3\ndelivery:\n')
  assert.deepEqual(dotted, nested)
  assert.deepEqual(dotted['smtp.listen'], [
    { host: '::1', port: 25 },
    { host: '127.0.0.1', port: 2525 },
  ])
  assert.equal(dotted['smtp.message_size'], 25 * 2 ** 20)
  const env = { HMS_SMTP_LISTEN: '127.0.0.1:1, [::1]:2', HMS_WORKERS: '2', HMS_HOME: '/x', HMS_SMTP_PLAIN_AUTH: 'true', OTHER: '1' }
  const over = good('workers: 3', env)
  assert.deepEqual(over['smtp.listen'], [
    { host: '127.0.0.1', port: 1 },
    { host: '::1', port: 2 },
  ])
  assert.equal(over.workers, 2)
  assert.equal(over['smtp.plain_auth'], true)
})

test('every problem is told at once, with its line', () => {
  const text = [
    'smtp.listn: 127.0.0.1:25',
    'smtp:',
    '  message_size: 25 potatoes',
    '  listen: 127.0.0.1',
    'delivery.tls: maybe',
    'delivery.retry_first: 10',
    'workers: 1000',
    'workers.x: 1',
    'smtp.message_size: 1MiB',
    'smtp.xclient_from: 10.0.0.1/8',
  ].join('\n')
  assert.deepEqual(bad(text, { HMS_DELIVERY_TSL: 'may', HMS_WORKERS: 'many' }), [
    'config/hms.yaml:1: smtp.listn: there is no such setting; did you mean smtp.listen?',
    'config/hms.yaml:3: smtp.message_size: expected a size such as 25MiB, from 64KiB to 1GiB, found "25 potatoes".',
    'config/hms.yaml:4: smtp.listen: expected addresses such as 127.0.0.1:2525 or "[::1]:2525", found "127.0.0.1".',
    'config/hms.yaml:5: delivery.tls: expected one of none, may, encrypt, verify, found "maybe".',
    'config/hms.yaml:6: delivery.retry_first: expected a time with its unit such as 30s, 5m or 4h, from 1s to 1d, found 10.',
    'config/hms.yaml:7: workers: expected a whole number from 0 to 64, found 1000.',
    'config/hms.yaml:8: workers.x: there is no such setting; did you mean workers?',
    'config/hms.yaml:9: smtp.message_size: expected it once, found it a second time (first on line 3).',
    'config/hms.yaml:10: smtp.xclient_from: expected networks by their first address, such as 192.0.2.0/24 or 2001:db8::/48, found "10.0.0.1/8".',
    'environment: HMS_DELIVERY_TSL: there is no such setting; did you mean HMS_DELIVERY_TLS?',
    'environment: HMS_WORKERS: expected a whole number from 0 to 64, found "many".',
  ])
})

test('a host name that could not stand in a greeting is told, and not replaced by another in silence', () => {
  for (const name of ['mta 1', 'mta_1.example.com', '-mta.example.com', 'mta..example.com', `${'a'.repeat(64)}.example.com`])
    assert.match(bad(`host.name: "${name}"`)[0] ?? '', /host\.name: expected a host name such as mta1\.example\.com, found/, name)
  for (const name of ['mta1.example.com', 'MTA1.Example.COM.', '1and1.example', 'vm'])
    assert.equal(good(`host.name: "${name}"`)['host.name'], name)
})

test('what is no YAML, or no list of settings, is a line too', () => {
  assert.match(
    bad('smtp.listen: [::1]:25')[0] ?? '',
    /^config\/hms.yaml:1: expected an IPv6 address in quotes, such as "\[::1\]:25", found /,
  )
  assert.match(bad('a: b: c')[0] ?? '', /^config\/hms.yaml:1: expected YAML, found /)
  assert.match(bad('- 1')[0] ?? '', /expected lines of the form/)
  assert.deepEqual(bad('smtp: [1]\nfoo: bar'), [
    'config/hms.yaml:1: smtp: expected settings in it, such as smtp.listen, found [1].',
    "config/hms.yaml:2: foo: expected a setting that exists ('hms config describe' lists them), found an unknown setting.",
  ])
  assert.match(bad('workers: 1\nworkers: 2')[0] ?? '', /^config\/hms.yaml:2: expected YAML, found Map keys must be unique/)
  assert.match(bad('alerts.webhook: http://example.com/')[0] ?? '', /:1: alerts\.webhook: expected an address such as https:/)
  assert.match(bad('alerts.mail_to: ann@example.com, bob')[0] ?? '', /:1: alerts\.mail_to: expected mail addresses .*"bob"/)
  assert.match(bad('smtp.tls_cert: /x.pem')[0] ?? '', /:1: smtp.tls_cert: expected smtp.tls_cert and smtp.tls_key together/)
  assert.match(bad('inject.listen: 127.0.0.1:2525')[0] ?? '', /expected an address that smtp.listen does not have, found 127.0.0.1:2525/)
  assert.match(bad('smtp.listen:')[0] ?? '', /found nothing/)
})

test('what is written is read back as the same', () => {
  assert.equal(parseDuration('1h30m'), 5_400_000)
  assert.equal(parseDuration('5'), undefined)
  for (const [name, option] of Object.entries(OPTIONS)) {
    const text = formatOption(option, option.default)
    if (text.startsWith('[') || text.startsWith('"')) continue
    assert.deepEqual(parseOption(option, text), { ok: true, value: option.default }, name)
  }
})
