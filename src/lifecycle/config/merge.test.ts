import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultConfigFile } from './default-file.ts'
import { type Conflict, mergedText, mergeSettings, type Side } from './merge.ts'
import { sectionsOf } from './sections.ts'
import { settingChanges } from './setting-changes.ts'
import { SHIPPED_0_1_0 } from './shipped-0-1-0.ts'

const BASE = [
  '# Configuration of the server.',
  '# Remove the # to change one.',
  '',
  '# Name of the server. (a text)',
  '#host.name: ""',
  '',
  '# Addresses for SMTP. (addresses)',
  '#smtp.listen: [127.0.0.1:2525]',
  '# Longest wait. (a time)',
  '#smtp.timeout: 5m',
  '',
  '# Days of logs. (a number)',
  '#logs.days: 30',
  '',
].join('\n')

function edit(text: string, ...edits: [string, string][]): string {
  return edits.reduce((now, [from, to]) => {
    assert.ok(now.includes(from), `${from} is not in the text`)
    return now.replace(from, to)
  }, text)
}

function conflictsOf(mine: string, theirs: string, base = BASE): Conflict[] {
  return mergeSettings({ base, mine, theirs }).flatMap((piece) => ('conflict' in piece ? [piece.conflict] : []))
}
function merged(mine: string, theirs: string, side?: Side, base = BASE): string {
  const text = mergedText(mergeSettings({ base, mine, theirs }), () => side)
  assert.ok(text !== undefined, 'it has conflicts')
  return text
}

test('sections joined are the text again, whatever it is', () => {
  const odd = 'smtp:\n  listen:\n    - a\n\n    # inside\n    - b\nx: 1\n- y\n\n\n\n"a.b": 2\n---\nnot a setting\n  indented\n#\n# last'
  for (const text of ['', '\n', BASE, SHIPPED_0_1_0, defaultConfigFile(), odd]) {
    const sections = sectionsOf(text)
    assert.equal(sections.flatMap(({ lines }) => lines).join('\n'), text)
    assert.equal(new Set(sections.map(({ key }) => key)).size, sections.length)
    for (const { line, lines } of sections) assert.equal(text.split('\n')[line - 1], lines[0])
  }
  assert.deepEqual(sectionsOf(odd)[0]?.lines, ['smtp:', '  listen:', '    - a', '', '    # inside', '    - b'])
})

test('what only one side changed applies', () => {
  const mine = edit(BASE, ['#host.name: ""', 'host.name: mta.example.com'])
  assert.equal(merged(mine, BASE), mine)
  assert.equal(merged(BASE, mine), mine)
  assert.equal(merged(mine, mine), mine)
})

test('a new option, a reworded one and an edited one on lines side by side are no conflict', () => {
  const mine = edit(BASE, ['#smtp.listen: [127.0.0.1:2525]', 'smtp.listen: [0.0.0.0:25] # the world'])
  const theirs = edit(
    BASE,
    ['# Addresses for SMTP. (addresses)', '# Addresses for SMTP\n# with STARTTLS. (addresses)'],
    ['# Longest wait.', '# New one. (a flag)\n#smtp.new: false\n# Longest wait.'],
  )
  assert.deepEqual(conflictsOf(mine, theirs), [])
  assert.equal(merged(mine, theirs), edit(theirs, ['#smtp.listen: [127.0.0.1:2525]', 'smtp.listen: [0.0.0.0:25] # the world']))
})

