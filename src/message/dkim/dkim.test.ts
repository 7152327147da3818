import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { authenticate } from 'mailauth'
import type { AccountId, Domain } from '../../base/brand.ts'
import type { DkimKey, Settings } from '../../contract/settings.ts'
import { bodyHash, RelaxedBody, relaxedField } from './canonical.ts'
import { generateDkimKey, importDkimKey } from './keys.ts'
import { compareRecord, dkimRecord, parseDkimRecord } from './record.ts'
import { allKeys, selectKeys } from './select.ts'
import { PrivateKeys } from './private-keys.ts'
import { signatureFields, signInput, streamedInput } from './signer.ts'

const DOMAIN = 'x.example' as Domain
const AT = Date.UTC(2026, 10, 22)

async function key(algorithm: DkimKey['algorithm'], change: Partial<DkimKey> = {}): Promise<DkimKey> {
  const made = await generateDkimKey(algorithm)
  return { ...made, domain: DOMAIN, selector: algorithm.slice(0, 3), account: null, role: 'author', seenAt: 1, ...change }
}
const rsa = await key('rsa-sha256')
const ed = await key('ed25519-sha256')

/** What mailauth says of each signature: `pass`, or why not. */
async function verdicts(message: Buffer, keys: readonly DkimKey[]): Promise<string[]> {
  const records = new Map(keys.map((one) => [dkimRecord(one).name, dkimRecord(one).value]))
  const resolver = (name: string, type: string): Promise<string[][]> => {
    const value = type === 'TXT' ? records.get(name) : undefined
    return value === undefined ? Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' })) : Promise.resolve([[value]])
  }
  const { dkim } = await authenticate(message, {
    sender: 'a@x.example',
    resolver: resolver as never,
    disableArc: true,
    disableDmarc: true,
    disableBimi: true,
  })
  return (dkim.results ?? []).map(({ status }) => `${status.result}${status.comment ? ` ${status.comment}` : ''}`)
}

const chunked = async function* (message: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < message.length; at += size) yield message.subarray(at, at + size)
}

const HEADER = 'From: A <a@x.example>\r\nTo: b@y.example\r\nSubject: hello\r\nDate: Sun, 22 Nov 2026 07:12:00 +0000\r\n'
const cases: Record<string, string> = {
  plain: `${HEADER}\r\nbody\r\n`,
  'empty body': `${HEADER}\r\n`,
  'only empty lines': `${HEADER}\r\n\r\n\r\n\r\n`,
  'trailing empty lines': `${HEADER}\r\nbody\r\n\r\n\r\n`,
  'lines of white space at the end': `${HEADER}\r\nbody\r\n \r\n\t \r\n`,
  'no line end': `${HEADER}\r\nbody`,
  'white space within and after lines': `${HEADER}\r\na  b\t c \t\r\n  indented\r\n\r\n\t x \r\n`,
  'empty lines before text': `${HEADER}\r\n${'\r\n'.repeat(3000)}text\r\n`,
  'folded fields': `From: A\r\n <a@x.example>\r\nSubject: \r\n\t long \r\n  subject  \r\nTo:b@y.example\r\n\r\nbody\r\n`,
  'duplicate fields': `From: a@x.example\r\nSubject: one\r\nReferences: <1>\r\nSubject: two\r\nReferences: <2>\r\n\r\nbody\r\n`,
  'odd names and empty values': `FROM : a@x.example\r\nsubject:\r\nTo: \r\nCc:  \t \r\n\r\nbody\r\n`,
  'octets above 127': `${HEADER}Reply-To: Jürgen <j@x.example>\r\n\r\ngrün  und blau\r\n`,
  'many recipients': `From: a@x.example\r\n${'List-Id: <l.x.example>\r\n'.repeat(50)}\r\nbody\r\n`,
}

const privateKeys = new PrivateKeys()
const operate = privateKeys.sign.bind(privateKeys)
const signed = (message: Buffer, keys: readonly DkimKey[]): Buffer =>
  Buffer.from(signatureFields(signInput(message, AT), keys, operate), 'latin1')

