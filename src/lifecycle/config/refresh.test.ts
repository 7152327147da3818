import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { loadConfig, readConfig } from '../config.ts'
import { programVersion } from '../program.ts'
import { initHome } from '../home.ts'
import { applyMerge, decided, openMerge } from './merge-home.ts'
import { refreshConfig } from './refresh.ts'
import { configFiles, configPath, recordOrigin, type Shipped, shippedBy } from './shipped.ts'
import { SHIPPED_0_1_0 } from './shipped-0-1-0.ts'

const NAME = 'hms.yaml'

async function homeOf(t: TestContext): Promise<string> {
  const place = mkdtempSync(join(tmpdir(), 'hms-refresh-'))
  t.after(() => rmSync(place, { recursive: true, force: true }))
  const home = join(place, 'home')
  await initHome(home, {})
  return home
}
const textOf = (home: string, name = NAME): string => readFileSync(configPath(home, name), 'utf8')
const write = (home: string, text: string): void => writeFileSync(configPath(home, NAME), text)

/** What a later version would ship: one setting reworded, one default changed. */
function later(version: string, ...edits: [string, string][]): Shipped {
  const now = edits.reduce(
    (text, [from, to]) => {
      assert.ok(text.includes(from))
      return text.replace(from, to)
    },
    shippedBy('').files.get(NAME) ?? '',
  )
  return { version, files: new Map([[NAME, now]]) }
}
const NEXT = later(
  '7.0.0',
  ['#logs.days: 30', '#logs.days: 14'],
  ['# Least level of the operational log.', '# Least level of what is logged.'],
)

test('a file that nobody edited becomes the new default, and going back makes it the old one again', async (t) => {
  const home = await homeOf(t)
  const now = shippedBy('1.0.0')
  assert.deepEqual(
    configFiles(home, now).map(({ state, beside, guessed }) => ({ state, beside, guessed })),
    [{ state: 'unedited', beside: null, guessed: false }],
  )
  const [change] = refreshConfig(home, NEXT)
  assert.deepEqual([change?.did, change?.beside, textOf(home)], ['replaced', null, NEXT.files.get(NAME)])
  assert.deepEqual(change?.settings, [{ setting: 'logs.days', what: 'default', set: false, was: '30', now: '14' }])
  assert.equal(refreshConfig(home, NEXT)[0]?.did, 'nothing')
  assert.equal(refreshConfig(home, now)[0]?.did, 'replaced')
  assert.equal(textOf(home), now.files.get(NAME))
})

test('a file that was edited stays to the octet, with the new default beside it; once merged it counts as the new one edited', async (t) => {
  const home = await homeOf(t)
  const mine = textOf(home).replace('#logs.days: 30', 'logs.days: 90').replace('#host.name: ""', '# ours:\nhost.name: mta.example.com')
  write(home, mine)
  const [change] = refreshConfig(home, NEXT)
  assert.deepEqual([change?.did, change?.beside, change?.guessed], ['kept', 'config/_new_hms.yaml', false])
  assert.equal(textOf(home), mine)
  assert.equal(textOf(home, '_new_hms.yaml'), NEXT.files.get(NAME))
  assert.equal(statSync(configPath(home, '_new_hms.yaml')).mode & 0o777, 0o600)
  assert.deepEqual(refreshConfig(home, NEXT), [change], 'again the same')
  const merge = openMerge(home, NAME)
  assert.ok(merge)
  assert.deepEqual(
    merge.conflicts.map(({ id }) => id),
    ['logs.days'],
  )
  assert.equal(decided(merge, new Map()), undefined)
  const text = decided(merge, new Map([['logs.days', 'mine']]))
  assert.ok(text)
  applyMerge(home, merge, text, NEXT)
  assert.equal(
    textOf(home),
    (NEXT.files.get(NAME) ?? '')
      .replace('#logs.days: 14', 'logs.days: 90')
      .replace('#host.name: ""', '# ours:\nhost.name: mta.example.com'),
  )
  assert.equal(textOf(home, '_old_hms.yaml'), mine)
  assert.equal(openMerge(home, NAME), undefined)
  assert.ok(readConfig(home, {}).ok)
  assert.deepEqual(
    configFiles(home, NEXT).map(({ state, from, beside }) => [state, from, beside]),
    [['edited', '7.0.0', null]],
  )
  assert.equal(refreshConfig(home, NEXT)[0]?.beside, null, 'no new default, nothing beside')
})

