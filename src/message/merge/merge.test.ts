import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAddressList } from '../addresses.ts'
import { fromQuotedPrintable } from '../encode.ts'
import { fieldValue, findField, readHeader } from '../header.ts'
import type { RewritePlan } from '../tracking/rewrite.ts'
import { CompiledMerge } from './compiled.ts'
import { clientIdOf, type MergeDocument, readDocument, readRow, writeDocument, writeRow } from './document.ts'
import { asLiquid, Source } from './liquid.ts'
import { MARKS } from './tracked.ts'

const BASE: MergeDocument = { front: 'X-Front: 1\r\n', from: { email: 'news@x.example', name: 'News' }, data: {}, missing: 'error' }
const VALUES = { token: 'tokentoken', unsubscribe: 'tokentoken.sealed' }

function row(data: Readonly<Record<string, unknown>> = {}, name = ''): string {
  return writeRow({ clientId: null, name, json: JSON.stringify(data) })
}

function filled(document: Partial<MergeDocument>, data: Readonly<Record<string, unknown>> = {}, plan: RewritePlan | null = null): Buffer {
  const compiled = new CompiledMerge(readDocument(writeDocument({ ...BASE, ...document })), plan)
  return compiled.render({ address: 'ann@y.example', merge: row(data, 'Ann, A.') }, '1', VALUES)
}

function body(octets: Buffer): string {
  const header = readHeader(octets)
  const rest = octets.subarray(header.body)
  return (valueOf(octets, 'content-transfer-encoding') === 'quoted-printable' ? fromQuotedPrintable(rest) : rest).toString().trimEnd()
}

function valueOf(octets: Buffer, name: string): string {
  const header = readHeader(octets)
  const field = findField(header, name)
  return field === undefined ? '' : fieldValue(header, field)
}

function html(source: string, data: Readonly<Record<string, unknown>> = {}, plan: RewritePlan | null = null): string {
  return body(filled({ html: source }, data, plan))
}

function plan(given: Partial<RewritePlan['html']> = {}, rest: Partial<RewritePlan> = {}): RewritePlan {
  const host = 'click.example.com'
  return {
    html: {
      tracked: true,
      clicks: true,
      opens: false,
      host,
      click: (url, link) => `https://${host}/c/${MARKS.token}/${Buffer.from(`${link ?? ''} ${url}`).toString('base64url')}`,
      open: `https://${host}/o/${MARKS.token}.gif`,
      unsubscribe: `https://${host}/u/${MARKS.unsubscribe}`,
      footer: null,
      ...given,
    },
    textFooter: null,
    mostHtml: null,
    listFields: '',
    marks: [MARKS.token, MARKS.unsubscribe],
    ...rest,
  }
}

/** Where each link of ours leads, in order. */
function targets(text: string): string[] {
  return [...text.matchAll(/\/c\/tokentoken\/([\w-]+)/g)].map(([, target = '']) => Buffer.from(target, 'base64url').toString())
}

test('each recipient gets his own: data of his own before those of all, %%fields%%, and his name in To', () => {
  const octets = filled(
    {
      subject: 'Für {{ first }} in %%city%%',
      text: 'Hello %%first%%, {{ shop.name }} {{ recipient.email }}',
      fields: [['X-Of', '{{ first }}']],
      data: { city: 'Wien', shop: { name: 'Laden' }, first: '?' },
    },
    { first: 'Änne' },
  )
  assert.ok(octets.toString().startsWith('X-Front: 1\r\nFrom: News <news@x.example>\r\n'))
  const [word = ''] = /(?<=\?B\?)[^?]+/.exec(valueOf(octets, 'subject')) ?? []
  assert.equal(Buffer.from(word, 'base64').toString(), 'Für Änne in Wien')
  assert.deepEqual(readAddressList(valueOf(octets, 'to')), [{ name: 'Ann, A.', local: 'ann', domain: 'y.example' }])
  assert.equal(body(octets), 'Hello Änne, Laden ann@y.example')
})

test('data never becomes markup or a field', () => {
  assert.equal(html('<p>{{ x }}</p>', { x: '<b onclick="a">&' }), '<p>&lt;b onclick=&#34;a&#34;&gt;&amp;</p>')
  assert.equal(html('{{ x | escape }}|{{ x | raw }}|{{ y | newline_to_br }}', { x: '<', y: '<\nb' }), '&lt;|<|&lt;<br />\r\nb')
  const octets = filled(
    { subject: 'a {{ x }}', from: { email: 'n@x.example', name: '{{ x }}' }, text: '{{ x }}' },
    { x: 'b\r\nBcc: c@z.example' },
  )
  assert.deepEqual(
    readHeader(octets).fields.map(({ name }) => name),
    ['x-front', 'from', 'to', 'subject', 'mime-version', 'content-type', 'content-transfer-encoding'],
  )
})