test('both algorithms verify with an independent verifier, in memory and in chunks', async () => {
  for (const [name, text] of Object.entries(cases)) {
    const message = Buffer.from(text)
    const prefix = signed(message, [rsa, ed])
    assert.deepEqual(await verdicts(Buffer.concat([prefix, message]), [rsa, ed]), ['pass', 'pass'], name)
    assert.doesNotMatch(prefix.toString('latin1'), /\r(?!\n)|(?<!\r)\n|[^\r\n]{79}/, name)
    for (const size of [1, 3, 64]) {
      if (size === 1 && text.length > 2000) continue
      const streamed = signatureFields(await streamedInput(chunked(message, size), AT), [ed], operate)
      assert.ok(prefix.toString().endsWith(streamed), `${name}, in chunks of ${size}`)
    }
  }
  assert.equal(signed(Buffer.from('x'), []).length, 0)
})

test('a signature breaks when a signed field or the text is changed, or a field is added', async () => {
  const message = Buffer.from(cases['plain'] ?? '')
  const prefix = signed(message, [rsa])
  const changed = async (text: string): Promise<string> => (await verdicts(Buffer.concat([prefix, Buffer.from(text)]), [rsa]))[0] ?? 'none'
  const text = message.toString()
  assert.equal(await changed(text), 'pass')
  for (const field of [
    'Subject: other',
    'From: e@evil.example',
    'To: c@y.example',
    'Date: x',
    'Reply-To: e@evil.example',
    'Cc: c@y.example',
  ])
    assert.match(await changed(`${field}\r\n${text}`), /^fail/, field)
  assert.match(await changed(text.replace('hello', 'hullo')), /^fail/)
  assert.match(await changed(text.replace('body', 'busy')), /body hash/)
  assert.equal(await changed(`List-Id: <l>\r\n${text}`), 'pass')
})

test('relaxed forms are those of the standard', () => {
  // rfc:6376#3.4.5
  assert.equal(relaxedField('A: X\r\n'), 'a:X')
  assert.equal(relaxedField('B : Y\t\r\n\tZ  \r\n'), 'b:Y Z')
  const expected = createHash('sha256').update(' C\r\nD E\r\n').digest('base64')
  const body = Buffer.from(' C \r\nD \t E\r\n\r\n\r\n')
  assert.equal(bodyHash(body), expected)
  const inPieces = new RelaxedBody()
  for (const octet of body) inPieces.update(Uint8Array.of(octet))
  assert.equal(inPieces.digest(), expected)
  assert.equal(bodyHash(Buffer.from('\r\n\r\n')), createHash('sha256').digest('base64'))
})

test('chunks of every size give the hash of the whole, whatever is in them', () => {
  const octets = [' ', '\t', '\r', '\n', '\r\n', '\r\n\r\n', 'a', 'bc', '\r\n'.repeat(20)]
  let seed = 7
  const next = (most: number): number => (seed = (seed * 48_271) % 2_147_483_647) % most
  for (let round = 0; round < 300; round++) {
    const body = Buffer.from(Array.from({ length: next(40) }, () => octets[next(octets.length)]).join(''))
    const size = 1 + next(9)
    const whole = new RelaxedBody()
    whole.update(body)
    const pieces = new RelaxedBody()
    for (let at = 0; at < body.length; at += size) pieces.update(body.subarray(at, at + size))
    const digest = whole.digest()
    assert.equal(pieces.digest(), digest, JSON.stringify(body.toString()))
    if (!/\r(?!\n)|(?<!\r)\n/.test(body.toString())) assert.equal(bodyHash(body), digest)
  }
})

