// Templates that somebody made so that they cost much to read: neither the desk nor a worker, which others need, is held by them. A square of these
// lengths would outlast the tests.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireReadableMerge } from './compiled.ts'
import { LINK_TAG, MOST_SOURCE, Source } from './liquid.ts'
import { partsFilled, partsTried } from './parts.ts'

const SCOPE = { own: { a: '1' }, all: {}, missing: 'error' } as const
const from = { email: 'news@x.example', name: '' }
const filler = (count: number): string => ' '.repeat(MOST_SOURCE / count - 10)

test('so many fields and tags as no newsletter has are refused before they are read; tags of ours do not count', () => {
  const refused = { code: 'template-invalid', message: 'The HTML has 20001 fields and tags; at most 20000 can be filled in.' }
  for (const mark of ['{{a}}', '{% if a %}', '%%a%%', '{{-a-}}']) {
    assert.throws(() => partsFilled({ html: mark.repeat(20_001) }, SCOPE), refused, mark)
    assert.throws(() => requireReadableMerge({ from, data: {}, missing: 'error', html: mark.repeat(20_001) }), refused, mark)
  }
  const fields = [['X-Field', '{{a}}'.repeat(20_001)]] as const
  assert.throws(() => requireReadableMerge({ from, data: {}, missing: 'error', fields }), { code: 'template-invalid' })
  const ours = `{% ${LINK_TAG} %}{{ __hms.token }}{% end${LINK_TAG} %}`.repeat(7000)
  requireReadableMerge({ from, data: {}, missing: 'error', html: `${'{{a}}'.repeat(20_000)}${ours}` })
  assert.equal(partsFilled({ text: '{{a}}'.repeat(20_000) }, SCOPE).text, '1'.repeat(20_000))
})

test('what a long source names is told at once, or not at all', () => {
  const plain = `{{a.b}}${filler(10_000)}`.repeat(10_000)
  assert.deepEqual(new Source('the HTML', 'html', plain).fields, [['a', 'b']])
  const { fields, missing } = partsTried({ html: plain }, { a: {} })
  assert.deepEqual([fields, missing], [['a.b'], ['a.b']])
  const filtered = `{{ a.b | upcase | append: c }}${filler(10_000)}`.repeat(10_000)
  const source = new Source('the HTML', 'html', filtered)
  assert.equal(source.fields, null)
  // Plain names are found all the same.
  assert.deepEqual(source.names[0], ['a', 'b'])
  const usual = new Source('the HTML', 'html', `{{ a | upcase | append: c }}${filler(500)}`.repeat(100))
  assert.deepEqual(usual.fields, [['a'], ['c']])
})
