import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromQuotedPrintable, toBase64Lines, toQuotedPrintable } from '../encode.ts'
import { fieldValue, readHeader } from '../header.ts'
import { hasLongLine } from '../long-lines.ts'
import { htmlEdits } from './html-edits.ts'
import { type RewritePlan, rewriteMessage } from './rewrite.ts'
import { decodedBody } from './splice.ts'

const TOKEN = 'qqtokenmarkqq'
const SEALED = 'qqsealedmarkqq'
const HEAD = 'From: a@x.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n'

function plan(given: Partial<RewritePlan['html']> = {}, rest: Partial<RewritePlan> = {}): RewritePlan {
  return {
    html: {
      tracked: true,
      clicks: true,
      opens: true,
      host: 'click.example.com',
      click: (url, link) => `https://click.example.com/c/${TOKEN}/${Buffer.from(`${link ?? ''} ${url}`).toString('base64url')}`,
      open: `https://click.example.com/o/${TOKEN}`,
      unsubscribe: `https://click.example.com/u/${SEALED}`,
      footer: null,
      ...given,
    },
    textFooter: null,
    mostHtml: null,
    listFields: '',
    marks: [TOKEN, SEALED],
    ...rest,
  }
}

const HTML = 'Content-Type: text/html; charset=utf-8\r\n'
const PLAIN = { opens: false }

/** The HTML after rewriting, of a message that has nothing else. */
function html(text: string, given: Partial<RewritePlan['html']> = PLAIN): string {
  const { message } = rewriteMessage(Buffer.from(`${HEAD}${HTML}\r\n${text}`), plan(given))
  const header = readHeader(message)
  const body = message.subarray(header.body)
  const quoted = header.fields.some((field) => field.name === 'content-transfer-encoding' && /quoted/.test(fieldValue(header, field)))
  return (quoted ? fromQuotedPrintable(body) : body).toString()
}

/** Where each link of ours leads, in order. */
function targets(text: string): string[] {
  return [...text.matchAll(/\/c\/qqtokenmarkqq\/([\w-]+)/g)].map(([, target = '']) => Buffer.from(target, 'base64url').toString())
}

const LINKS: readonly (readonly [what: string, html: string, target: string | null])[] = [
  ['double quotes', '<a href="https://x.example/a?b=1&amp;c=2">', 'https://x.example/a?b=1&c=2'],
  ['single quotes', "<a class='y' href='http://x.example/'>", 'http://x.example/'],
  ['no quotes', '<a href=http://x.example/y target=_blank>', 'http://x.example/y'],
  ['no quotes at the end of the tag', '<a href=http://x.example/y>', 'http://x.example/y'],
  ['upper case', '<A HREF="HTTP://X.example/Y">', 'http://x.example/Y'],
  ['spaces around the sign', '<a href = "http://x.example/z">', 'http://x.example/z'],
  ['line ends within the tag', '<a\r\n  href="http://x.example/\r\nq">', 'http://x.example/q'],
  ['white space around', '<a href=" http://x.example/a b ">', 'http://x.example/a%20b'],
  ['an entity without its semicolon', '<a href="http://x.example/?a=1&copy=2&amp;x">', 'http://x.example/?a=1&copy=2&x'],
  ['numbers for characters', '<a href="http&#58;//x.example/&#x2f;p">', 'http://x.example//p'],
  ['letters beyond ASCII', '<a href="http://x.example/grün?ö">', 'http://x.example/gr%C3%BCn?%C3%B6'],
  ['an entity beyond ASCII', '<a href="http://x.example/gr&uuml;n">', 'http://x.example/gr%C3%BCn'],
  ['a name beyond ASCII', '<a href="http://münchen.example/">', 'http://xn--mnchen-3ya.example/'],
  ['the first of two', '<a href="http://x.example/1" href="http://x.example/2">', 'http://x.example/1'],
  ['a sign in another attribute', '<a title="a > b" href="http://x.example/t">', 'http://x.example/t'],
  ['a map', '<map><area shape="rect" href="https://x.example/m"></map>', 'https://x.example/m'],
  ['what Outlook alone reads', '<!--[if mso]><v:roundrect href="https://x.example/v"><![endif]-->', 'https://x.example/v'],
  ['a fragment', '<a href="https://x.example/p#part">', 'https://x.example/p#part'],
  ['mail', '<a href="mailto:a@x.example">', null],
  ['telephone', '<a href="tel:+43123">', null],
  ['a place on the page', '<a href="#top">', null],
  ['data', '<a href="data:text/html,x">', null],
  ['script', '<a href="javascript:alert(1)">', null],
  ['relative', '<a href="/p?q">', null],
  ['no scheme', '<a href="//x.example/">', null],
  ['no address', '<a href>', null],
  ['no link at all', '<a name="x">', null],
  ['not an address', '<a href="http://[x/">', null],
  ['ours already', '<a href="https://click.example.com/c/x/y">', null],
  ['asked to be left', '<a HsTracking="false" href="https://x.example/f">', null],
  ['in a comment', '<!-- <a href="https://x.example/c"> -->', null],
  ['in a style', '<style><a href="https://x.example/s"></style>', null],
  ['in a title', '<title><a href="https://x.example/s"></title>', null],
  ['an image', '<img src="https://x.example/i.png">', null],
]

