import assert from 'node:assert/strict'
import { test } from 'node:test'
import { literalsOf } from './literals.ts'
import { Pattern, PatternList } from './pattern-list.ts'

test('what a text must contain to match', () => {
  const cases: readonly (readonly [string, readonly string[] | null])[] = [
    ['greylist', ['greylist']],
    ['Grey-?Listed', ['listed']],
    ['^550 5\\.7\\.1 blocked', ['550 5.7.1 blocked']],
    ['spamhaus|barracuda', ['spamhaus', 'barracuda']],
    ['spamhaus|b.', null],
    ['(spamhaus|barracuda)', null],
    ['too many (mails|messages) from you', ['too many ']],
    ['a(b)*cde+f', ['cde']],
    ['abc{2}def', ['def']],
    ['quota[ -]exceeded', ['exceeded']],
    ['[]x]over quota', ['over quota']],
    ['[[:alpha:]]over', ['over']],
    ['a]bcd', null],
    ['\\bip\\b.*listed', ['listed']],
    ['\\Qa.b\\E long enough', null],
    ['\\x41long enough', null],
    ['(unclosed group', null],
    ['gré?ylist', null],
    ['', null],
  ]
  for (const [pattern, expected] of cases) assert.deepEqual(literalsOf(pattern), expected, pattern)
})

test('a literal is in every text that its pattern matches', () => {
  const pieces = ['abc', 'x', 'x*', 'de+', '(?:fgh)?', '[0-9]', '.', '\\.', 'i{2}', '(k|lm)', '\\d', '|']
  const texts = ['abc', 'abcdeefgh.', 'xxabc.1iik', 'ABCDE.9IILM', 'dedede', 'abc de ii k', '1.2.3', 'xdeii', 'fghabc', 'lm.k.ii.de']
  let seed = 7
  const draw = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
  let matched = 0
  for (let n = 0; n < 3000; n++) {
    const source = Array.from({ length: 1 + draw(5) }, () => pieces[draw(pieces.length)]).join('')
    const pattern = Pattern.read(source)
    if ('problem' in pattern) continue
    for (const text of texts) {
      if (!pattern.matches(text.toLowerCase())) continue
      matched++
      assert.ok(pattern.mayMatch(text.toLowerCase()), `${source} on ${text}, ${JSON.stringify(pattern.literals)}`)
    }
  }
  assert.ok(matched > 1000)
})

test('the first that matches counts, without regard to case; only candidates run, and only the beginning of a text is read', () => {
  const read = (source: string): Pattern => {
    const pattern = Pattern.read(source)
    assert.ok(!('problem' in pattern), source)
    return pattern
  }
  const list = new PatternList([
    { pattern: read('blocked by spamhaus'), value: 1 },
    { pattern: read('^421'), value: 2 },
    { pattern: read('BLOCKED'), value: 3 },
  ])
  assert.equal(list.find('550 Blocked by Spamhaus'), 1)
  assert.equal(list.find('421 blocked'), 2)
  assert.equal(list.find('550 you are blocked'), 3)
  assert.equal(list.find('250 fine'), undefined)
  assert.equal(list.find(`550 ${'x'.repeat(1100)} blocked`), undefined)
  assert.equal(list.operations, 3, 'patterns ran whose literal was not there')
})

test('a pattern that cannot be read, or would be slow, is refused with the reason', () => {
  for (const [source, problem] of [
    ['(open', /cannot be read/],
    ['a(?=b)', /cannot be read/],
    ['.{0,1000}x', /repeats too much/],
    ['x'.repeat(1001), /longer than 1000/],
  ] as const) {
    const read = Pattern.read(source)
    assert.ok('problem' in read && problem.test(read.problem), source)
  }
})
