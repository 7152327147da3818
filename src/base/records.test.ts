import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CSV_END, csvRow } from './csv.ts'
import { csvRecords, type FileRecord, jsonLines, LONGEST_RECORD, type Records, separatorOf } from './records.ts'

/** The same however it is cut. */
function all(make: () => Records, text: string): FileRecord[] {
  const whole = make()
  const expected = [...whole.push(text), ...whole.end()]
  for (const size of text.length > 1000 ? [] : [1, 2, 3, 7]) {
    const cut = make()
    const found: FileRecord[] = []
    for (let at = 0; at < text.length; at += size) found.push(...cut.push(text.slice(at, at + size)))
    assert.deepEqual([...found, ...cut.end()], expected, `in pieces of ${size}`)
  }
  return expected
}
const csv = (text: string): FileRecord[] => all(() => csvRecords(','), text)

test('CSV: cells in quotation marks hold separators, line breaks and quotation marks; lines are counted through them', () => {
  assert.deepEqual(csv('a,b\r\n"x, ""y""","two\r\nlines"\n\n,\nlast'), [
    { line: 1, is: ['a', 'b'] },
    { line: 2, is: ['x, "y"', 'two\r\nlines'] },
    { line: 5, is: ['', ''] },
    { line: 6, is: ['last'] },
  ])
  assert.deepEqual(csv('a,\n"b",'), [
    { line: 1, is: ['a', ''] },
    { line: 2, is: ['b', ''] },
  ])
})

test('CSV: what is written is read as it was', () => {
  const rows = [
    ['a', 'b,c', 'say "x"'],
    ['', ' edge ', 'one\r\ntwo\nthree'],
    ['=1+1', '@x', 'é \u{1f600}'],
  ]
  const found = csv(rows.map((row) => csvRow(row) + CSV_END).join(''))
  assert.deepEqual(
    found.map((record) => ('is' in record ? record.is : record)),
    rows,
  )
})

test('CSV: a broken record is told with its line, and the next line goes on', () => {
  assert.deepEqual(csv('"a"x,1\nb,2\n"c'), [
    { line: 1, problem: 'something stands behind a quotation mark' },
    { line: 2, is: ['b', '2'] },
    { line: 3, problem: 'it does not end, or a quotation mark is not closed' },
  ])
})

test('a quotation mark that is never closed costs its line and no more, in bounded memory', () => {
  const records = csvRecords(',')
  const found: FileRecord[] = [...records.push('"open,1\n'), ...records.push('b,2\n')]
  assert.equal(found.length, 0)
  for (let i = 0; i < LONGEST_RECORD / 1000 + 1; i++) found.push(...records.push(`${'x'.repeat(999)}\n`))
  found.push(...records.end())
  assert.deepEqual(
    found.slice(0, 3).map((one) => [one.line, 'problem' in one ? one.problem : one.is]),
    [
      [1, `it is longer than ${LONGEST_RECORD} characters, or a quotation mark is not closed`],
      [2, ['b', '2']],
      [3, ['x'.repeat(999)]],
    ],
  )
})

test('a line that is too long is passed over to its end', () => {
  for (const make of [(): Records => csvRecords(','), jsonLines]) {
    const records = make()
    const found: FileRecord[] = []
    for (let i = 0; i < 3; i++) found.push(...records.push('y'.repeat(LONGEST_RECORD)))
    found.push(...records.push('\n{"a":1}\n'))
    assert.deepEqual(
      found.map(({ line }) => line),
      [1, 2],
    )
    assert.ok('problem' in (found[0] ?? {}))
  }
})

test('JSON lines: objects, each on a line', () => {
  assert.deepEqual(all(jsonLines, '{"a":1}\r\n\n[1]\n{"a"\n{"b":{"c":null}}'), [
    { line: 1, is: { a: 1 } },
    { line: 3, problem: 'it is no JSON object' },
    { line: 4, problem: 'it is no JSON' },
    { line: 5, is: { b: { c: null } } },
  ])
})

test('the separator is what the first line has', () => {
  assert.deepEqual(
    ['a,b', 'a;b', 'a\tb|c\td', '"x,y,z";b', 'a'].map((line) => separatorOf(line)),
    [',', ';', '\t', ';', ','],
  )
})
