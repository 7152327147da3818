import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessageId } from '../base/brand.ts'
import { asciiText, composeDsn, type DsnRecipient, type DsnRequest } from './dsn.ts'

const AT = Date.UTC(2026, 10, 22, 7)
const failed: DsnRecipient = {
  address: 'b@y.example',
  originalRecipient: 'rfc822;b+2Bx@y.example',
  action: 'failed',
  status: '5.1.1',
  reason: 'The mailbox does not exist.',
  reply: { code: 550, enhanced: '5.1.1', text: `No such üser\u0007 ${'here '.repeat(40)}` },
  remoteHost: 'mx.y.example',
  attemptedAt: AT,
  retryUntil: null,
}
const ORIGINAL = 'From: a@x.example\r\nSubject: hello\r\nMessage-ID: <1@x.example>\r\n\r\nthe text\r\n'
const request = (change: Partial<DsnRequest> = {}, original: Partial<DsnRequest['original']> = {}): DsnRequest => {
  const octets = original.octets ?? Buffer.from(ORIGINAL)
  return {
    id: '0000000000000002' as MessageId,
    at: AT + 1000,
    host: 'mx.example',
    recipients: [failed],
    original: {
      id: '0000000000000001' as MessageId,
      sender: 'a@x.example',
      acceptedAt: AT - 60_000,
      size: octets.length,
      envelopeId: 'env 1',
      returnContent: null,
      binary: false,
      utf8: false,
      octets,
      ...original,
    },
    ...change,
  }
}
/** The parts of a notification: header first, then each part with its own header. */
function partsOf(octets: Buffer): string[] {
  const text = octets.toString()
  const boundary = /boundary="([^"]+)"/.exec(text)?.[1] ?? assert.fail('no boundary')
  const parts = text.split(`\r\n--${boundary}`)
  assert.equal(parts.pop(), '--\r\n')
  assert.doesNotMatch(text, /\r(?!\n)|(?<!\r)\n|[^\r\n]{500}/)
  return parts
}

test('a failure is told to people and to programs', () => {
  const { octets, utf8, eightBit } = composeDsn(request())
  const [head, human, status, returned] = partsOf(octets)
  assert.match(head ?? '', /^From: Mail Delivery System <MAILER-DAEMON@mx\.example>\r\nTo: <a@x\.example>\r\n/)
  assert.match(head ?? '', /Auto-Submitted: auto-replied\r\n/)
  assert.match(head ?? '', /References: <1@x\.example>\r\n/)
  assert.match(head ?? '', /multipart\/report; report-type=delivery-status/)
  assert.match(human ?? '', /could not be delivered/)
  assert.match(
    human ?? '',
    /b@y\.example\r\n {4}Why: {4}The mailbox does not exist\.\r\n {4}Where: {2}mx\.y\.example\r\n {4}Answer: 550 5\.1\.1 No/,
  )
  assert.match(human ?? '', /\\u\{fc\}ser\\u\{7\}/)
  assert.match(status ?? '', /message\/delivery-status\r\n/)
  assert.match(
    status ?? '',
    /\r\n\r\nOriginal-Envelope-Id: env 1\r\nReporting-MTA: dns; mx\.example\r\nArrival-Date: Sun, 22 Nov 2026 06:59:00 \+0000\r\nX-Hms/,
  )
  assert.match(
    status ?? '',
    /\r\n\r\nOriginal-Recipient: rfc822;b\+x@y\.example\r\nFinal-Recipient: rfc822; b@y\.example\r\nAction: failed\r\nStatus: 5\.1\.1\r\nRemote-MTA: dns; mx\.y\.example\r\nDiagnostic-Code: smtp; 550 /,
  )
  assert.match(returned ?? '', /text\/rfc822-headers[^]*\r\n\r\nFrom: a@x\.example\r\nSubject: hello\r\n/)
  assert.doesNotMatch(returned ?? '', /the text/)
  assert.deepEqual([utf8, eightBit], [false, false])
})

