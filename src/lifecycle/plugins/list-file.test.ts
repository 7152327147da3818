// config/plugins.yaml as commands change it: comments and what nobody named stay.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { changeEntry, dropEntry } from './list-file.ts'

function home(text?: string) {
  const folder = temporaryFolder()
  mkdirSync(join(folder.path, 'config'), { recursive: true })
  const file = join(folder.path, 'config/plugins.yaml')
  if (text !== undefined) writeFileSync(file, text)
  return { path: folder.path, text: () => readFileSync(file, 'utf8'), [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

const OWN = `# Mine.
- name: first # the first
  budget: 5s
  # What it adds.
  settings:
    text: hello # in English
- name: second
  accounts: [ 1001, 1002 ]
`

test('an entry changes where it stands, and everything else stays', () => {
  using at = home(OWN)
  changeEntry(at.path, 'second', { enabled: false, budget: 3000, memory: 256 * 2 ** 20 })
  assert.equal(at.text(), `${OWN}  enabled: false\n  budget: 3s\n  memory: 256MiB\n`)
  changeEntry(at.path, 'second', { enabled: true, budget: 2000, memory: 192 * 2 ** 20 })
  assert.equal(at.text(), OWN)
  changeEntry(at.path, 'second', { accounts: [], onFailure: 'defer' })
  assert.match(at.text(), /- name: second\n {2}on_failure: defer\n$/)
})

test('entries come, move and go', () => {
  using at = home()
  for (const name of ['a', 'b', 'c']) changeEntry(at.path, name, { enabled: true })
  const names = (): string => [...at.text().matchAll(/- name: (\w)/g)].map(([, name]) => name).join('')
  assert.match(at.text(), /^# Plug-ins, in the order/)
  assert.equal(names(), 'abc')
  const moves = [
    [{ first: true }, 'c', 'cab'],
    [{ last: true }, 'c', 'abc'],
    [{ before: 'b' }, 'c', 'acb'],
    [{ after: 'b' }, 'a', 'cba'],
  ] as const
  for (const [place, name, order] of moves) {
    changeEntry(at.path, name, { place })
    assert.equal(names(), order)
  }
  assert.throws(() => changeEntry(at.path, 'a', { place: { before: 'z' } }), { code: 'not-found' })
  assert.throws(() => changeEntry(at.path, 'a', { place: { after: 'a' } }), { code: 'not-found' })
  assert.equal(dropEntry(at.path, 'z'), false)
  for (const name of ['a', 'b', 'c']) assert.equal(dropEntry(at.path, name), true)
  assert.match(at.text(), /\n\[\]\n$/)
  changeEntry(at.path, 'd', { enabled: false })
  assert.match(at.text(), /\n- name: d\n {2}enabled: false\n$/)
})

test('a file that cannot be read is not written over', () => {
  for (const text of ['- name: a\n bad', 'name: a\n', '"text"']) {
    using at = home(text)
    assert.throws(() => changeEntry(at.path, 'a', { enabled: false }), { code: 'plugins-file' })
    assert.equal(at.text(), text)
  }
})
