import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf, type Draft, flagsOf, isWrong, NEW, numbersIn } from './draft.ts'

test('what is another than before is sent, and said as the command says it', () => {
  assert.deepEqual(bodyOf(NEW, NEW), {})
  assert.equal(flagsOf(NEW, NEW), '')
  const draft: Draft = {
    ...NEW,
    address: ' inet:127.0.0.1:11332 ',
    ways: ['injection'],
    onFailure: 'accept',
    ports: '25, 587',
    skip: ['helo'],
    times: { ...NEW.times, end: 1.5 },
  }
  assert.deepEqual(bodyOf(draft, NEW), {
    address: 'inet:127.0.0.1:11332',
    ways: ['injection'],
    onFailure: 'accept',
    ports: [25, 587],
    skip: ['helo'],
    endTimeout: 1500,
  })
  assert.equal(flagsOf(draft, NEW), '--sees injection --on-failure accept --port 25,587 --skip helo --end-timeout 1500ms')
  assert.equal(flagsOf({ ...draft, ports: '', skip: [] }, draft), '--port 0 --skip none')
})

test('lists are numbers, and a milter sees something', () => {
  assert.deepEqual(numbersIn(' 1000;1001  1002'), [1000, 1001, 1002])
  assert.equal(numbersIn('1000, shop'), null)
  assert.deepEqual([isWrong(NEW), isWrong({ ...NEW, ways: [] }), isWrong({ ...NEW, accounts: 'x' })], [false, true, true])
})
