// Completion of lines of the console.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConsoleCommand } from '../../../../client/src/index.ts'
import { completionOf } from './complete.ts'

const COMMANDS: readonly ConsoleCommand[] = [
  { words: 'status', summary: 'tell how it is', usage: '', options: [] },
  {
    words: 'queue ls',
    summary: 'list what waits',
    usage: '',
    options: [
      { flags: '--domain <name>', summary: 'of this domain', values: [] },
      { flags: '-s, --state <waiting|held>', summary: 'in this state', values: ['waiting', 'held'] },
    ],
  },
  { words: 'queue hold', summary: 'keep back', usage: '', options: [] },
]
const texts = (line: string): readonly string[] => completionOf(line, COMMANDS).choices.map(({ text }) => text)

test('commands come word by word, with or without hms before them', () => {
  assert.deepEqual(texts(''), ['status', 'queue'])
  assert.deepEqual(texts('q'), ['queue'])
  assert.deepEqual(texts('hms queue '), ['ls', 'hold'])
  assert.deepEqual(completionOf('queue h', COMMANDS), { from: 6, choices: [{ text: 'hold', note: 'keep back' }] })
})

test('behind a command come its options that were not said, and values where an option has few', () => {
  assert.deepEqual(texts('queue ls '), ['--domain', '--state', '--json', '--help'])
  assert.deepEqual(texts('queue ls --domain example.com --'), ['--state', '--json', '--help'])
  assert.deepEqual(texts('queue ls --state '), ['waiting', 'held'])
  assert.deepEqual(texts('queue ls --state h'), ['held'])
  assert.deepEqual(texts('queue ls --domain '), [])
})

test('nothing is guessed within quotes, nor behind what is no command', () => {
  assert.deepEqual(texts('queue ls --domain "exa'), [])
  assert.deepEqual(texts('nothing '), [])
  assert.deepEqual(texts('status'), [])
})
