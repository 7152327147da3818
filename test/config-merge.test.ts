// What an owner meets after an upgrade: an edited config/hms.yaml with the new default beside it, merged from the shell.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { refreshConfig } from '../src/lifecycle/config/refresh.ts'
import { PATIENCE_MS } from '../testkit/patience.ts'

const HMS = join(import.meta.dirname, '../hms')
const place = mkdtempSync(join(tmpdir(), 'hms-merge-'))
after(() => rmSync(place, { recursive: true, force: true }))
let home = ''
let number = 0

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function run(program: string, words: readonly string[], input?: string): Ended {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HMS_')))
  return spawnSync(program, words, { env: { ...env, HMS_HOME: home }, encoding: 'utf8', input, timeout: PATIENCE_MS })
}

const hms = (...words: string[]): Ended => run(HMS, words)
/** At a terminal, with all of `typed` there before the first question. */
const hmsTyped = (typed: string, ...words: string[]): Ended => run('script', ['-qec', [HMS, ...words].join(' '), '/dev/null'], typed)

const file = (name = 'hms.yaml'): string => join(home, 'config', name)
const read = (name?: string): string => readFileSync(file(name), 'utf8')

interface Merged {
  readonly merged: boolean
  readonly conflicts: readonly {
    readonly id: string
    readonly mine: readonly string[]
    readonly theirs: readonly string[]
    readonly taken: string | null
  }[]
  readonly settings: readonly { readonly setting: string; readonly what: string; readonly set: boolean }[]
}

/** An owner who set two values, of which the next version changes one default, and rewords and adds settings. */
beforeEach(() => {
  home = join(place, String(++number))
  assert.equal(hms('init').status, 0)
  const shipped = read()
  writeFileSync(file(), shipped.replace('#logs.days: 30', '# for the auditors\nlogs.days: 90').replace('#workers: 0', 'workers: 3'))
  const next = shipped.replace('#logs.days: 30', '#logs.days: 14').replace('# Worker processes. 0:', '# Worker processes; 0 means')
  refreshConfig(home, { version: '7.0.0', files: new Map([['hms.yaml', next]]) })
})

test('conflicts are shown side by side, nothing is decided by itself, and --take decides one or all', () => {
  const before = read()
  assert.match(hms('config', 'ls').stdout, /config\/hms\.yaml +edited +\d+\.\d+\.\d+ +config\/_new_hms\.yaml/)
  const shown = hms('config', 'merge', '--dry-run')
  assert.equal(shown.status, 0, shown.stderr)
  assert.match(shown.stdout, /^workers means or takes something else, and you set it\.$/m)
  assert.match(
    shown.stdout,
    /Conflict 1: logs\.days, line \d+\nyours \(mine\) +\| new default \(theirs\)\nlogs\.days: 90 +\| #logs\.days: 14\n/,
  )
  const open = hms('config', 'merge', '--json')
  assert.equal(open.status, 1)
  assert.equal((JSON.parse(open.stderr) as { error: { code: string } }).error.code, 'config-conflicts')
  assert.equal(read(), before)
  assert.notEqual(hms('config', 'merge', '--take', 'smtp.listen=mine').status, 0)
  const dry = JSON.parse(hms('config', 'merge', '--dry-run', '--take', 'theirs', '--take', 'logs.days=mine', '--json').stdout) as Merged
  assert.deepEqual([dry.merged, dry.conflicts[0]?.taken], [false, 'mine'])
  assert.equal(read(), before)
  const done = hms('config', 'merge', '--take', 'mine', '--json')
  assert.equal(done.status, 0, done.stderr)
  assert.ok((JSON.parse(done.stdout) as Merged).merged)
  assert.match(read(), /^# for the auditors\nlogs\.days: 90$/m)
  assert.match(read(), /^# Worker processes; 0 means.*\nworkers: 3$/m)
  assert.equal(read('_old_hms.yaml'), before)
  assert.ok(!existsSync(file('_new_hms.yaml')))
  assert.equal(hms('config', 'check').status, 0)
  assert.match(hms('config', 'merge').stdout, /nothing to merge/)
})

test('a merge that would not be in order says the line and leaves the file as it was', () => {
  writeFileSync(file(), read().replace('workers: 3', 'workers: many'))
  const before = read()
  const refused = hms('config', 'merge', '--take', 'theirs')
  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /the merged file:\d+: workers: expected a whole number from 0 to 64, found "many"/)
  assert.equal(read(), before)
})

test('answers that were typed before they were asked for are taken one by one', () => {
  const next = read('_new_hms.yaml').replace('#events.days: 30', '#events.days: 7')
  writeFileSync(file(), read().replace('#events.days: 30', 'events.days: 60'))
  writeFileSync(file('_new_hms.yaml'), next)
  const asked = hmsTyped('perhaps\nmine\nt\n', 'config', 'merge')
  assert.equal(asked.status, 0, asked.stdout)
  assert.match(asked.stdout, /is merged and in order/)
  assert.match(read(), /^logs\.days: 90$/m)
  assert.match(read(), /^#events\.days: 7$/m)
})

test('what lies beside is advice of the preflight', () => {
  const checks = JSON.parse(hms('doctor', '--preflight', '--json').stdout) as { check: string; mend: string | null }[]
  assert.match(checks.find(({ check }) => check === 'configuration')?.mend ?? '', /hms config merge/)
})
