import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readXml, XmlTrouble } from './xml.ts'

test('elements, attributes, text, CDATA, entities and repeated elements become values', () => {
  const text = `\u{feff}<?xml version="1.0"?>
<!-- a job > -->
<job account="1001" name='a > "b"'>
  <message><from>A &amp; B &lt;a@one.test&#62;</from><html><![CDATA[<p>Hi & {{ name }}</p>]]></html><empty/></message>
  <tags>x</tags><tags>y</tags>
</job>
`
  assert.deepEqual(readXml(text), {
    name: 'job',
    value: {
      account: '1001',
      name: 'a > "b"',
      message: { from: 'A & B <a@one.test>', html: '<p>Hi & {{ name }}</p>', empty: '' },
      tags: ['x', 'y'],
    },
  })
})

test('what is no such file is refused with its line: document types, unknown entities, what is not closed', () => {
  const refused: readonly [string, RegExp][] = [
    ['<!DOCTYPE job [<!ENTITY a "b">]>\n<job>&a;</job>', /line 1: a document type is not taken/],
    ['<job>\n&a;</job>', /line 2: &a; is no entity/],
    ['<job>\nA & B</job>', /line 2: & .* is no entity/],
    ['<job>\n<a></job>', /line 2: <\/job> closes nothing/],
    ['<job>', /<job> is not closed/],
    ['<job/><job/>', /second element/],
    ['<job a="1" a="2"/>', /attributes a="2" cannot be read/],
    ['<job a=1/>', /attributes a=1 cannot be read/],
    ['<job>x<a/></job>', /both text and elements/],
    ['<a>'.repeat(30), /too many elements/],
    ['x<job/>', /text outside/],
    ['', /there is no element/],
    ['<job', /> is missing/],
    ['<!-- ', /--> is missing/],
  ]
  for (const [text, expected] of refused)
    assert.throws(
      () => readXml(text),
      (error) => error instanceof XmlTrouble && expected.test(error.message),
      text,
    )
})