test('what is missing is told, or is empty', () => {
  const texts = ['{{ a.b }}', '{% for i in list %}{{ i.c }}{% endfor %}', '%%d%%']
  const data = [{ a: {} }, { list: [{ c: 1 }, {}] }, {}]
  for (const [n, text] of texts.entries()) {
    const compiled = new CompiledMerge({ ...BASE, text })
    const recipient = { address: 'ann@y.example', merge: row(data[n]) }
    assert.match(
      compiled.troubleOf(recipient, data[n] ?? {}) ?? '',
      /^The text cannot be filled in: the field (a\.b|i\.c|d) is missing \(line 1\)\.$/,
    )
    assert.throws(() => compiled.render(recipient, '1'), { code: 'template-failed' })
    assert.equal(new CompiledMerge({ ...BASE, text, missing: 'empty' }).troubleOf(recipient, data[n] ?? {}), null)
  }
  assert.equal(body(filled({ text: 'x{{ a.b }}{{ c }}', missing: 'empty' })), 'x')
  const lenient = new CompiledMerge({ ...BASE, text: '{{ a | default: "friend" }}{% if b %}{{ b }}{% endif %}' })
  assert.equal(lenient.troubleOf({ address: 'ann@y.example', merge: row() }, {}), null)
  const nothing = { address: 'ann@y.example', merge: row({ a: null }) }
  assert.equal(new CompiledMerge({ ...BASE, text: '{{ a }}' }).troubleOf(nothing, { a: null }), null, 'nothing is no error')
})

test('the short way makes of a source what Liquid makes of it', () => {
  const values: readonly unknown[] = [
    '<a> & "b"',
    'Köln',
    0,
    7.5,
    true,
    false,
    null,
    [1, ['<', null]],
    { b: { c: '&amp; x' } },
    { b: null },
    {},
    undefined,
  ]
  const sources = [
    '{{a}}',
    'x{{ a }}\n{{a.b}} y',
    '{{ a.b.c }}{ {',
    '{{ g.b }}',
    '%%a%%',
    '{{ constructor }}',
    '{{ a.constructor }}',
    '{ {{ a }} } }}',
    '{{ first }}{{ a.first }}',
  ]
  for (const kind of ['html', 'plain'] as const)
    for (const text of sources)
      for (const a of values)
        for (const missing of ['error', 'empty'] as const) {
          const scope = { own: a === undefined ? {} : { a }, all: { first: 'f', a: 'all', g: { b: '<g>' } }, missing }
          const told = (source: string): string => {
            try {
              return new Source('it', kind, asLiquid(source)).render(scope)
            } catch (error) {
              return error instanceof Error ? error.message : ''
            }
          }
          // A tag that does nothing takes the long way.
          assert.equal(told(`${text} `), told(`${text} {% if false %}{% endif %}`), JSON.stringify([kind, text, a, missing]))
        }
})

test('what is no template, or wants what is not there, is refused in words', () => {
  for (const [text, words] of [
    ['{{ x ', /^The text is no Liquid .* not closed/],
    ['{% include "/etc/passwd" %}', /tag "include" not found/],
    ['{% render "x" %}', /not found/],
    ['{{ x | nope }}', /undefined filter: nope \(line 1\)\.$/],
    ['x'.repeat(2 * 1024 * 1024 + 1), /longer than/],
  ] as const)
    assert.throws(
      () => new CompiledMerge({ ...BASE, text }),
      (error: Error) => words.test(error.message) && 'code' in error && error.code === 'template-invalid',
    )
})

test('a template is bounded in time and in what it makes', () => {
  const l = Array.from({ length: 2000 }, () => 1)
  for (const [text, words] of [
    ['{% for i in (1..5000000) %}{% endfor %}', /too large/],
    ['{% for i in l %}{% for j in l %}{% for k in l %}{% endfor %}{% endfor %}{% endfor %}', /takes too long/],
    ['{% assign x = "0123456789" %}{% for i in (1..40) %}{% capture x %}{{ x }}{{ x }}{% endcapture %}{% endfor %}{{ x }}', /too large/],
    ['{% for i in (1..2000) %}{% for j in (1..2000) %}{{ a }}{% endfor %}{% endfor %}', /takes too long|too large/],
    ['{% assign x = a | append: a %}{% for i in (1..40) %}{% assign x = x | append: x %}{% endfor %}', /too large/],
  ] as const)
    assert.throws(
      () => filled({ text }, { a: 'x'.repeat(1000), l }),
      (error: Error) => words.test(error.message),
    )
  assert.equal(body(filled({ text: '{{ constructor }}{{ a.constructor.name }}{{ __proto__ }}', missing: 'empty' }, { a: {} })), '')
})

