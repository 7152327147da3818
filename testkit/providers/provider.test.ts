import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HiddenLimits } from './hidden-limits.ts'
import { type Caller, Provider } from './provider.ts'
import { mostAtOnce, mostInAnyWindow } from './providers.ts'

const MINUTE = 60_000

/** A provider, the time in the test's hand, and who connects. */
function providerOf(limits: HiddenLimits) {
  const at = { now: 0 }
  const provider = new Provider(limits, () => at.now)
  const connect = (source = 'a'): { caller: Caller; refusal: string | null } => provider.connect(source)
  return { at, provider, connect }
}

test('messages are counted by source in every window that slides, refused ones too', () => {
  const { at, provider, connect } = providerOf({ perMinute: 3, perHour: 5 })
  const { caller } = connect()
  const mail = (now: number): string | null => {
    at.now = now
    return provider.mail(caller)
  }
  assert.deepEqual([mail(0), mail(30_000), mail(59_000)], [null, null, null])
  assert.match(mail(59_999) ?? '', /^421 .*too fast/)
  assert.equal(mail(2 * MINUTE), null)
  assert.match(mail(3 * MINUTE) ?? '', /within the hour/)
  assert.equal(provider.mail(connect('b').caller), null, 'another source has its own')
})

test('connections at once, new ones, and messages on one', () => {
  const { at, provider, connect } = providerOf({ connections: 2, connectionsPerMinute: 3, messagesPerConnection: 1 })
  const { caller } = connect()
  assert.equal(connect().refusal, null)
  assert.match(connect().refusal ?? '', /simultaneous/)
  provider.ended(caller)
  at.now = MINUTE - 1
  assert.match(connect().refusal ?? '', /421/)
  const [first] = [caller].map((one) => [provider.mail(one), provider.mail(one)])
  assert.equal(first?.[0], null)
  assert.match(first?.[1] ?? '', /in this connection/)
})

test('greylisting by source and recipient, and a block that knocking prolongs', () => {
  const { at, provider, connect } = providerOf({ greylist: 1000, block: { after: MINUTE, lasts: MINUTE, quiet: 40_000, sources: ['a'] } })
  const { caller } = connect()
  assert.match(provider.recipient(caller, 'x') ?? '', /^450/)
  at.now = 1000
  assert.equal(provider.recipient(caller, 'x'), null)
  assert.match(provider.recipient(connect('b').caller, 'x') ?? '', /^450/)
  const blocked = [MINUTE, 110_000, 149_000, 189_000].map((now) => {
    at.now = now
    return connect().refusal !== null
  })
  assert.deepEqual(blocked, [true, true, true, false])
  at.now = MINUTE
  assert.equal(connect('b').refusal, null)
})

test('what a test reckons with: windows wherever they start, and what was open at once', () => {
  assert.equal(mostInAnyWindow([0, 59_999, 60_000, 60_001], MINUTE), 3)
  const open = (...times: [number, number][]): number => mostAtOnce(times)
  assert.equal(open([0, 10], [10, 20], [15, 0], [16, 17]), 3)
})
