import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkList, LIST_NAMES, type ListName, replyLists } from './reply-lists.ts'
import { askLists } from './verdict.ts'

test('lines are read as the original has them; a bad one is named with its number, and the rest counts', () => {
  const text = [
    '\uFEFF# a comment',
    '',
    'mailbox (is )?full~*~Temporary',
    'no such user~*~permanent~*~A list is old',
    'nothing here',
    '~*~Temporary',
    'x(~*~Temporary',
    'x~*~Perhaps',
    'anything~*~Default',
  ].join('\r\n')
  const { entries, problems } = checkList('deliverystatuscodes.list', text)
  assert.equal(entries, 3)
  assert.deepEqual(
    problems.map(({ line }) => line),
    [5, 6, 7, 8],
  )
  assert.match(problems[0]?.problem ?? '', /found no ~\*~/)
  assert.match(problems[3]?.problem ?? '', /Expected Temporary, Permanent or Default, found "Perhaps"/)
  assert.deepEqual(
    checkList('optimizations.list', 'a~*~5\nb~*~90s\nc~*~2h\nd~*~8d\ne~*~0\nf~*~soon\ng~*~').problems.map(({ line }) => line),
    [4, 5, 6, 7],
  )
  assert.deepEqual(
    checkList('response_translations.list', 'a~*~2001\nb~*~1234').problems.map(({ line }) => line),
    [2],
  )
})

test('a list without end is bounded', () => {
  const long = checkList('response_translations.list', 'a~*~2001\n'.repeat(6000))
  assert.equal(long.entries, 5000)
  assert.match(long.problems[0]?.problem ?? '', /at most 5000 lines/)
  assert.equal(checkList('response_translations.list', `${'#'.repeat(1024 * 1024)}\na~*~2001`).entries, 0)
})

test('what the lists say of a reply; what they do not say is left to the program', () => {
  const texts: Partial<Record<ListName, string>> = {
    'deliverystatuscodes.list': 'full~*~Temporary~*~Mailboxes are full\nno such~*~Permanent\nquota~*~Default\nquota x~*~Permanent',
    'optimizations.list': 'full~*~2h',
    'response_translations.list': 'no such~*~2001',
  }
  const lists = replyLists((name) => texts[name] ?? '')
  assert.deepEqual(askLists(lists, '552 5.2.2 Mailbox FULL'), {
    status: { status: 'temporary', alert: 'Mailboxes are full' },
    wait: 7_200_000,
    code: undefined,
  })
  assert.deepEqual(askLists(lists, '450 no such user'), { status: { status: 'permanent', alert: null }, wait: undefined, code: 2001 })
  assert.equal(askLists(lists, '550 quota x').status?.status, 'default')
  assert.deepEqual(askLists(null, '450 no such user'), { status: undefined, wait: undefined, code: undefined })
  assert.equal(
    replyLists(() => '# nothing'),
    null,
  )
})

test('the shipped lists are in order', () => {
  const textOf = (name: ListName): string => readFileSync(join(import.meta.dirname, '../../../data', name), 'utf8')
  for (const name of LIST_NAMES) assert.deepEqual(checkList(name, textOf(name)).problems, [], name)
  const lists = replyLists(textOf)
  for (const reply of ['450 4.2.0 Greylisted, see http://x', '451 4.7.1 Graylisting in action', '450 you are grey-listed'])
    assert.equal(askLists(lists, reply).wait, 300_000, reply)
  assert.equal(askLists(lists, '550 5.7.1 not in greylist').wait, undefined)
})
