// Text with places to fill: what is a tag, what is none, and what a text costs that is made of beginnings of tags.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutFields, cutter, filled } from './fill.ts'

test('the longest tag that begins at a place is it, and what is filled in is not looked at again', () => {
  const cut = cutter(['-n-', '-n-ame-', 'x'])
  const fill = (text: string): string => filled(cut(text), (tag) => ({ '-n-': '-n-ame-', '-n-ame-': 'Bob' })[tag] ?? `<${tag}>`)
  assert.equal(fill('Hi -n-, -n-ame-: -n-am x-n--n'), 'Hi -n-ame-, Bob: -n-ame-am <x>-n-ame--n')
  assert.equal(fill(''), '')
  assert.equal(
    filled(cutter(['', 'a'])('bab'), () => '-'),
    'b-b',
  )
  assert.equal(
    filled(cutter([])('as it is'), () => '!'),
    'as it is',
  )
})

test('fields stand between two percent signs each, without blanks; all else is text', () => {
  const fill = (text: string): string => filled(cutFields(text), (field) => `<${field}>`)
  assert.equal(fill('%%Name%% is %%NAME%%%%x%%'), '<name> is <name><x>')
  assert.equal(fill('100%% of %%Name%%, 50 %% and %%'), '100%% of <name>, 50 %% and %%')
  assert.equal(fill('%%%%'), '%%%%')
  assert.equal(fill('%%%%Name%%'), '%%<name>')
  assert.equal(fill(`%%${'x'.repeat(101)}%%Name%%`), `%%${'x'.repeat(101)}<name>`)
  assert.equal(fill('%'), '%')
})

test('text that is made of beginnings of tags is cut in one pass, or refused', () => {
  const tags = Array.from({ length: 100 }, (_, n) => `${'a'.repeat(n)}b`)
  assert.equal(cutter(tags)('a'.repeat(40_000)).tags.length, 0)
  assert.throws(() => cutter(tags)('a'.repeat(60_000)), /begins as a substitution/)
  assert.equal(cutFields('%%'.repeat(200_000)).tags.length, 0)
  assert.equal(cutFields('%% '.repeat(200_000)).tags.length, 0)
})
