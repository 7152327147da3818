// The Reporting API over real stores, with time and the pace of the store in the hand of the test.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import { jsonLog } from '../../base/log.ts'
import type { Principal } from '../../contract/access.ts'
import type { Answered, WebRequest } from '../../net/web/web-listener.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { installation } from '../../../testkit/installation.ts'
import { principal } from '../../../testkit/management.ts'
import { until } from '../../../testkit/patience.ts'
import { newAccount } from '../../contract/settings.ts'
import { CallLimits } from '../management/limits.ts'
import type { Events } from './reading.ts'
import { ReportingApi } from './reporting-api.ts'

const OWNER = principal()

function around(events: (store: Events) => Events = (store) => store, callsPerMinute = 1000) {
  const made = installation()
  for (const id of [1001, 1002]) made.settings.putAccount(newAccount(id as AccountId, `account ${id}`), 'test')
  const clock = new FakeClock(Date.UTC(2026, 10, 22))
  const lines: string[] = []
  const api = new ReportingApi({
    operations: made.operations,
    access: {
      authenticate: async ({ authorization }): Promise<Principal> => ({ ...OWNER, name: authorization ?? 'nobody' }),
      personal: () => Promise.reject(new Error('no')),
    },
    events: events(made.events),
    limits: new CallLimits({ callsPerMinute, changesPerMinute: callsPerMinute }, clock),
    clock,
    log: jsonLog('test', 'error', (line) => lines.push(line)),
  })
  const call = (path: string, query = ''): Promise<Answered> =>
    api.handle({
      method: 'GET',
      path,
      query,
      headers: { authorization: 'Bearer a' },
      client: '192.0.2.1',
      tls: null,
      isSecure: true,
      body: async () => null,
    } satisfies WebRequest)
  return { call, clock, lines, [Symbol.dispose]: () => made[Symbol.dispose]() }
}

/** A store that does not answer before the test says so; `asked`: by which accounts it is being asked. */
function slow(store: Events, asked: number[], go: Promise<void>): Events {
  return {
    dayNames: () => ['2026-11-22'],
    find: async (filter, ...rest) => {
      asked.push(filter.account ?? 0)
      await Promise.race([go, new Promise((resolve) => rest[2]?.addEventListener('abort', resolve))])
      return store.find(filter, ...rest)
    },
  }
}
const told = ({ body }: Answered): string => String(body)

test('lists of one account are read one after the other, those of another beside them', async () => {
  const asked: number[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  using api = around((store) => slow(store, asked, promise))
  const calls = [1001, 1001, 1002].map((id) => api.call('/v1/messagesFailed', `serverId=${id}&endDate=2026-11-22+00:00:01`))
  await until(async () => asked.length === 2, 'two are asked for')
  assert.deepEqual(asked.toSorted(), [1001, 1002])
  resolve()
  assert.deepEqual(
    (await Promise.all(calls)).map(({ status }) => status),
    [200, 200, 200],
  )
  assert.equal(asked.length, 3)
})

test('a list that takes too long is given up, with whoever waits behind it, and says what to do', async () => {
  using api = around((store) => slow(store, [], new Promise(() => {})))
  const calls = [0, 1].map(() => api.call('/v1/messagesFailed', 'serverId=1001&type=xml'))
  await until(async () => api.clock.timers === 2, 'both wait')
  api.clock.pass(50_000)
  for (const answer of await Promise.all(calls)) {
    assert.equal(answer.status, 504)
    assert.match(told(answer), /<code>call-too-long<\/code>/)
    assert.match(told(answer), /Ask for a shorter time, from startDate to endDate\./)
  }
})

test('calls are counted as those of the management API, and a bug is told as one, without a word of it', async () => {
  using api = around(() => ({ dayNames: () => ['2026-11-22'], find: () => Promise.reject(new Error('the disk of /secret/path')) }), 2)
  const bug = await api.call('/v1/messagesFailed', 'serverId=1001&type=csv')
  assert.deepEqual([bug.status, told(bug)], [500, 'Result,Code\r\nThe call failed here. It is in the log of the server.,internal\r\n'])
  assert.match(api.lines.join(), /secret/)
  assert.equal((await api.call('/v1/messagesQueued', 'serverId=1001')).status, 500)
  const over = await api.call('/v1/accountData', 'serverId=1001')
  assert.deepEqual([over.status, over.headers['retry-after']], [429, '30'])
  assert.match(told(over), /"code":"too-many-calls"/)
})
