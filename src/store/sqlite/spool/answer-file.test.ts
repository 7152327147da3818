import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { AnswerFile } from './answer-file.ts'

test('what was answered is read back, with what an earlier owner left, and the ring never grows', () => {
  using folder = temporaryFolder()
  const path = join(folder.path, '0.answered')
  assert.deepEqual(AnswerFile.read(path), [])
  const kept = [
    { sequence: 7, n: 0 },
    { sequence: 2 ** 40, n: 999_999 },
  ]
  const file = AnswerFile.open(path, kept)
  file.note([{ sequence: 8, n: 0 }])
  file.note([
    { sequence: 8, n: 0 },
    { sequence: 9, n: 3 },
  ])
  assert.deepEqual(AnswerFile.read(path), [...kept, { sequence: 8, n: 0 }, { sequence: 9, n: 3 }])
  for (let sequence = 10; sequence < 30_000; sequence++) file.note([{ sequence, n: 0 }])
  const left = AnswerFile.read(path)
  assert.deepEqual(left.slice(0, 2), kept)
  assert.ok(left.length <= 8194)
  assert.ok(left.some(({ sequence }) => sequence === 29_999))
  file.close(false)
  const next = AnswerFile.open(path, kept)
  assert.deepEqual(AnswerFile.read(path), kept, 'nothing is left of what was noted before and is settled')
  next.close(true)
  assert.deepEqual(AnswerFile.read(path), [])
})
