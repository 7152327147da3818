import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvRow, csvSafeRow } from './csv.ts'

test('cells are quoted where they must be, and empty where there is nothing', () => {
  assert.equal(csvRow(['a', 1, null, true, '']), 'a,1,,true,')
  assert.equal(csvRow(['a,b', 'say "hi"', 'one\r\ntwo', ' edge', 'edge ']), '"a,b","say ""hi""","one\r\ntwo"," edge","edge "')
})

test('what a spreadsheet would take for a formula is text to it; ids, numbers and plain text stay as they are', () => {
  for (const formula of [
    '=1+1',
    '+cmd|x!A1',
    '-2+3',
    '@SUM(A1)',
    '=HYPERLINK("https://a.example")',
    '\t=1',
    ' =1+1',
    '\x1f=1+1',
    '\ufeff=1+1',
    '\u200b@x(1)',
    '\r=1',
    '\uff1d1+1',
    '-x@a.test',
  ])
    assert.match(csvSafeRow([formula]), /^"?'/, JSON.stringify(formula))
  const plain = ['ann@example.com', '-ab-12', '+49-30', '-', '', 'a=1', '250 2.6.0 = fine', '1001']
  assert.equal(csvSafeRow(plain), plain.join(','))
  assert.equal(csvSafeRow([-5, null, false]), '-5,,false')
  assert.equal(csvSafeRow(['550 no;=cmd|x', 'bot; +http://a.example', 'a;b']), "550 no;'=cmd|x,bot;' +http://a.example,a;b")
  assert.equal(csvRow(['=1+1', '@shop.example']), '=1+1,@shop.example')
})
