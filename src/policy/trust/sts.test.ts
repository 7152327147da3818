import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { LARGEST_POLICY, namesHost, parseStsPolicy, readStsRecord, type StsPolicy, stsLines } from './sts.ts'

const TEXT = 'version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n'

function read(text: string): StsPolicy {
  const reading = parseStsPolicy(text)
  assert.ok(reading.ok, reading.ok ? '' : reading.problem)
  return reading.policy
}

test('the record says that there is a policy; two records, or one that is not whole, say nothing', () => {
  assert.equal(readStsRecord(['v=STSv1; id=20160831085700Z;']), '20160831085700Z')
  assert.equal(readStsRecord(['unrelated', 'v=STSv1;foo=bar ; id = a1']), 'a1')
  assert.equal(readStsRecord(['v=STSv1 ;id=A']), 'A')
  for (const texts of [
    [],
    ['v=STSv1; id=a', 'v=STSv1; id=a'],
    ['v=STSv10; id=a'],
    ['V=STSV1; id=a'],
    ['v=STSv1'],
    ['v=STSv1; id='],
    ['v=STSv1; id=a-b'],
    [`v=STSv1; id=${'a'.repeat(33)}`],
    ['id=a; v=STSv1'],
  ])
    assert.equal(readStsRecord(texts), null, texts.join(' | '))
})

test('a policy is read as it is written, and again from what is kept of it', () => {
  const policy = read(TEXT)
  assert.deepEqual(policy, { mode: 'enforce', mx: ['mail.example.com', '*.example.net'], maxAge: 604_800_000 })
  assert.deepEqual(read(stsLines(policy).join('\n')), policy)
  assert.deepEqual(read('max_age:1\nmode:none\nversion:STSv1'), { mode: 'none', mx: [], maxAge: 1000 })
  assert.equal(read(`${TEXT}mode: none\r\nnew_field: x\r\n\r\nnonsense\r\n`).mode, 'enforce')
  assert.deepEqual(read(TEXT.replace('mail.example.com', 'MAIL.Example.com.')).mx[0], 'mail.example.com')
  assert.equal(read(TEXT.replace('604800', '9999999999')).maxAge, 31_557_600_000)
})

test('what is no policy is told as such', () => {
  const cases: [string, RegExp][] = [
    ['', /version/],
    ['<html>', /version/],
    [TEXT.replace('STSv1', 'STSv2'), /version/],
    [TEXT.replace('enforce', 'Enforce'), /mode/],
    [TEXT.replace('604800', 'week'), /max_age/],
    [TEXT.replace('604800', '-1'), /max_age/],
    ['version: STSv1\nmode: testing\nmax_age: 5', /no mx/],
    [TEXT.replace('*.example.net', 'a.*.example.net'), /no host/],
    [TEXT.replace('*.example.net', '*'), /no host/],
    [TEXT.replace('*.example.net', 'a b'), /no host/],
    [`${TEXT}${'mx: a.test\n'.repeat(600)}`, /more than 500/],
    [TEXT.padEnd(LARGEST_POLICY + 1, ' '), /larger/],
  ]
  for (const [text, problem] of cases) {
    const reading = parseStsPolicy(text)
    assert.match(reading.ok ? 'it was taken' : reading.problem, problem, text.slice(0, 80))
  }
})

test('a star stands for one label, and for one only', () => {
  const policy = read(TEXT)
  for (const host of ['mail.example.com', 'a.example.net']) assert.ok(namesHost(policy, host), host)
  for (const host of ['example.net', 'a.b.example.net', 'xexample.net', 'mail.example.com.evil.test', 'a.mail.example.com', ''])
    assert.ok(!namesHost(policy, host), host)
})

test('whatever a server sends is read without an error, in time with its size', () => {
  for (let i = 0; i < 3000; i++) {
    const octets = Buffer.from(TEXT)
    for (let n = randomInt(1, 10); n > 0; n--) octets[randomInt(octets.length)] = randomInt(256)
    const text = octets.subarray(0, randomInt(octets.length + 1)).toString('latin1')
    parseStsPolicy(text)
    readStsRecord([text, `v=STSv1;${text}`])
  }
  const time = (text: string): number => {
    const begun = performance.now()
    for (let i = 0; i < 20; i++) {
      parseStsPolicy(`version: STSv1\nmode: enforce\nmax_age: 1\n${text}`)
      readStsRecord([text, `v=STSv1;${text}`])
    }
    return performance.now() - begun
  }
  for (const piece of ['a.', 'mx: a-', 'mx:', ':\n', 'v=STSv1 ', ' ', 'mx: *.a.\n']) {
    const [once, twice] = [time(piece.repeat(30_000 / piece.length)), time(piece.repeat(60_000 / piece.length))]
    assert.ok(twice < 20 * Math.max(once, 20), `${piece}: ${once} ms, doubled ${twice} ms`)
  }
})