test('the words of the owner survive, also inside a comment that was reworded', () => {
  const mine = edit(
    BASE,
    ['# Longest wait. (a time)', '# Longest wait. (a time)\n# Anna: raised for the slow line, ask before lowering'],
    ['#smtp.timeout: 5m', '#smtp.timeout: 5m\nsmtp.timeout: 9m'],
  )
  const theirs = edit(BASE, ['# Longest wait. (a time)', '# Longest wait for a command. (a time)'])
  const text = merged(`# Our own header, 2026\n\n${mine}\n# the end\n`, theirs)
  assert.match(text, /^# Our own header, 2026\n\n# Configuration/)
  assert.match(text, /# Longest wait for a command\. \(a time\)/)
  assert.match(text, /# Anna: raised.*\n(?:# .*\n)?#smtp\.timeout: 5m\nsmtp\.timeout: 9m\n/)
  assert.match(text, /\n# the end\n$/)
  assert.doesNotMatch(text, /# Longest wait\. /)
})

test('line ends of another system are no change', () => {
  const mine = edit(BASE, ['#host.name: ""', 'host.name: mta.example.com'])
  const theirs = edit(BASE, ['# Days of logs.', '# Days of log files.'])
  assert.equal(merged(`\uFEFF${mine.replaceAll('\n', '\r\n')}`, theirs), edit(theirs, ['#host.name: ""', 'host.name: mta.example.com']))
})

test('a setting that both changed is a conflict with its line, and either side can be taken', () => {
  const mine = edit(BASE, ['#logs.days: 30', 'logs.days: 90'])
  const theirs = edit(BASE, ['#logs.days: 30', '#logs.days: 14'])
  const conflicts = conflictsOf(mine, theirs)
  assert.deepEqual(conflicts, [
    { id: 'logs.days', line: 13, base: ['#logs.days: 30'], mine: ['logs.days: 90'], theirs: ['#logs.days: 14'] },
  ])
  assert.equal(
    mergedText(mergeSettings({ base: BASE, mine, theirs }), () => undefined),
    undefined,
  )
  assert.equal(merged(mine, theirs, 'mine'), mine)
  assert.equal(merged(mine, theirs, 'theirs'), theirs)
})

test('a setting that is gone: silently where it was not set, a choice where it was', () => {
  const theirs = edit(BASE, ['# Longest wait. (a time)\n#smtp.timeout: 5m\n', ''])
  assert.equal(merged(edit(BASE, ['#logs.days: 30', 'logs.days: 9']), theirs), edit(theirs, ['#logs.days: 30', 'logs.days: 9']))
  const mine = edit(BASE, ['#smtp.timeout: 5m', 'smtp.timeout: 9m'])
  assert.deepEqual(
    conflictsOf(mine, theirs).map(({ id, theirs: now }) => [id, now]),
    [['smtp.timeout', []]],
  )
  assert.equal(merged(mine, theirs, 'theirs'), theirs)
})

test('a file that the owner stripped or wrote nested keeps its form', () => {
  const own = 'host.name: mta.example.com\nsmtp:\n  # ours\n  listen:\n    - 0.0.0.0:25\n'
  const theirs = edit(BASE, ['# Days of logs.', '# Days of log files.'], ['#logs.days: 30', '#logs.days: 14'])
  assert.equal(merged(own, theirs), own)
  const more = `${theirs}\n# New. (a flag)\n#logs.new: false\n`
  const text = merged(own, more)
  assert.ok(text.includes('host.name: mta.example.com\n') && text.includes('smtp:\n  # ours\n  listen:\n    - 0.0.0.0:25\n'))
  assert.match(text, /# New\. \(a flag\)\n#logs\.new: false\n/)
})

test('changes of settings are read from the two defaults and told as far as they concern the file', () => {
  const after = edit(
    BASE,
    ['# Longest wait. (a time)\n#smtp.timeout: 5m\n', ''],
    ['# Days of logs. (a number)', '# Days of log files. (a number)'],
    ['#logs.days: 30', '#logs.days: 14\n# New. (a flag)\n#logs.new: false'],
  )
  const changes = (mine: string): string[] => settingChanges(BASE, after, mine).map(({ setting, what, set }) => `${setting} ${what} ${set}`)
  assert.deepEqual(changes(''), ['smtp.timeout gone false', 'logs.days default false', 'logs.new new false'])
  assert.deepEqual(changes('logs.days: 3\nsmtp:\n  timeout: 4m\n'), [
    'smtp.timeout gone true',
    'logs.days meaning true',
    'logs.new new false',
  ])
  assert.deepEqual(settingChanges(BASE, BASE, 'logs.days: 3'), [])
})

test('from the default of 0.1.0 to the present one every edit of a value survives', () => {
  const mine = edit(
    SHIPPED_0_1_0,
    ['#host.name: ""', 'host.name: mta.example.com'],
    ['#logs.days: 30', 'logs.days: 90'],
    ['#workers: 0', '#workers: 0\nworkers: 3'],
  )
  const text = mergedText(mergeSettings({ base: SHIPPED_0_1_0, mine, theirs: defaultConfigFile() }), () => 'mine')
  assert.deepEqual(
    text?.split('\n').filter((line) => line !== '' && !line.startsWith('#')),
    ['host.name: mta.example.com', 'workers: 3', 'logs.days: 90'],
  )
})