test('the sources of a message share its bounds; lists are gone through within them, and what takes too long does so everywhere', () => {
  const text = '{% for i in (1..60000) %}{% endfor %}'
  const fields = Array.from({ length: 50 }, (_, n) => [`X-${n}`, text] as const)
  filled({ text })
  assert.throws(() => filled({ text, fields }), { code: 'template-failed', message: /takes too long/ })
  const long = 'x'.repeat(1_000_000)
  assert.throws(() => filled({ text: '{{ a }}'.repeat(3), fields: [['X-A', '{{ a | upcase }}']] }, { a: long }), /becomes too large/)
  const list = Array.from({ length: 50_000 }, (_, n) => n)
  for (const use of ['has: "x"', 'sort', 'sum', 'find: "x"', 'where: "x"'])
    assert.throws(() => filled({ text: `{{ list | ${use} }}`, data: { list } }), /takes too long/, use)
  for (const condition of ['list contains "x"', 'list == other'])
    assert.throws(() => filled({ text: `{% if ${condition} %}{% endif %}`, data: { list, other: [...list] } }), /takes too long/, condition)
  assert.throws(() => filled({ text: '{% for i in (1..2000) %}{{ "now" | date: "%A" }}{% endfor %}' }), /takes too long/)
  assert.equal(body(filled({ text: '{{ list | sum }} {% if list contains 7 %}y{% endif %}', data: { list: list.slice(0, 9) } })), '36 y')
})

test('links that are the same for all are rewritten before, those of a recipient when they are known', () => {
  const source =
    '<a href="https://s.example/a?b=1&amp;c=2" hsLinkId="one">x</a>{% if vip > 1 %}<a href="https://s.example/vip">v</a>{% endif %}' +
    '<a href="https://s.example/?who={{ id | url_encode }}">y</a><a href={{ link }}>z</a><a href=\'{{ mail }}\'>m</a>' +
    '<a href="{{HsUnsubscribe}}">u</a><a hstracking="false" href="https://s.example/{{ id }}">w</a>'
  const text = html(source, { vip: 2, id: 'ä&b', link: 'https://t.example/?a=1&b="2"', mail: 'mailto:a@b.example' }, plan())
  assert.deepEqual(targets(text), [
    'one https://s.example/a?b=1&c=2',
    ' https://s.example/vip',
    ' https://s.example/?who=%C3%A4%26b',
    ' https://t.example/?a=1&b=%222%22',
  ])
  assert.match(text, /<a href="https:\/\/click.example.com\/u\/tokentoken.sealed">u/)
  assert.match(text, /<a href='mailto:a@b.example'>m<\/a>/)
  assert.match(text, /<a href="https:\/\/s.example\/ä&amp;b">w/)
})

test('HTML that data bring is tracked as that of the template, and so is what the account adds', () => {
  const late = html(
    '<body>{{ list | raw }}</body>',
    { list: '<a href="https://s.example/1">1</a>' },
    plan({ opens: true, footer: 'Leave' }),
  )
  assert.deepEqual(targets(late), [' https://s.example/1'])
  const early = html('<body>{{ x }}</body>', { x: 1 }, plan({ opens: true, footer: 'Leave' }))
  for (const text of [late, early])
    assert.match(
      text,
      /<a href="https:\/\/click.example.com\/u\/tokentoken.sealed">Leave<\/a><\/p><img src="https:\/\/click.example.com\/o\/tokentoken.gif" [^>]*><\/body>/,
    )
  const own = plan(
    {},
    { textFooter: { text: `Leave: ${MARKS.unsubscribe}`, ascii: '' }, listFields: `List-Unsubscribe: <${MARKS.token}>\r\n` },
  )
  const octets = filled({ text: 'Hello' }, {}, own)
  assert.equal(body(octets), 'Hello\r\n\r\nLeave: tokentoken.sealed')
  assert.equal(valueOf(octets, 'list-unsubscribe'), '<tokentoken>')
  assert.equal(body(filled({ text: '{{ HsUnsubscribe }}' }, {}, own)), 'https://click.example.com/u/tokentoken.sealed')
  assert.equal(body(filled({ text: 'x%%HsUnsubscribe%%' })), 'x')
})

test('the row of a recipient holds his id, his name and his data', () => {
  for (const data of [
    { clientId: null, name: '', json: '' },
    { clientId: 'a-1', name: 'Ann', json: '{"a":"\\n"}' },
  ]) {
    assert.deepEqual(readRow(writeRow(data)), data)
    assert.equal(clientIdOf(writeRow(data)), data.clientId)
  }
})
