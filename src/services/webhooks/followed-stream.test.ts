// What a stream reads in the store while the desk goes on committing.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId, MessageId } from '../../base/brand.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import { sampleEvent } from '../../policy/webhooks/samples.ts'
import { openEvents } from '../../store/sqlite/events/events.ts'
import { commitEvents } from '../../../testkit/event-lines.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { FollowedStream } from './followed-stream.ts'

const ACCOUNT = 1001 as AccountId
const NOW = Date.now()

test('what is committed while it reads what was before is read, too, though nothing comes after it', () => {
  using scratch = temporaryFolder()
  const folder = join(scratch.path, 'events')
  using store = openEvents(folder)
  const commit = (from: number, to: number): void => {
    const events = Array.from({ length: to - from + 1 }, (_, i): NumberedEvent => {
      const sample = sampleEvent('delivered', { account: ACCOUNT, at: NOW })
      return { ...sample, message: `m${from + i}` as MessageId, id: `1.${from + i}` } as NumberedEvent
    })
    commitEvents(store, events)
  }
  const batch = { events: 1, wait: 0 }
  const terms = { batch, wants: () => true, isAside: () => false }
  const stream = new FollowedStream({ number: 0, folder, filter: { account: ACCOUNT }, terms, positions: new Map() })
  commit(1, 1500)
  assert.equal(stream.read(1e9, NOW).isEnd, false)
  assert.ok(stream.told.reachedOf(1) < 1500)
  commit(1501, 1501)
  assert.equal(stream.hear(1, 1500, 1501, [], true, NOW), null)
  while (stream.isBehind) stream.read(1e9, NOW)
  assert.equal(stream.told.reachedOf(1), 1501)
})