test('the whole message goes back where it was asked for, something failed and it fits', () => {
  const back = (change: Partial<DsnRequest>, original: Partial<DsnRequest['original']> = {}) =>
    partsOf(composeDsn(request(change, { returnContent: 'full', ...original })).octets)[3] ?? ''
  assert.match(back({}), /message\/rfc822[^]*the text/)
  assert.doesNotMatch(back({ mostReturned: 10 }), /the text/)
  assert.doesNotMatch(back({}, { size: 100_000 }), /the text/)
  assert.doesNotMatch(back({}, { binary: true }), /the text/)
  assert.doesNotMatch(back({ recipients: [{ ...failed, action: 'delayed', retryUntil: AT }] }), /the text/)
  assert.match(back({}, { octets: Buffer.from(`${ORIGINAL}grün`) }), /8bit\r\n[^]*grün/)
})

test('of a header that is known in part only whole fields go back', () => {
  const octets = Buffer.from('From: a@x.example\r\nSubject: he')
  const [, , , returned] = partsOf(composeDsn(request({}, { octets, size: 100_000 })).octets)
  assert.match(returned ?? '', /\r\n\r\nFrom: a@x\.example\r\n$/)
})

test('a delay says until when, a relay that it went on', () => {
  const delayed = composeDsn(request({ recipients: [{ ...failed, action: 'delayed', status: '4.4.1', retryUntil: AT }] })).octets.toString()
  assert.match(delayed, /Subject: Your message is delayed/)
  assert.match(delayed, /Will-Retry-Until: Sun, 22 Nov 2026 07:00:00 \+0000\r\n/)
  const relayed = composeDsn(request({ recipients: [{ ...failed, action: 'relayed', status: '2.0.0', reply: null }] })).octets.toString()
  assert.match(relayed, /Subject: Your message was passed on/)
  assert.match(relayed, /Diagnostic-Code: x-hms; The mailbox/)
})

test('several recipients share one notification, the failures first', () => {
  const recipients = [{ ...failed, action: 'relayed' as const, address: 'c@y.example' }, failed]
  const [head, human, status] = partsOf(composeDsn(request({ recipients })).octets)
  assert.match(head ?? '', /could not be delivered/)
  assert.match(human ?? '', /b@y[^]*c@y/)
  assert.equal((status ?? '').split('Final-Recipient').length, 3)
})

test('addresses beyond ASCII make it an internationalized notification', () => {
  const { octets, utf8 } = composeDsn(request({ recipients: [{ ...failed, address: 'jürgen@y.example' }] }))
  const [, human, status] = partsOf(octets)
  assert.match(human ?? '', /charset=utf-8\r\n[^]*8bit[^]*jürgen@/)
  assert.match(status ?? '', /message\/global-delivery-status[^]*Final-Recipient: utf-8; jürgen@y\.example/)
  assert.equal(utf8, true)
  const header = Buffer.from('Subject: grün\r\n\r\n')
  const declared = composeDsn(request({}, { octets: header, utf8: true }))
  assert.match(declared.octets.toString(), /message\/global-headers/)
  assert.deepEqual([declared.utf8, declared.eightBit], [true, true])
  const raw = composeDsn(request({}, { octets: header }))
  assert.match(raw.octets.toString(), /text\/rfc822-headers/)
  assert.deepEqual([raw.utf8, raw.eightBit], [false, true])
})

test("a peer's text cannot write fields", () => {
  const { octets } = composeDsn(
    request({
      recipients: [{ ...failed, reply: { code: 550, enhanced: null, text: 'x\r\nAction: delivered\r\n\r\n--' }, remoteHost: 'm\r\nX: y' }],
    }),
  )
  assert.doesNotMatch(octets.toString(), /^Action: delivered|^X: y/m)
  assert.equal(asciiText('a\u0000\u202e\u{1f600}b'), 'a\\u{0}\\u{202e}\\u{1f600}b')
})

test('what was posted by HTTP is told as that, in lines that are legal however long the address is', () => {
  const address = `post@https://hooks.example.com/${'a'.repeat(860)}`
  const reply = { code: 404, enhanced: null, text: 'Not Found: no such hook' }
  const { octets } = composeDsn(request({ recipients: [{ ...failed, address, originalRecipient: null, reply }] }))
  const text = octets.toString()
  assert.ok(text.includes(`\r\nFinal-Recipient: x-post; ${address}\r\n`))
  assert.match(text, /\r\nDiagnostic-Code: x-http; 404 Not Found: no such hook\r\n/)
  assert.doesNotMatch(text, /[^\r\n]{999}/)
})
