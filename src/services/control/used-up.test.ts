import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { jsonLog } from '../../base/log.ts'
import { LocalLimits } from '../../engine/limits/local-limits.ts'
import type { LimitWaiter } from '../../engine/ports/limits.ts'
import type { LimitAsk } from '../../policy/limits/limit-book.ts'
import { createLimitStore } from '../../store/sqlite/limits/limits.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'

const log = jsonLog('test', 'error', () => {})

test('who waits until it is written down what may be taken is told when others had the rest of it meanwhile', async () => {
  using folder = temporaryFolder()
  const clock = new FakeClock()
  const store = createLimitStore({ file: join(folder.path, 'limits.db'), lock: join(folder.path, 'limits.lock'), clock })
  const limits = new LocalLimits({ clock, log, store, share: 0 })
  const asks: readonly LimitAsk[] = [{ key: 'quota_messagesPerHour account=1', limit: 3, span: 3_600_000, burst: 3, counts: 'one' }]
  const said: string[] = []
  const all = Promise.withResolvers<void>()
  const note = (word: string): void => {
    said.push(word)
    if (said.length === 5) all.resolve()
  }
  for (let i = 0; i < 5; i++) {
    const waiter: LimitWaiter = {
      rank: 2,
      roomMade: () => {
        const answer = limits.ask(asks, 1, waiter)
        if (answer.kind === 'granted') note('granted')
        return true
      },
      told: ({ until }) => {
        limits.forget(waiter)
        note(until > clock.now() + 3_000_000 ? 'used up' : `used up until ${until}`)
      },
    }
    waiter.roomMade()
  }
  await all.promise
  assert.deepEqual(said.toSorted(), ['granted', 'granted', 'granted', 'used up', 'used up'])
  assert.deepEqual(await limits.used(['quota_messagesPerHour account=1']), [3])
  await limits.close()
})
