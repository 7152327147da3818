import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { jsonLog } from '../../base/log.ts'
import { PolicyFiles } from './policy-files.ts'

const KEPT = { id: 'one', fetchedAt: 1_700_000_000_000, text: 'version: STSv1\nmode: enforce\nmx: a.test\nmax_age: 5' }
const quiet = jsonLog('test', 'error', () => undefined)

test('what was put is there for the next start, for its owner alone, and gone when it was removed', async () => {
  using folder = temporaryFolder()
  const place = join(folder.path, 'trust/sts')
  const files = new PolicyFiles(place, quiet)
  assert.equal((await files.load()).size, 0)
  files.put('a.test', KEPT)
  files.put('b.test', KEPT)
  files.put('a.test', { ...KEPT, id: 'two' })
  files.remove('b.test')
  await files.settled()
  assert.deepEqual([...(await new PolicyFiles(place, quiet).load())], [['a.test', { ...KEPT, id: 'two' }]])
  assert.equal(statSync(join(place, 'a.test')).mode & 0o777, 0o600)
})

test('no name leads out of the folder', async () => {
  using folder = temporaryFolder()
  const files = new PolicyFiles(join(folder.path, 'in'), quiet)
  for (const name of ['../out', '.hidden', '/etc/x', '', 'a/b', '..']) {
    files.put(name, KEPT)
    files.remove(name)
  }
  await files.settled()
  assert.deepEqual(readdirSync(folder.path), [])
})

test('what is no policy, or was left half written, is passed over; a folder that cannot be written is told', async () => {
  using folder = temporaryFolder()
  const place = join(folder.path, 'sts')
  mkdirSync(place)
  writeFileSync(join(place, 'bad.test'), 'nonsense')
  writeFileSync(join(place, 'large.test'), `hms-sts 1 one 5\n${'x'.repeat(100_000)}`)
  writeFileSync(join(place, '.1-2'), 'half')
  utimesSync(join(place, '.1-2'), 1, 1)
  mkdirSync(join(place, 'folder.test'))
  assert.equal((await new PolicyFiles(place, quiet).load()).size, 0)
  assert.ok(!readdirSync(place).includes('.1-2'))
  const lines: string[] = []
  const files = new PolicyFiles(
    join(place, 'bad.test'),
    jsonLog('test', 'warn', (line) => lines.push(line)),
  )
  files.put('a.test', KEPT)
  await files.settled()
  assert.match(lines.join(''), /could not be kept/)
})