test("keys are the author's and the provider's, seen ones only, the newest of each algorithm", async () => {
  const make = (change: Partial<DkimKey>): DkimKey => ({ ...ed, ...change })
  const old = make({ selector: 'old', seenAt: 5 })
  const fresh = make({ selector: 'new', seenAt: 9 })
  const unseen = make({ selector: 'unseen', seenAt: null })
  const foreign = make({ selector: 'foreign', account: 1002 as AccountId, seenAt: 99 })
  const provider = make({ domain: 'esp.example' as Domain, selector: 'p', role: 'provider' })
  const dkimKeys = [old, fresh, unseen, foreign, provider, rsa]
  const settings = { dkimKeys, senderDomains: new Map() } as unknown as Settings
  const chosen = (account: number, authorDomain: string | null): string[] =>
    allKeys(selectKeys(settings, { account: account as AccountId, authorDomain: authorDomain as Domain | null })).map((one) => one.selector)
  assert.deepEqual(chosen(1001, 'x.example'), ['new', 'rsa', 'p'])
  assert.deepEqual(chosen(1002, 'x.example'), ['foreign', 'rsa', 'p'])
  assert.deepEqual(chosen(1001, 'other.example'), ['p'])
  assert.deepEqual(chosen(1001, 'esp.example'), ['p'])
  assert.deepEqual(chosen(1001, null), ['p'])
})

test("a domain verified for one account is not signed for in another's name", () => {
  const bound = { domain: DOMAIN, account: 1001 as AccountId, token: '', verifiedAt: 1 }
  const own = { ...ed, selector: 'own', account: 1002 as AccountId }
  const authors = (account: number, verifiedAt: number | null, dkimKeys: readonly DkimKey[]): string[] => {
    const settings = { dkimKeys, senderDomains: new Map([[DOMAIN, { ...bound, verifiedAt }]]) } as unknown as Settings
    return selectKeys(settings, { account: account as AccountId, authorDomain: DOMAIN }).author.map((one) => one.selector)
  }
  assert.deepEqual(authors(1001, 1, [rsa]), ['rsa'])
  assert.deepEqual(authors(1002, 1, [rsa]), [])
  assert.deepEqual(authors(1002, null, [rsa]), ['rsa'])
  assert.deepEqual(authors(1002, 1, [rsa, own]), ['own'])
})

test('records are written, and compared with what DNS says', () => {
  const record = dkimRecord(rsa)
  assert.equal(record.name, 'rsa._domainkey.x.example')
  assert.match(record.value, /^v=DKIM1; k=rsa; p=MII[\w+/=]+$/)
  const compare = (...seen: string[]): string => compareRecord(record, seen).kind
  assert.equal(compare(record.value), 'match')
  assert.equal(compare(record.value.replace('p=MII', ' p = M II'), 'v=spf1 -all'), 'match')
  assert.equal(compare(`${record.value}; t=y:s`), 'testing')
  assert.equal(compare(), 'missing')
  assert.equal(compare('v=DKIM1; p='), 'revoked')
  assert.equal(compare(record.value, record.value), 'different')
  for (const other of [
    dkimRecord(ed).value,
    'v=DKIM1; k=rsa; p=MIIB',
    record.value.replace('v=DKIM1', 'v=DKIM2'),
    `${record.value}; h=sha1`,
    'p=a; p=b',
  ])
    assert.equal(compare(other), 'different', other)
  assert.equal(parseDkimRecord('no tags'), null)
})

test('keys of other servers are taken over, unfit ones refused in words', () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const imported = importDkimKey(pair.export({ type: 'pkcs1', format: 'pem' }).toString())
  assert.deepEqual(imported, { algorithm: 'rsa-sha256', privateKey: pair.export({ type: 'pkcs8', format: 'pem' }).toString() })
  assert.deepEqual(importDkimKey(`\n${ed.privateKey}\n`), { algorithm: 'ed25519-sha256', privateKey: ed.privateKey })
  const small = generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const locked = pair.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString()
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  for (const [pem, why] of [
    [small, '512 bits'],
    [locked, 'passphrase'],
    [curve, 'kind ec'],
    ['nonsense', 'not a private key'],
  ] as const)
    assert.throws(() => importDkimKey(pem), { code: 'dkim-key-unusable', message: new RegExp(why) })
})
