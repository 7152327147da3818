import assert from 'node:assert/strict'
import { lstatSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeWhole } from './whole-file.ts'

test('a link in the place of the new file is not followed, and rights stay as they were', (t) => {
  const place = mkdtempSync(join(tmpdir(), 'hms-whole-'))
  t.after(() => rmSync(place, { recursive: true }))
  const [path, other] = [join(place, 'file'), join(place, 'other')]
  writeFileSync(path, 'before', { mode: 0o640 })
  writeFileSync(other, 'of somebody else')
  symlinkSync(other, `${path}.new`)
  writeWhole(path, 'after')
  assert.equal(readFileSync(other, 'utf8'), 'of somebody else')
  assert.equal(readFileSync(path, 'utf8'), 'after')
  assert.ok(lstatSync(path).isFile())
  assert.equal(statSync(path).mode & 0o777, 0o640)
  writeWhole(join(place, 'new'), 'x')
  assert.equal(statSync(join(place, 'new')).mode & 0o777, 0o600)
})
