import assert from 'node:assert/strict'
import { test } from 'node:test'
import { folded, readSubject, termsOf } from './subject.ts'

const latin = (text: string): string => Buffer.from(text).toString('latin1')

test('a subject is read as people see it: words decoded, lines joined, nothing that moves a terminal', () => {
  for (const [raw, read] of [
    [' Your invoice 4711\r\n', 'Your invoice 4711'],
    [' a\r\n\tb\r\n c\r\n', 'a b c'],
    [' =?UTF-8?B?R3LDvMOfZSBhdXM=?= =?UTF-8?Q?_K=C3=B6ln?=\r\n', 'Grüße aus Köln'],
    [' =?iso-2022-jp?B?GyRCQEE1YT1xGyhC?=\r\n', '請求書'],
    [latin(' Voilà'), 'Voilà'],
    [latin(' Grüße, roh\r\n'), 'Grüße, roh'],
    [' =?utf-8?Q?a=0D=0Ab=1B[2Jc=E2=80=AEd?=', 'a b [2Jc d'],
    [' =?utf-9?Q?what?= =?broken', 'what =?broken'],
    ['', ''],
    [' \t ', ''],
    [` ${'x'.repeat(5000)}`, 'x'.repeat(200)],
    [latin(` ${'😀'.repeat(150)}`), '😀'.repeat(100)],
    [latin(` x${'😀'.repeat(150)}`), `x${'😀'.repeat(99)}`],
  ] as const)
    assert.equal(readSubject(raw), read)
})

test('letters are the same in any case and with any accent', () => {
  for (const [text, as] of [
    ['INVOICE', 'invoice'],
    ['Größe', 'GROSSE'],
    ['Ångström Øre Łódź', 'angstrom ore lodz'],
    ['Été', 'ete'],
    ['İstanbul ılık', 'istanbul ilik'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['ﬁne', 'fine'],
    ['Ｆｕｌｌ', 'full'],
    ['Ёлка', 'елка'],
  ] as const)
    assert.equal(folded(text), folded(as), text)
})

test('terms are words, and pairs of characters where nobody writes spaces; so many of a subject', () => {
  assert.deepEqual(termsOf(folded('Re: [#4711] Your "invoice", your Invoice!')), ['re', '4711', 'your', 'invoice'])
  assert.deepEqual(termsOf(folded('請求書2026年 をrechnung')), ['請求', '求書', '2026', '年', 'を', 'rechnung'])
  assert.deepEqual(termsOf('… !?'), [])
  assert.equal(termsOf(Array.from({ length: 100 }, (_, i) => `w${i}`).join(' ')).length, 32)
})

test('what a hostile sender writes is read in time that grows with it alone', () => {
  const worst = [' '.repeat(2000), '=?a?q?'.repeat(400), '=?utf-8?b?'.repeat(300), latin('́'.repeat(1000)), `${' \t'.repeat(999)}x`]
  for (const raw of worst) assert.ok(termsOf(folded(readSubject(raw))).length <= 32)
})
