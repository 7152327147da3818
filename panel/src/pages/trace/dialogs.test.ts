// Lines of many connections put together by connection, and bounded.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FollowedLine } from '../../../../client/src/index.ts'
import { textOf, withLines } from './dialogs.ts'

const line = (connection: number, text: string, rest: Partial<FollowedLine> = {}): FollowedLine => ({
  at: 0,
  way: 'out',
  worker: 0,
  connection,
  peer: '192.0.2.1',
  from: 'us',
  text,
  ...rest,
})

test('each connection has its lines in order, and who spoke last stands first', () => {
  const first = withLines([], [line(1, 'EHLO a'), line(2, 'EHLO b'), line(1, '250 ok', { from: 'peer' })])
  assert.deepEqual(
    first.map((one) => textOf(one)),
    ['> EHLO b', '> EHLO a\n< 250 ok'],
  )
  const next = withLines(first, [line(1, 'QUIT')])
  assert.deepEqual(
    next.map((one) => textOf(one)),
    ['> EHLO a\n< 250 ok\n> QUIT', '> EHLO b'],
  )
  assert.equal(withLines(next, [line(1, 'EHLO c', { worker: 1 })]).length, 3)
})

test('as much is kept as is shown, however much comes', () => {
  let dialogs = withLines([], [])
  for (let n = 0; n < 100; n++) dialogs = withLines(dialogs, [line(n, 'EHLO')])
  assert.equal(dialogs.length, 30)
  dialogs = withLines(
    dialogs,
    Array.from({ length: 1000 }, (_, n) => line(99, String(n))),
  )
  assert.deepEqual([dialogs[0]?.lines.length, dialogs[0]?.isCut, dialogs[0]?.lines.at(-1)?.line.text], [200, true, '999'])
})
