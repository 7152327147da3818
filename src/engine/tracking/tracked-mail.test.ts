// Mail that is tracked, from its acceptance over real sockets to its recipients' clicks: signed, each with links of its own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import type { AccountId, Domain } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import { jsonLog } from '../../base/log.ts'
import { NO_TRACKING, type Tracking, type TrackingHostState } from '../../contract/tracking.ts'
import { dkimRecord } from '../../message/dkim/record.ts'
import { fromQuotedPrintable, toBase64Lines } from '../../message/encode.ts'
import { fieldValue, findField, readHeader } from '../../message/header.ts'
import { piecesOf } from '../../message/mime.ts'
import { ACCOUNT, EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { LINKS, SENDER_DKIM, TOKEN_KEYS } from '../../../testkit/signing-sender.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'
import type { ReceivedMessage } from '../../../testkit/smtp-script.ts'
import { Tracker, type TrackerOptions, type WebAnswer } from './tracker.ts'

const WELL: TrackingHostState = { host: LINKS, trouble: null, since: 1 }
const HTML =
  '<html><body><p>Grüße</p><a HsLinkId="top" href="https://x.example/a?b=1&amp;c=2">x</a> <a href="{{HsUnsubscribe}}">leave</a></body></html>'
const part = (type: string, encoding: string, body: string | Buffer): string =>
  `--b\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body.toString()}\r\n`
const LETTER = `From: bob@sender.example\r\nX-xsMailingId: may\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n${part('text/plain', '7bit', 'Leave: {{HsUnsubscribe}}')}${part('text/html', 'base64', toBase64Lines(Buffer.from(HTML)))}--b--\r\n`

interface Place extends AsyncDisposable {
  readonly home: EngineHome
  readonly peer: SmtpPeer
  readonly tracker: Tracker
  ask(url: string, body?: string): Promise<WebAnswer>
}

async function place(tracking: Partial<Tracking>, stream = 'bulk', hosts: readonly TrackingHostState[] = [WELL]): Promise<Place> {
  await using stack = new AsyncDisposableStack()
  const peer = stack.use(await SmtpPeer.start())
  const account = { ...ACCOUNT, id: 1000 as AccountId, stream, tracking: { ...NO_TRACKING, host: LINKS, ...tracking } }
  const settings = {
    routes: [routeTo(peer.port)],
    accounts: new Map([[account.id, account]]),
    tokenKeys: TOKEN_KEYS,
    dkimKeys: [SENDER_DKIM],
    trackingHosts: hosts,
  }
  const home = stack.use(await EngineHome.start({ settings, signs: true }))
  const log = jsonLog('test', 'error', (line) => process.stderr.write(line))
  const tell: TrackerOptions['tell'] = (events) => home.spool.tell(events)
  const tracker = new Tracker({ settings: () => home.settings, clock: systemClock, log, tell, sent: null })
  const held = stack.move()
  const ask = (url: string, body?: string): Promise<WebAnswer> => {
    const { host, pathname } = new URL(url)
    const method = body === undefined ? 'GET' : 'POST'
    return tracker.answer({
      method,
      host,
      path: pathname,
      body: body ?? '',
      client: '192.0.2.1',
      agent: 'Firefox',
      language: null,
      purpose: null,
    })
  }
  return { home, peer, tracker, ask, [Symbol.asyncDispose]: () => held.disposeAsync() }
}

/** What the signature is worth, and what it is of. */
async function verdict({ data }: ReceivedMessage): Promise<readonly [result: string | undefined, signed: string]> {
  const { name: known, value } = dkimRecord(SENDER_DKIM)
  const resolver = async (name: string): Promise<string[][]> => (name === known ? [[value]] : [])
  const { results } = await dkimVerify(data, { resolver })
  const signature = readHeader(data).fields.find(({ name }) => name === 'dkim-signature')
  const text = signature === undefined ? '' : fieldValue(readHeader(data), signature)
  return [results[0]?.status.result, /h=([^;]*)/.exec(text.replaceAll(/\s/g, ''))?.[1] ?? '']
}

function field({ data }: ReceivedMessage, name: string): string | null {
  const header = readHeader(data)
  const found = findField(header, name)
  return found === undefined ? null : fieldValue(header, found)
}

/** The text and the HTML, decoded. */
function partsOf({ data }: ReceivedMessage): readonly [text: string, html: string] {
  const pieces = piecesOf(data.subarray(readHeader(data).body), 'b') ?? []
  const [text = '', html = ''] = pieces.flatMap(({ kind, octets }) => {
    if (kind !== 'part') return []
    const header = readHeader(octets)
    const isQuoted = header.text.includes('quoted-printable')
    const body = octets.subarray(header.body)
    return [(isQuoted ? fromQuotedPrintable(body) : body).toString()]
  })
  return [text, html]
}

const urls = (text: string): string[] => [...text.matchAll(/https:\/\/click\.sender\.example\/[^"\s>]+/g)].map(([url]) => url)

test('of 50 recipients at one site each has links of his own, in mail that is signed; one unsubscribes, and that one is told', async () => {
  await using at = await place({ clicks: true, opens: true })
  const to = Array.from({ length: 50 }, (_, n) => `r${n}@one.example`)
  assert.match(await at.home.submit({ to, text: LETTER }), /^250/)
  const messages = await at.peer.waitForMessages(50)
  for (const message of messages.slice(0, 2)) {
    const [result, signed] = await verdict(message)
    assert.equal(result, 'pass')
    assert.match(signed, /list-unsubscribe:[^]*list-unsubscribe-post/i)
  }
  const leave = messages.map((message) => /^<(https:[^>]*)>$/.exec(field(message, 'list-unsubscribe') ?? '')?.[1] ?? '')
  assert.equal(new Set(leave).size, 50)
  const chosen = messages[17]
  assert.ok(chosen !== undefined)
  const [recipient] = chosen.recipients
  const [text, html] = partsOf(chosen)
  assert.equal(field(chosen, 'list-unsubscribe-post'), 'List-Unsubscribe=One-Click')
  assert.equal(text, `Leave: ${leave[17]}`)
  const [click = '', unsubscribe = '', open = ''] = urls(html)
  assert.equal(
    html,
    `${HTML.replace(/ HsLinkId="top" href="[^"]*"/, ` href="${click}"`)
      .replace('{{HsUnsubscribe}}', unsubscribe)
      .replace('</body>', `<img src="${open}" width="1" height="1" alt="" style="border:0"></body>`)}`,
  )
  assert.equal(unsubscribe, leave[17])
  assert.equal((await at.ask(click)).headers['location'], 'https://x.example/a?b=1&c=2')
  assert.equal((await at.ask(open)).status, 200)
  for (const url of leave) assert.equal((await at.ask(url)).status, 200)
  assert.equal((await at.ask(leave[17] ?? '', 'List-Unsubscribe=One-Click')).status, 200)
  const [event, ...others] = await at.home.waitFor('unsubscribed')
  assert.deepEqual([event?.recipient, event?.mailing, event?.stream, event?.by, others.length], [recipient, 'may', 'bulk', 'one-click', 0])
  await at.tracker.visits.stop()
  const [clicked] = await at.home.waitFor('clicked')
  assert.deepEqual([clicked?.url, clicked?.link, clicked?.message], ['https://x.example/a?b=1&c=2', 'top', event?.message])
  assert.equal((await at.home.waitFor('opened')).length, 1)
  assert.equal(at.home.engine.counters().trackingOperations, 1)
})

test('while the host of the links does not answer nothing is tracked and one click is not promised; who asks for a link gets it', async () => {
  await using at = await place({ clicks: true, opens: true, mailDomain: 'in.sender.example' as Domain }, 'bulk', [
    { ...WELL, trouble: 'it is away' },
  ])
  assert.match(await at.home.submit({ text: LETTER }), /^250/)
  const [message] = await at.peer.waitForMessages(1)
  assert.ok(message !== undefined)
  const [, html] = partsOf(message)
  const [unsubscribe = '', ...others] = urls(html)
  assert.equal(html, HTML.replace(' HsLinkId="top"', '').replace('{{HsUnsubscribe}}', unsubscribe))
  assert.deepEqual([others.length, field(message, 'list-unsubscribe-post')], [0, null])
  assert.match(field(message, 'list-unsubscribe') ?? '', /^<mailto:[a-z2-7]{40,64}@in\.sender\.example\?subject=unsubscribe>$/)
})

test('an account without a host has a way by mail alone, in the header and where a message asks for it', async () => {
  await using at = await place({ host: null, mailDomain: 'in.sender.example' as Domain })
  assert.match(await at.home.submit({ text: LETTER }), /^250/)
  const [message] = await at.peer.waitForMessages(1)
  assert.ok(message !== undefined)
  const [text, html] = partsOf(message)
  const [, mail = ''] =
    /^<(mailto:[a-z2-7]{40,64}@in\.sender\.example\?subject=unsubscribe)>$/.exec(field(message, 'list-unsubscribe') ?? '') ?? []
  assert.deepEqual([text, field(message, 'list-unsubscribe-post')], [`Leave: ${mail}`, null])
  assert.equal(html, HTML.replace(' HsLinkId="top"', '').replace('{{HsUnsubscribe}}', mail))
  assert.equal((await verdict(message))[0], 'pass')
})

test('transactional mail has no list fields and no forced link; bulk mail without a link gets one', async () => {
  const plain = 'From: bob@sender.example\r\n\r\nHello\r\n'
  for (const [stream, isForced] of [
    ['transactional', false],
    ['bulk', true],
  ] as const) {
    await using at = await place({ force: true }, stream)
    assert.match(await at.home.submit({ text: plain }), /^250/)
    const [message] = await at.peer.waitForMessages(1)
    assert.ok(message !== undefined)
    const text = message.data.toString()
    assert.equal(/\r\n\r\nHello\r\n\r\nUnsubscribe: https:\/\/click\.sender\.example\/u\/\S+\r\n$/.test(text), isForced)
    assert.equal(field(message, 'list-unsubscribe') !== null, isForced)
    assert.equal(text.endsWith('\r\n\r\nHello\r\n'), !isForced)
  }
})

test('a message in a file is made ready as one in memory; bounces and what is binary go as they came', async () => {
  await using at = await place({ clicks: true })
  const filler = `--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n${toBase64Lines(Buffer.alloc(300_000, 1)).toString()}`
  assert.match(await at.home.submit({ text: LETTER.replace('--b--', `${filler}--b--`).replace('alternative', 'mixed') }), /^250/)
  const [message] = await at.peer.waitForMessages(1)
  assert.ok(message !== undefined)
  assert.ok(message.data.length > 400_000 && message.data.toString().includes(filler))
  assert.equal((await verdict(message))[0], 'pass')
  const [click = ''] = urls(partsOf(message)[1])
  assert.equal((await at.ask(click)).headers['location'], 'https://x.example/a?b=1&c=2')
  assert.match(await at.home.submit({ sender: '', text: LETTER }), /^250/)
  const bounce = (await at.peer.waitForMessages(2))[1]
  assert.ok(bounce?.data.toString().includes('{{HsUnsubscribe}}'))
})

test('a message that is handed in whole says what of it is tracked', async () => {
  await using at = await place({ clicks: true, opens: true, force: true })
  const { domain } = SENDER_DKIM
  const [sender, recipient] = ['bob', 'ann'].map((local) => ({ address: `${local}@${domain}`, local, domain }))
  assert.ok(sender !== undefined && recipient !== undefined)
  const injector = at.home.engine.injector()
  const client = { address: '127.0.0.1', tls: null, user: null, account: 1000 as AccountId, protocol: 'JOB' } as const
  const letter = { client, sender, recipients: [recipient], octets: Buffer.from(LETTER) }
  const tracking = { clicks: false, opens: false, unsubscribe: false }
  for (const asked of [{}, { tracking }]) assert.ok('id' in (await injector.inject({ ...letter, asked })))
  const texts = (await at.peer.waitForMessages(2)).map(({ data }) => data.toString())
  const untouched = texts.filter((text) => !/^List-Unsubscribe/im.test(text))
  assert.equal(untouched.length, 1)
})
