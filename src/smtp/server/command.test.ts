// Grammar that the dialogs do not reach, and the cost of hostile lines.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeXtext } from '../xtext.ts'
import { parseCommand } from './command.ts'

const parse = (line: string, utf8 = false) => parseCommand(line, { hostName: 'mx.test', utf8 })
const codeOf = (line: string): number | string => {
  const parsed = parse(line)
  return 'code' in parsed ? parsed.code : parsed.verb
}

test('xtext (rfc:3461#4)', () => {
  assert.equal(decodeXtext('a+2Bb+3Dc'), 'a+b=c')
  assert.equal(decodeXtext(''), '')
  for (const text of ['a b', 'a=b', 'a+2b', 'a+', 'a+G0', 'ü', 'a\n']) assert.equal(decodeXtext(text), undefined, text)
})

test('verbs in any case, trailing spaces, and spaces after the colon are forgiven', () => {
  assert.equal(codeOf('data  '), 'DATA')
  assert.equal(codeOf('mAiL fRoM: <a@x.test>  size=1  '), 'MAIL')
  assert.equal(codeOf('RCPT TO:  <a@x.test>'), 'RCPT')
  assert.equal(codeOf(' NOOP'), 500)
  assert.equal(codeOf('NOOP\t'), 500)
  assert.equal(codeOf('MAIL FROM :<a@x.test>'), 501)
  assert.equal(codeOf('MAIL'), 501)
})

test('no header or second command hides in a path or a parameter', () => {
  for (const line of [
    'MAIL FROM:<a@x.test>\rRCPT TO:<b@x.test>',
    'MAIL FROM:<a@x.test> ENVID=a+0D+0Ab',
    'MAIL FROM:<a@x.test> ENVID=a+00b',
    'MAIL FROM:<a@x.test> AUTH=a=b',
    'RCPT TO:<a@x.test> ORCPT=rfc822;a+0',
    'RCPT TO:<a@x.test><b@x.test>',
    'RCPT TO:<a@x.test>,<b@x.test>',
    'XCLIENT HELO=a+0D+0Ab',
    'XCLIENT LOGIN=a+00b',
    'XCLIENT PORT=70000',
    'XCLIENT ADDR=IPV6:fe80::1%lo',
    'XCLIENT',
    'BDAT -1',
    'BDAT 1e3',
    'BDAT 99999999999999999999',
    'BDAT 5 LAST LAST',
    'EHLO a\u00ffb',
  ]) {
    const code = codeOf(line)
    assert.ok(code === 500 || code === 501, `${JSON.stringify(line)} is ${code}`)
  }
})

test('ORCPT in UTF-8 under SMTPUTF8 only (rfc:6533#3)', () => {
  const line = 'RCPT TO:<a@x.test> ORCPT=utf-8;ü@x.test'
  assert.ok('code' in parse(line))
  assert.ok('verb' in parse(line, true))
})

test('a long hostile line costs no more than its length', () => {
  // Each would take minutes where the work grows with the square of the line or worse.
  const unit = 60_000
  for (const line of [
    `MAIL FROM:<${'"'.repeat(unit)}`,
    `MAIL FROM:<${'"\\'.repeat(unit)}>`,
    `MAIL FROM:<a@x.test> ${'A=1 '.repeat(unit)}`,
    `MAIL FROM:<a@x.test> ${Array.from({ length: unit }, (_, i) => `K${i}`).join(' ')}`,
    `MAIL FROM:<a@x.test> ENVID=${'+2B'.repeat(unit)}`,
    `RCPT TO:<${'@a,'.repeat(unit)}:a@x.test>`,
    `RCPT TO:<a@x.test> NOTIFY=${'DELAY,'.repeat(unit)}`,
    `RCPT TO:<a@x.test> ORCPT=${'a;'.repeat(unit)}`,
    `XCLIENT ${'ADDR='.repeat(unit)}`,
    `BDAT ${'1'.repeat(unit)} ${' '.repeat(unit)}x`,
    `AUTH PLAIN ${'A '.repeat(unit)}`,
    `NOOP${' '.repeat(unit)}x${' '.repeat(unit)}`,
  ]) {
    parse(line)
    parse(line, true)
  }
})
