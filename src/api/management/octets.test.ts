// What is read piece by piece, as a whole.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { installation } from '../../../testkit/installation.ts'
import { principal, serveApi, type Told } from '../../../testkit/management.ts'
import { NO_DATA } from '../../../testkit/no-data.ts'
import { until } from '../../../testkit/patience.ts'
import type { OctetPiece } from '../../contract/forms.ts'

const PIECE: OctetPiece = { size: 3, from: 0, octets: Buffer.from('a b').toString('base64'), next: null }

test('one that took longer than its call, again and again, keeps no place of those that are read', async () => {
  const reads: PromiseWithResolvers<OctetPiece>[] = []
  const raw = (): Promise<OctetPiece> => {
    const read = Promise.withResolvers<OctetPiece>()
    reads.push(read)
    return read.promise
  }
  using at = installation({ data: { ...NO_DATA, copies: { ...NO_DATA.copies, raw } } })
  const clock = new FakeClock()
  await using api = await serveApi(at.operations, new Map([['owner', principal()]]), {}, undefined, clock)
  const read = async (answered: () => void): Promise<Told> => {
    const count = reads.length
    const told = api.call(`GET /accounts/1000/kept/${'0'.repeat(16)}/raw`, { headers: { accept: 'message/rfc822' } })
    await until(() => reads.length > count)
    answered()
    return told
  }
  for (let n = 0; n < 20; n++) {
    const late = await read(() => clock.pass(60_000))
    assert.equal((late.body as { code: string }).code, 'call-too-long', late.text)
  }
  for (const one of reads) one.resolve(PIECE)
  const { status, text } = await read(() => reads.at(-1)?.resolve(PIECE))
  assert.deepEqual([status, text], [200, 'a b'])
})