test('links lead where they led, however they are written, and what is no link to a page is left', () => {
  for (const [what, text, target] of LINKS) {
    const out = html(`<p>before ${text}text</a> after`)
    if (target === null)
      assert.equal(out.replaceAll(' HsTracking="false"', ''), `<p>before ${text}text</a> after`.replaceAll(' HsTracking="false"', ''), what)
    else assert.deepEqual(targets(out), [` ${target}`], what)
    assert.match(out, /^<p>before .*text<\/a> after$/s, what)
  }
})

test('without automatic tracking only the links that ask for it are tracked; ids are told, our attributes go', () => {
  const given = { clicks: false, opens: false }
  const text =
    '<a href="http://x.example/1">a</a><a HsTracking="true" HsLinkId="top-1" href="http://x.example/2">b</a><a HSTRACKING=true href=\'http://x.example/3\'>c</a>'
  const out = html(text, given)
  assert.deepEqual(targets(out), ['top-1 http://x.example/2', ' http://x.example/3'])
  assert.match(out, /^<a href="http:\/\/x\.example\/1">a<\/a><a href="https:\/\/click/)
  assert.doesNotMatch(out, /hstracking|hslinkid/i)
})

test('the image stands where its placeholder is, once, and at the end of the body otherwise', () => {
  const image = `<img src="https://click.example.com/o/${TOKEN}" width="1" height="1" alt="" style="border:0">`
  assert.equal(html('<body>x<HsTracking/>y</body>', {}), `<body>x${image}y</body>`)
  assert.equal(html('<body>x<hstracking></hstracking>y</body>', { opens: false }), `<body>x${image}y</body>`)
  assert.equal(html('<html><body>x</body></html>', {}), `<html><body>x${image}</body></html>`)
  assert.equal(html('<p>x', {}), `<p>x${image}`)
  assert.equal(html('<p>x', { opens: false }), '<p>x')
})

test('unsubscribe placeholders become links in HTML and in text, in links, and escaped as editors do', () => {
  const url = `https://click.example.com/u/${SEALED}`
  assert.equal(html('<a href="{{HsUnsubscribe}}">x</a>'), `<a href="${url}">x</a>`)
  assert.equal(html('<a href="%7B%7BHsUnsubscribe%7D%7D">x</a>'), `<a href="${url}">x</a>`)
  assert.equal(html('<HsUnsubscribe class="y">leave</HsUnsubscribe>'), `<a href="${url}" class="y">leave</a>`)
  assert.equal(html('<p>{{HsUnsubscribe}}'), `<p>${url}`)
  const { message, hasMarks } = rewriteMessage(Buffer.from(`${HEAD}\r\nLeave: {{HsUnsubscribe}} now\r\n`), plan())
  assert.equal(hasMarks, true)
  assert.equal(message.toString(), `${HEAD}\r\nLeave: ${url} now\r\n`)
})

test('an unsubscribe link is added where it is forced and there is none', () => {
  const footer = { opens: false, footer: 'Abmelden &#252;' }
  assert.match(
    html('<body>x</body>', footer),
    /x<p [^>]*><a href="https:\/\/click\.example\.com\/u\/qqsealedmarkqq">Abmelden &#252;<\/a><\/p><\/body>$/,
  )
  assert.doesNotMatch(html('<body><a href="{{HsUnsubscribe}}">x</a></body>', footer), /Abmelden/)
  const forced = plan(footer, {
    textFooter: {
      text: `Abmelden für immer: https://click.example.com/u/${SEALED}`,
      ascii: `Unsubscribe: https://click.example.com/u/${SEALED}`,
    },
  })
  const utf8 = 'Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n'
  assert.match(rewriteMessage(Buffer.from(`${HEAD}${utf8}\r\nHallo`), forced).message.toString(), /Hallo\r\n\r\nAbmelden für immer: https/)
  assert.match(rewriteMessage(Buffer.from(`${HEAD}\r\nHallo\r\n`), forced).message.toString(), /Hallo\r\n\r\nUnsubscribe: https/)
})

const PAGE = `<p>Grüße, =3D</p>\r\n<a href="https://x.example/a?b=${'c'.repeat(90)}&amp;d">x</a> \r\n<p>.\r\n.dot ${'word '.repeat(30)}\r\n</body>\r\n`

test('whatever its encoding, a part says the same as before but for the edits; what is quoted-printable stays so octet for octet', () => {
  const expected = html(PAGE, {})
  for (const [encoding, body] of [
    ['8bit', Buffer.from(PAGE)],
    ['quoted-printable', toQuotedPrintable(Buffer.from(PAGE))],
    ['base64', toBase64Lines(Buffer.from(PAGE))],
  ] as const) {
    const head = `${HEAD}${HTML}Content-Transfer-Encoding: ${encoding}\r\n\r\n`
    const { message } = rewriteMessage(Buffer.concat([Buffer.from(head), body]), plan())
    const header = readHeader(message)
    const octets = message.subarray(header.body)
    const isQuoted = encoding !== '8bit'
    assert.equal((isQuoted ? fromQuotedPrintable(octets) : octets).toString(), expected, encoding)
    assert.equal(hasLongLine(octets, isQuoted ? 76 : 998), false, encoding)
    assert.match(header.text, isQuoted ? /Content-Transfer-Encoding: quoted-printable/ : /Content-Transfer-Encoding: 8bit/)
    if (isQuoted)
      for (const line of octets.toString().split('\r\n')) if (line.includes('qq')) assert.match(line, /^(?:qqtokenmarkqq|qqsealedmarkqq)=$/)
  }
  const first = '=3Cp=3Eodd but right=3C=2Fp=3E\r\nsoft =\r\nbreak=20\r\n'
  const quoted = `${first}<a href=3D"http://x.example/">x</a>\r\n${first}`
  const { message } = rewriteMessage(Buffer.from(`${HEAD}${HTML}Content-Transfer-Encoding: Quoted-Printable\r\n\r\n${quoted}`), plan(PLAIN))
  const text = message.toString()
  assert.ok(text.includes(`\r\n\r\n${first}`) && text.endsWith(first))
})

test('a line that would get too long makes its part quoted-printable', () => {
  const line = `<p>${'x'.repeat(700)}<a href="http://x.example/">y</a>`
  const { message } = rewriteMessage(Buffer.from(`From: a@x.example\r\n${HTML}\r\n${line}\r\n`), plan(PLAIN))
  assert.equal(hasLongLine(message, 300), false)
  assert.match(message.toString(), /MIME-Version: 1\.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n/)
  assert.equal(html(line).replace(/"https:[^"]*"/, '"http://x.example/"'), line)
})

const part = (header: string, body: string): string => `--b\r\n${header}\r\n\r\n${body}\r\n`
const LINK = '<a href="http://x.example/">x</a>'

test('only the text and HTML that is the message is edited; attachments, forwarded mail, AMP and all else stay octet for octet', () => {
  const stays = [
    part('Content-Type: text/html\r\nContent-Disposition: attachment', LINK),
    part('Content-Type: text/html\r\nContent-Disposition: inline; filename="a.html"', LINK),
    part('Content-Type: text/x-amp-html', LINK),
    part('Content-Type: message/rfc822', `Content-Type: text/html\r\n\r\n${LINK}`),
    part('Content-Type: text/html; charset=utf-16', LINK),
    part('Content-Type: text/html; charset=iso-2022-jp', LINK),
    part('Content-Type: text/html\r\nContent-Transfer-Encoding: x-uuencode', LINK),
    part('Content-Type: image/png\r\nContent-Transfer-Encoding: base64', 'AAAA'),
    'odd\r\n--b x\r\n',
  ].join('')
  const around = (inner: string): string =>
    `${HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n${stays}${inner}--b--\r\nepilogue ${LINK}\r\n`
  const before = around(part(HTML.trim(), LINK))
  const { message } = rewriteMessage(Buffer.from(before), plan(PLAIN))
  const [front = '', back = ''] = before.split(part(HTML.trim(), LINK))
  const after = message.toString()
  assert.ok(after.startsWith(front) && after.endsWith(back))
  assert.equal(targets(after).length, 1)
})

test('what is signed or encrypted is left alone', () => {
  for (const type of ['multipart/signed; protocol="application/pkcs7-signature"', 'multipart/encrypted', 'multipart/report']) {
    const octets = Buffer.from(`${HEAD}Content-Type: ${type}; boundary=b\r\n\r\n${part(HTML.trim(), LINK)}--b--\r\n`)
    assert.equal(rewriteMessage(octets, plan()).message, octets)
  }
  const pgp = Buffer.from(`${HEAD}\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n{{HsUnsubscribe}}`)
  assert.equal(rewriteMessage(pgp, plan()).message, pgp)
})

test('HTML above the bound is left, and its size told; fields of the list come where the sender has none', () => {
  const octets = Buffer.from(`${HEAD}${HTML}\r\n${LINK.repeat(100)}`)
  const large = rewriteMessage(octets, plan({}, { mostHtml: 1000 }))
  assert.deepEqual([large.message === octets, large.hasMarks, large.html], [true, false, LINK.length * 100])
  const listFields = `List-Unsubscribe: <https://click.example.com/u/${SEALED}>\r\n`
  const { message, hasMarks } = rewriteMessage(octets, plan({}, { mostHtml: 1000, listFields }))
  assert.equal(message.toString(), octets.toString().replace('\r\n\r\n', `\r\n${listFields}\r\n`))
  assert.equal(hasMarks, true)
  const own = Buffer.from(`List-Unsubscribe: <mailto:x@x.example>\r\n${octets.toString()}`)
  assert.equal(rewriteMessage(own, plan({}, { mostHtml: 1000, listFields })).message, own)
})

test('what one message may cost is bounded: links beyond it stay as they are, HTML too', () => {
  const many = html('<a href="http://x.example/">x</a>'.repeat(3000))
  assert.deepEqual([targets(many).length, many.match(/http:\/\/x\.example/g)?.length], [2000, 1000])
  const large = Buffer.from(`${HEAD}${HTML}\r\n${LINK}${'<p>text '.repeat(140_000)}`)
  assert.equal(rewriteMessage(large, plan()).message, large)
})

/** The same numbers each time. */
function* numbers(): Generator<number> {
  for (let state = 1; ;) {
    state = (state * 48_271) % 2_147_483_647
    yield state
  }
}

// oxfmt-ignore
const PIECES = [
  '<a href="http://x.example/1">', '<a ', 'href=', '"', "'", '>', '<!--', '[if mso]>', '<![endif]-->', '{{HsUnsubscribe}}', '<HsTracking', '/>',
  '<HsUnsubscribe>', '</HsUnsubscribe>', '</body>', '<style>', '</style>', '<title>', 'ü', '&amp;', '=3D', '\r\n', ' ', '.', '\0', '<plaintext>',
  ' HsTracking=', 'true', 'http://', '=', 'word '.repeat(60),
]

test('whatever HTML is like, edits are in order, and the same is said in each encoding', () => {
  const random = numbers()
  const next = (below: number): number => Number(random.next().value) % below
  let edited = 0
  for (let round = 0; round < 1000; round++) {
    const text = Array.from({ length: next(30) }, () => PIECES[next(PIECES.length)]).join('')
    const octets = Buffer.from(text)
    const { edits } = htmlEdits(octets.toString('latin1'), 'utf-8', plan().html, { links: 100, octets: 1 })
    let end = 0
    for (const edit of edits) {
      assert.ok(edit.start >= end && edit.end >= edit.start && edit.end <= octets.length, text)
      end = edit.end
    }
    const said = [octets, toQuotedPrintable(octets), toBase64Lines(octets)].map((body, i) => {
      const head = `${HEAD}${HTML}Content-Transfer-Encoding: ${['8bit', 'quoted-printable', 'base64'][i]}\r\n\r\n`
      const { message } = rewriteMessage(Buffer.concat([Buffer.from(head), body]), plan())
      const header = readHeader(message)
      const isQuoted = header.text.includes('quoted-printable')
      if (isQuoted) assert.equal(hasLongLine(message.subarray(header.body), 76), false, text)
      if (edits.length > 0) edited++
      return decodedBody(message.subarray(header.body), isQuoted ? 'quoted-printable' : i === 2 ? 'base64' : '8bit').toString('latin1')
    })
    assert.deepEqual(said, [said[0], said[0], said[0]], text)
  }
  assert.ok(edited > 1000, String(edited))
})

test('what looks like very many parts, or is looked at again at every level, stays as it came', () => {
  const part = `--b\r\n${HTML}\r\n<a href="https://x.example/">x</a>\r\n`
  const whole = (count: number) => Buffer.from(`${HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n${part.repeat(count)}--b--\r\n`)
  assert.notEqual(rewriteMessage(whole(100), plan(PLAIN)).message.length, whole(100).length)
  const many = whole(30_000)
  assert.equal(rewriteMessage(many, plan(PLAIN)).message, many)
  let nested = `${HTML}\r\n<a href="https://x.example/">x</a>${'\r\n--'.repeat(2000)}`
  for (let n = 0; n < 15; n++) nested = `Content-Type: multipart/mixed; boundary=b${n}x\r\n\r\n--b${n}x\r\n${nested}\r\n--b${n}x--\r\n`
  const deep = Buffer.from(HEAD + nested)
  assert.equal(rewriteMessage(deep, plan(PLAIN)).message, deep)
})
