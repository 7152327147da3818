// Every link of a corpus of newsletters (test/fixtures/newsletters) still leads where it led, in whatever encoding they travel, and nothing
// else of them is another.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type DefaultTreeAdapterTypes, parse, parseFragment } from 'parse5'
import type { AccountId, MessageId } from '../../base/brand.ts'
import { fromQuotedPrintable, toBase64Lines, toQuotedPrintable } from '../encode.ts'
import { findField, readHeader } from '../header.ts'
import { fillSlots, findSlots, slotMark, slotNonce } from '../slots.ts'
import { tokenOf } from '../token.ts'
import { clickTarget, openClickTarget } from './links.ts'
import { type RewritePlan, rewriteMessage } from './rewrite.ts'

const FOLDER = join(import.meta.dirname, '../../../test/fixtures/newsletters')
const KEYS = [{ n: 1, since: 0, secret: new Uint8Array(32).fill(7) }]
const HOST = 'click.example.com'
const MESSAGE = '0123456789abcdef' as MessageId
const ACCOUNT = 1001 as AccountId
const NONCE = slotNonce(KEYS, MESSAGE, 1)
const MARKS = [slotMark('token', NONCE), slotMark('unsubscribe', NONCE)] as const
const TOKEN = tokenOf(KEYS, { account: ACCOUNT, message: MESSAGE, n: 3, acceptedAt: 1 })
const IMAGE = `https://${HOST}/o/${TOKEN}`

const PLAN: RewritePlan = {
  html: {
    tracked: true,
    clicks: true,
    opens: true,
    host: HOST,
    click: (url, link) => `https://${HOST}/c/${MARKS[0]}/${clickTarget(KEYS, HOST, { account: ACCOUNT, url, link, at: 1 })}`,
    open: `https://${HOST}/o/${MARKS[0]}`,
    unsubscribe: `https://${HOST}/u/${MARKS[1]}`,
    footer: null,
  },
  textFooter: null,
  mostHtml: null,
  listFields: '',
  marks: MARKS,
}

type Node = DefaultTreeAdapterTypes.Node

/** Everything of a document but where its links lead, and where they lead apart, in order; what Outlook alone reads among it. */
function contents(html: string): { readonly links: string[]; readonly rest: string[] } {
  const links: string[] = []
  const rest: string[] = []
  const look = (node: Node): void => {
    if (node.nodeName === '#comment' && 'data' in node) {
      const conditional = /^(\[if[^\]]*\]>)([^]*)$/.exec(node.data)
      rest.push(conditional?.[1] ?? `comment ${node.data}`)
      if (conditional !== null) look(parseFragment(conditional[2] ?? ''))
    } else if ('value' in node) rest.push(`text ${node.value}`)
    else if ('attrs' in node) {
      const isLink = node.nodeName !== 'link'
      for (const { name, value } of node.attrs) if (isLink && name === 'href') links.push(value)
      const attrs = node.attrs.map(({ name, value }) => `${name}=${isLink && name === 'href' ? '' : value}`)
      rest.push(`<${node.nodeName} ${attrs.join(' ')}>`)
    } else rest.push(node.nodeName)
    if ('content' in node) look(node.content)
    if ('childNodes' in node) for (const child of node.childNodes) look(child)
  }
  look(parse(html))
  return { links, rest }
}

/** Where whoever follows it gets. */
function followed(link: string): string {
  const prefix = `https://${HOST}/c/${TOKEN}/`
  if (!link.startsWith(prefix)) return link
  const target = openClickTarget(KEYS, HOST, link.slice(prefix.length))
  assert.ok(target !== null, link)
  return target.url
}

/** As a browser asks for it. */
function led(link: string): string {
  return URL.parse(link)?.href ?? link
}

const ENCODINGS = { '8bit': (octets: Buffer) => octets, 'quoted-printable': toQuotedPrintable, base64: toBase64Lines } as const

function delivered(html: Buffer, encoding: keyof typeof ENCODINGS): string {
  const header = `MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`
  const { message, hasMarks } = rewriteMessage(Buffer.concat([Buffer.from(header), ENCODINGS[encoding](html)]), PLAN)
  assert.equal(hasMarks, true)
  const values = { token: TOKEN, unsubscribe: `${TOKEN}.sealed` }
  const filled = fillSlots(message, { slots: findSlots(message, NONCE), values })
  const read = readHeader(filled)
  const field = findField(read, 'content-transfer-encoding')
  const isQuoted = field !== undefined && read.text.slice(field.value, field.end).includes('quoted-printable')
  return (isQuoted ? fromQuotedPrintable(filled.subarray(read.body)) : filled.subarray(read.body)).toString()
}

const newsletters = readdirSync(FOLDER).filter((name) => name.endsWith('.html'))

test('there are newsletters of several kinds', () => {
  assert.ok(newsletters.length >= 18)
})

for (const name of newsletters)
  test(`newsletter ${name}`, () => {
    const html = Buffer.from(readFileSync(join(FOLDER, name), 'utf8').replaceAll(/\r?\n/g, '\r\n'))
    const before = contents(html.toString().replaceAll('{{HsUnsubscribe}}', `https://${HOST}/u/${TOKEN}.sealed`))
    const web = before.links.filter((link) => /^\s*https?:/i.test(link) && URL.canParse(link) && !link.includes(HOST)).length
    for (const encoding of Object.keys(ENCODINGS) as (keyof typeof ENCODINGS)[]) {
      const text = delivered(html, encoding)
      assert.ok(text.includes(IMAGE), encoding)
      const after = contents(text.replace(/<img src="[^"]*\/o\/[^>]*>/, ''))
      assert.deepEqual(after.rest, before.rest, encoding)
      assert.deepEqual(
        after.links.map((link) => led(followed(link))),
        before.links.map(led),
        encoding,
      )
      assert.equal(after.links.filter((link) => link.includes('/c/')).length, web, 'all links to pages are followed')
    }
  })
