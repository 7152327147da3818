// What stands in the address of a restore: nothing but choices that there are.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backupSearchOf, choicesOf, flagsOf, restoreSearchOf } from './search.ts'

test('what is no choice is left out, and forget goes with the settings of the backup alone', () => {
  assert.deepEqual(restoreSearchOf({ file: 'relative', settings: 'present', uncertain: 'hold', forget: true, trial: 'x', run: -1 }), {})
  assert.deepEqual(restoreSearchOf({ file: '/b.zip', settings: 'backup', uncertain: 'drop', forget: true, trial: 7, run: '8' }), {
    file: '/b.zip',
    settings: 'backup',
    uncertain: 'drop',
    forget: true,
    trial: 7,
    run: 8,
  })
  assert.deepEqual(backupSearchOf({ run: 1.5 }), {})
})

test('the call says every choice, the command those that are not usual', () => {
  assert.deepEqual(choicesOf({}, '/b.zip'), { file: '/b.zip', settings: 'present', uncertain: 'hold' })
  assert.equal(flagsOf({}), ' --settings present')
  assert.equal(flagsOf({ settings: 'backup', uncertain: 'send', forget: true }), ' --settings backup --uncertain send --forget')
})
