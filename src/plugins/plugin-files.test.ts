// Which changes in a plug-in's folder are changes of the plug-in.
import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../testkit/spool-samples.ts'
import { filesStamp } from './plugin-files.ts'

test('a file that is changed, added, renamed or removed is a change; packages, what is hidden and where links lead are not', () => {
  using folder = temporaryFolder()
  const at = (path: string): string => join(folder.path, path)
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(at(path)), { recursive: true })
    writeFileSync(at(path), text)
  }
  const stamp = (): string => filesStamp(folder.path, at('index.js'))
  let last = ''
  const isChange = (): boolean => {
    const before = last
    last = stamp()
    return last !== before && last === stamp()
  }
  for (const path of ['index.js', 'lib/deep/words.js', 'node_modules/pg/index.js', '.data/list.txt']) write(path, 'x')
  assert.ok(isChange())
  write('lib/deep/words.js', 'other words')
  assert.ok(isChange(), 'changed')
  write('lib/list.txt', 'x')
  assert.ok(isChange(), 'added')
  renameSync(at('lib/list.txt'), at('lib/other.txt'))
  assert.ok(isChange(), 'renamed')
  rmSync(at('lib/other.txt'))
  assert.ok(isChange(), 'removed')
  write('node_modules/.package-lock.json', '{}')
  assert.ok(isChange(), 'installed')
  write('node_modules/pg/index.js', 'other code')
  write('.data/list.txt', 'other data')
  write('.env', 'x')
  symlinkSync(folder.path, at('.itself'))
  assert.ok(!isChange(), 'these are none')
  symlinkSync(folder.path, at('itself'))
  assert.ok(isChange(), 'a link is a file')
  write('.data/list.txt', 'again')
  assert.ok(!isChange(), 'and nobody goes where it leads')
})

test('of very many files some count, and its code always', () => {
  using folder = temporaryFolder()
  for (let n = 0; n < 1200; n++) writeFileSync(join(folder.path, `file-${n}`), '')
  mkdirSync(join(folder.path, 'dist'))
  const code = join(folder.path, 'dist', 'index.js')
  writeFileSync(code, 'x')
  const before = filesStamp(folder.path, code)
  assert.equal(filesStamp(folder.path, code), before)
  writeFileSync(code, 'other code')
  assert.notEqual(filesStamp(folder.path, code), before)
})
