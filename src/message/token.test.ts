// A token says what it was made of, in any case of letters, and nothing else can be made to say anything.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { AccountId, MessageId, ShardId } from '../base/brand.ts'
import { formatEpoch, formatMessageId } from '../base/message-id.ts'
import type { TokenKey } from '../contract/settings.ts'
import { hmac, namedToken, openToken, tokenOf } from './token.ts'

const DAY = 86_400_000
const keyOf = (n: number, since: number): TokenKey => ({ n, since, secret: createHash('sha256').update(`key ${n}`).digest() })
const KEYS = [keyOf(1, 0), keyOf(2, 90 * DAY), keyOf(300, 180 * DAY)]
const EPOCHS = [0, 1, 2 ** 29, 2 ** 30 - 1].map(formatEpoch)

/** The corners of what there is: nothing is left to luck. */
function* samples() {
  for (const epoch of EPOCHS)
    for (const [shard, sequence] of [
      [0, 1],
      [1023, 2 ** 40 - 1],
      [17, 2 ** 32 + 5],
    ] as const)
      for (const account of [1000, 1001, 16_383, 16_384, 2 ** 31 - 1])
        for (const [n, acceptedAt] of [
          [0, 1],
          [127, 91 * DAY],
          [128, 200 * DAY],
          [999_999, 500 * DAY],
        ] as const) {
          const message = formatMessageId(epoch, shard as ShardId, sequence)
          yield { account: account as AccountId, message, n, acceptedAt }
        }
}

/** Upper case here and there, as mail systems do it. */
function inOtherCase(text: string): string {
  return [...text].map((char, i) => (i % 3 === 0 ? char.toUpperCase() : char)).join('')
}

test('a token says what it was made of, however its case was changed, and fits a local part', () => {
  let seen = 0
  const all = new Set<string>()
  for (const { acceptedAt, ...facts } of samples()) {
    const token = tokenOf(KEYS, { ...facts, acceptedAt })
    assert.match(token, /^b[a-z2-7]{39,63}$/)
    for (const text of [token, token.toUpperCase(), inOtherCase(token), `${token}+ann=example.com`])
      assert.deepEqual(openToken(KEYS, text), facts, text)
    all.add(token)
    seen++
  }
  assert.equal(all.size, seen)
  const usual = { account: 1001 as AccountId, message: '0123456789abcdef' as MessageId, n: 3, acceptedAt: 5 }
  assert.equal(tokenOf(KEYS, usual).length, 40)
})

test('a retry has the token of the first attempt although the key changed meanwhile; old keys still verify, keys that are gone do not', () => {
  const facts = { account: 1001 as AccountId, message: '0123456789abcdef' as MessageId, n: 0 }
  const before = tokenOf(KEYS.slice(0, 1), { ...facts, acceptedAt: 10 * DAY })
  for (const keys of [KEYS, KEYS.toReversed()]) assert.equal(tokenOf(keys, { ...facts, acceptedAt: 10 * DAY }), before)
  const after = tokenOf(KEYS, { ...facts, acceptedAt: 100 * DAY })
  assert.notEqual(after, before)
  assert.deepEqual([openToken(KEYS, before), openToken(KEYS.toReversed(), after)], [facts, facts])
  assert.deepEqual([openToken(KEYS.slice(1), before), openToken([], after)], [null, null])
  // What was accepted before there was any key has the first one.
  assert.equal(tokenOf(KEYS.slice(1), { ...facts, acceptedAt: 1 }), tokenOf(KEYS.slice(1), { ...facts, acceptedAt: 91 * DAY }))
  assert.throws(() => tokenOf([], { ...facts, acceptedAt: 1 }), { code: 'no-token-key' })
})

test('whatever is changed in a token, it is none any more', () => {
  const facts = { account: 1001 as AccountId, message: '0123456789abcdef' as MessageId, n: 200, acceptedAt: 5 }
  const token = tokenOf(KEYS, facts)
  let tried = 0
  const refused = (text: string): void => {
    assert.equal(openToken(KEYS, text), null, text)
    tried++
  }
  for (let at = 0; at < token.length; at++) {
    for (const char of 'abcdefghijklmnopqrstuvwxyz234567') if (char !== token[at]) refused(token.slice(0, at) + char + token.slice(at + 1))
    refused(token.slice(0, at))
    refused(token.slice(at + 1))
    refused(token.slice(0, at) + token.slice(at + 1))
    refused(`${token.slice(0, at)}a${token.slice(at)}`)
  }
  for (const text of [
    '',
    'postmaster',
    'b'.repeat(40),
    'b'.repeat(64),
    'b'.repeat(65),
    `${token}a`,
    ` ${token}`,
    `x+${token}`,
    token.replace('b', 'ß'),
  ])
    refused(text)
  // Signed by somebody else's key of the same number.
  const foreign = createHash('sha256').update('theirs').digest()
  refused(tokenOf([{ n: 1, since: 0, secret: foreign }], facts))
  assert.ok(tried > 1400, String(tried))
})

test('the signature is HMAC-SHA-256', () => {
  for (const length of [0, 1, 27, 63, 64, 200]) {
    const octets = Buffer.alloc(length, 'x')
    for (const { secret } of KEYS) assert.deepEqual(hmac(secret, octets), createHmac('sha256', secret).update(octets).digest())
  }
})

test('a return path may name its recipient where that fits and says the same everywhere', () => {
  const facts = { account: 1001 as AccountId, message: '0123456789abcdef' as MessageId, n: 0 }
  const token = tokenOf(KEYS, { ...facts, acceptedAt: 5 })
  const named: readonly (readonly [address: string, added: string])[] = [
    ['ann@example.com', '+ann=example.com'],
    ['a.b@x.example', '+a.b=x.example'],
    ['a-recipient-who-has-a-long-name@x.example', ''],
    ['"a b"@x.example', ''],
    ['.a@x.example', ''],
    ['a..b@x.example', ''],
    ['j\u00fcrgen@x.example', ''],
    ['a@[192.0.2.1]', ''],
  ]
  for (const [address, added] of named) {
    const local = namedToken(token, address)
    assert.equal(local, token + added, address)
    assert.ok(local.length <= 64)
    assert.deepEqual(openToken(KEYS, local.toUpperCase()), facts)
  }
})
