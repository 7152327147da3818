// What the rules make of the replies that were gathered: every rule has a reply of its own, and of the share that is held out as many
// are right as of the other. `node bench/classify.ts` prints the table.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { RE2JS } from 're2js'
import type { Category } from '../src/contract/feedback.ts'
import { categoryOf, classify, meaningOf } from '../src/policy/classify/classify.ts'
import { type Meaning, MEANINGS } from '../src/policy/classify/meanings.ts'
import { requiredLiterals } from '../src/policy/classify/required.ts'
import { RULES } from '../src/policy/classify/rules.ts'

interface Sample {
  readonly meaning: Meaning
  readonly reply: string
  readonly found: Meaning
  /** What it is, and what it was taken for. */
  readonly told: Category
  readonly category: Category
  readonly rule: string | null
  readonly isHeldOut: boolean
}

function linesOf(file: string): readonly string[] {
  return readFileSync(join(import.meta.dirname, 'fixtures', 'replies', file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
}

const samples: readonly Sample[] = linesOf('replies.tsv').map((line) => {
  const [meaning = '', , reply = ''] = line.split('\t')
  assert.ok(Object.hasOwn(MEANINGS, meaning), line)
  const { meaning: found, rule, isTemporary } = meaningOf({ reply })
  const isHeldOut = (createHash('sha256').update(reply).digest()[0] ?? 0) % 4 === 0
  const told = categoryOf(meaning as Meaning, isTemporary)
  return { meaning: meaning as Meaning, reply, found, told, category: categoryOf(found, isTemporary), rule, isHeldOut }
})

const isRight = ({ told, category }: Sample): boolean => told === category

for (const [name, share] of [
  ['rules were made from', samples.filter(({ isHeldOut }) => !isHeldOut)],
  ['are held out', samples.filter(({ isHeldOut }) => isHeldOut)],
] as const)
  test(`replies that ${name} have the right category`, () => {
    const right = share.filter(isRight).length
    assert.ok(
      right / share.length >= 0.95,
      share
        .filter((one) => !isRight(one))
        .map(({ reply, found }) => `${found}: ${reply}`)
        .join('\n'),
    )
  })

test('nothing comes out as a failure for ever that is none, and no block of our address is the recipient’s', () => {
  const wrong = samples.filter(({ told, category }) => category === 'Hard' && told !== 'Hard')
  assert.deepEqual(wrong, [])
  const ours = samples.filter(({ meaning }) => 'ours' in MEANINGS[meaning])
  assert.ok(ours.length > 100)
  for (const { reply, found } of ours) assert.notEqual(MEANINGS[found].action, 'suppress', reply)
})

test('every rule decides replies that were seen, and none that mean something of another category', () => {
  for (const { name, means } of RULES) {
    const decided = samples.filter(({ rule }) => rule === name)
    assert.ok(decided.some(isRight), `${name} has no reply that it must match`)
    const foreign = decided.filter((one) => !isRight(one))
    assert.ok(
      foreign.length * 10 <= Math.max(10, decided.length),
      `${name} (${means}) takes ${foreign.map(({ reply }) => reply).join('\n')}`,
    )
  }
})

test('every pattern is read by the linear engine, is short, and has literals that lead to it', () => {
  assert.equal(new Set(RULES.map(({ name }) => name)).size, RULES.length, 'names are told apart')
  for (const { name, match, unless = [] } of RULES) {
    for (const pattern of [...match, ...unless]) assert.ok(RE2JS.compile(pattern).programSize() < 4000, name)
    for (const pattern of match) assert.notEqual(requiredLiterals(pattern), null, `${name}: ${pattern.slice(0, 80)}`)
  }
})

test('wordings without a code, as others gathered them, have the right category or are unknown', () => {
  const wrong: string[] = []
  for (const line of linesOf('phrases.tsv')) {
    const [meaning = '', , text = ''] = line.split('\t')
    assert.ok(Object.hasOwn(MEANINGS, meaning), line)
    const { category } = classify({ reply: text })
    // What is said without a code is said for good.
    if (category === categoryOf(meaning as Meaning, false)) continue
    assert.ok(category !== 'Hard', `wrongly Hard: ${text}`)
    wrong.push(`${category}: ${text}`)
  }
  assert.ok(wrong.length * 20 <= linesOf('phrases.tsv').length, wrong.join('\n'))
})
