// Logs that are read for many.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { AccountId } from '../../base/brand.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { LogQueue } from './log-queue.ts'

test('somebody of an account whose log takes long keeps whoever runs the server from none', async () => {
  using folder = temporaryFolder()
  const account = 1000 as AccountId
  const logs = join(folder.path, 'accounts', '1000', 'logfiles')
  mkdirSync(logs, { recursive: true })
  const slow = join(logs, '20260102Processed.log.gz')
  execFileSync('mkfifo', [slow])
  writeFileSync(join(logs, '20260101Processed.log.gz'), gzipSync('one\ntwo\n'))
  const queue = new LogQueue(folder.path)
  const of = (by: string, day: string, own: boolean) =>
    queue.page(account, { day, limit: 10, before: null }, { by, ...(own && { account }) })
  const waiting = ['20260102', '20260101', '20260101', '20260101'].map((day, n) => of(`tom ${n}`, day, true))
  await assert.rejects(of('tom 4', '20260101', true), { code: 'too-many-calls' })
  assert.deepEqual((await of('ann', '20260101', false)).lines, ['two', 'one'])
  writeFileSync(slow, gzipSync('late\n'))
  assert.deepEqual(
    (await Promise.all(waiting)).map(({ lines }) => lines[0]),
    ['late', 'two', 'two', 'two'],
  )
})