test('two upgrades without a merge between them merge from where the file started', async (t) => {
  const home = await homeOf(t)
  write(home, textOf(home).replace('#workers: 0', 'workers: 3'))
  refreshConfig(home, NEXT)
  const third = later('8.0.0', ['#logs.days: 30', '#logs.days: 7'])
  refreshConfig(home, third)
  const merge = openMerge(home, NAME)
  assert.ok(merge && merge.conflicts.length === 0)
  const text = decided(merge, new Map()) ?? ''
  assert.equal(text, (third.files.get(NAME) ?? '').replace('#workers: 0', 'workers: 3'))
})

test('what would not be in order never takes the place of the file', async (t) => {
  const home = await homeOf(t)
  write(home, textOf(home).replace('#logs.days: 30', 'logs.days: 90'))
  const broken = later('7.0.0', ['#logs.days: 30', '#logs.days: 14\nlogs.dayz: 3'])
  refreshConfig(home, broken)
  const before = textOf(home)
  const merge = openMerge(home, NAME)
  assert.ok(merge)
  assert.throws(() => decided(merge, new Map([['logs.days', 'mine']])), {
    code: 'config-invalid',
    message: /the merged file:\d+: logs\.dayz/,
  })
  assert.equal(textOf(home), before)
})

test('a home without a record: the default of 0.1.0 is known, anything else is a guess and kept', async (t) => {
  const home = await homeOf(t)
  rmSync(join(home, 'config/.shipped'), { recursive: true })
  write(home, SHIPPED_0_1_0)
  assert.equal(refreshConfig(home, NEXT)[0]?.did, 'replaced')
  rmSync(join(home, 'config/.shipped'), { recursive: true })
  write(home, SHIPPED_0_1_0.replace('#workers: 0', 'workers: 3'))
  const [change] = refreshConfig(home, NEXT)
  assert.deepEqual([change?.did, change?.guessed], ['kept', true])
  const merge = openMerge(home, NAME)
  assert.deepEqual([merge?.origin.guessed, merge?.origin.version, merge?.conflicts], [true, '0.1.0', []])
  assert.match((merge && decided(merge, new Map())) ?? '', /^workers: 3$/m)
})

test('a file that is not there is made, and nothing else appears in config/', async (t) => {
  const home = await homeOf(t)
  rmSync(configPath(home, NAME))
  assert.equal(refreshConfig(home, NEXT)[0]?.did, 'made')
  assert.deepEqual(readdirSync(join(home, 'config')).toSorted(), ['.shipped', 'hms.key', 'hms.yaml', 'tls'])
  assert.ok(!existsSync(configPath(home, 'hms.yaml.new')))
})

test('a problem tells what an upgrade has to do with it, and the edited file is the first suspect', async (t) => {
  const home = await homeOf(t)
  const shipped = textOf(home)
  // As an older version would have left it: one setting that is gone, one that took something else, one not there yet.
  const older = shipped
    .replace('# Days that log files are kept. (a whole number', '# Weeks that log files are kept. (a number')
    .replace('#events.days:', '#events.weeks:')
    .replace('#bounce.per_sender_hour:', '#bounce.old:')
  recordOrigin(home, NAME, older, '0.0.9')
  write(home, 'logs.days: 0.5\nevents.weeks: 3\nbounce.per_sender_hour: many\nworkers: many\n')
  const version = programVersion()
  const reading = readConfig(home, {})
  assert.ok(!reading.ok)
  assert.deepEqual(
    reading.problems.map(({ setting, line, history }) => [setting, line, history?.replace(/: W.*/, '')]),
    [
      ['logs.days', 1, 'in 0.0.9 it was'],
      ['events.weeks', 2, `it was a setting of 0.0.9 and is none of ${version}`],
      ['bounce.per_sender_hour', 3, 'it is a setting since a version after 0.0.9'],
      ['workers', 4, undefined],
    ],
  )
  assert.throws(() => loadConfig(home, {}), {
    code: 'config-invalid',
    message: new RegExp(`:1: logs\\.days: expected a whole number.*, found 0\\.5 \\(in 0\\.0\\.9 it was: Weeks that .*\\)\\.\n`),
    mend: new RegExp(`You edited config/hms\\.yaml under 0\\.0\\.9, and this is ${version.replaceAll('.', '\\.')}: look there first\\.$`),
  })
  refreshConfig(home, shippedBy(version))
  assert.throws(() => loadConfig(home, {}), { mend: /'hms config merge --dry-run' shows what/ })
  recordOrigin(home, NAME, shipped, version)
  assert.throws(
    () => loadConfig(home, {}),
    (error: Error & { mend: string }) => !error.mend.includes('first'),
  )
})
