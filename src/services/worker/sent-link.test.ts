// A worker asks the desk to whom mail was sent: many questions in few calls, and again after the desk was away.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId, MessageId } from '../../base/brand.ts'
import { jsonLog } from '../../base/log.ts'
import type { Operations } from '../../contract/operations.ts'
import type { SentAnswer } from '../../contract/sent.ts'
import { serveBus } from '../../net/bus/server.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { SentLink } from './sent-link.ts'

const MESSAGE = '0123456789abcdef' as MessageId
const quiet = { version: 'test', log: jsonLog('test', 'error', () => {}) }

const addressOf = (found: SentAnswer | undefined): string | null => (typeof found === 'object' ? (found?.address ?? null) : null)

test('questions that come together are one call; while the desk is away they are told so', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'desk.sock')
  const calls: number[] = []
  const told = (n: number) => ({
    account: 1001 as AccountId,
    message: MESSAGE,
    n,
    address: `r${n}@x.example`,
    clientId: null,
    mailing: null,
    stream: 'bulk',
    at: 1,
  })
  const serve = () =>
    serveBus<Pick<Operations, 'sent.find'>>(
      path,
      { 'sent.find': ({ places }) => (calls.push(places.length), { recipients: places.map(({ n }) => (n === 7 ? null : told(n))) }) },
      quiet,
    )
  using link = new SentLink(path, 'test')
  await assert.rejects(link.find(MESSAGE, 0), { temporary: true })
  {
    await using _server = await serve()
    const found = await Promise.all(Array.from({ length: 1500 }, (_, n) => link.find(MESSAGE, n)))
    assert.deepEqual([found[7], addressOf(found[1499]), calls], [null, 'r1499@x.example', [1000, 500]])
  }
  await assert.rejects(link.find(MESSAGE, 0), { temporary: true })
  await using _server = await serve()
  assert.equal(addressOf(await link.find(MESSAGE, 3)), 'r3@x.example')
})
