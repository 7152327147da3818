import assert from 'node:assert/strict'
import { test } from 'node:test'
import { xmlDocument, xmlText } from './xml.ts'

test('elements hold text, numbers, nothing, or elements', () => {
  const document = xmlDocument([
    'response',
    [
      ['count', 2],
      ['none', null],
      ['empty', ''],
      ['on', true],
      [
        'list',
        [
          ['item', 'a'],
          ['item', 'b'],
        ],
      ],
    ],
  ])
  assert.equal(
    document,
    '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<response><count>2</count><none /><empty /><on>true</on><list><item>a</item><item>b</item></list></response>\n',
  )
  assert.throws(() => xmlDocument(['a b', '']), /no name/)
})

test('text that is markup, or none that XML can hold, is text all the same', () => {
  assert.equal(xmlText(`<a href="x">&amp;</a>]]>'`), `&lt;a href="x"&gt;&amp;amp;&lt;/a&gt;]]&gt;'`)
  assert.equal(xmlText('a\tb\nc\rd\r\n'), 'a\tb\nc&#13;d&#13;\n')
  assert.equal(xmlText('\0\x01\x08\x0b\x0c\x0e\x1f\ufffe\uffff'), '\u{fffd}'.repeat(9))
  assert.equal(xmlText('é \u{1f600} \x7f\x85'), 'é \u{1f600} \x7f\x85')
  assert.equal(xmlText('\ud83d \ude00 \ude00\ud83d\ud83d\ude00'), '\u{fffd} \u{fffd} \u{fffd}\u{fffd}\u{1f600}')
})
