// Keys of calls, over a ledger that has little room.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { EngineHome } from '../../../testkit/engine-home.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import type { AccountId } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import { jsonLog } from '../../base/log.ts'
import type { ApiKey } from '../../contract/settings.ts'
import type { Submission } from '../../engine/accept/injector.ts'
import { Once } from '../../engine/accept/once.ts'
import { parseMailbox } from '../../smtp/address.ts'
import { SqliteLedger } from '../../store/sqlite/ledger/ledger.ts'

const ACCOUNT = 1001 as AccountId
const KEY: ApiKey = { kind: 'api', user: 'api:a', account: ACCOUNT, networks: [], hash: 'a', stream: 'bulk' }
const keys = { injectionKeys: new Map([[KEY.user, KEY]]) }
const to = parseMailbox('ann@example.com', true)
assert.ok(typeof to !== 'string')
const SUBMISSION: Submission = {
  client: { address: '192.0.2.1', tls: null, user: KEY.user, protocol: 'HTTP' },
  sender: to,
  recipients: [to],
  octets: Buffer.from('From: bob@other.example\nSubject: x\n\nhello\n'),
}

test('who has too many keys is told so alone, and when to come again', async () => {
  using folder = temporaryFolder()
  await using home = await EngineHome.start({ settings: keys })
  await using ledger = new SqliteLedger({ file: join(folder.path, 'ledger.db'), locks: folder.path, clock: systemClock, room: 2000 })
  const injector = home.engine.injector()
  const once = new Once({
    ledger,
    wasCommitted: async (ids) => ids.map(() => false),
    reserve: () => injector.reserve(),
    inject: (one, id) => injector.inject(one, id),
    log: jsonLog('test', 'error', () => {}),
  })
  const codeOf = async (key: string, account = ACCOUNT): Promise<unknown> => {
    const told = await once.run([SUBMISSION], { account, key, digest: 'd', until: 1e15 }, () => 'taken')
    return typeof told === 'string' ? told : [told.problem.code, told.problem.retryAfter]
  }
  const told: unknown[] = []
  while (!Array.isArray(told.at(-1)) && told.length < 20) told.push(await codeOf(`http:${told.length}`))
  assert.deepEqual(told.at(-1), ['too-many-keys', 600])
  assert.ok(told.length > 2)
  assert.equal(await codeOf('http:0'), 'taken')
  assert.equal(await codeOf('http:0', 1002 as AccountId), 'taken')
})
