// The Smart rules that the program ships.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { BlockRule } from '../../contract/blocks.ts'
import { type Rule, UNSET } from '../../contract/rules.ts'
import { BlockMatcher, blockText } from '../blocks/matching.ts'
import { lintSmartRules } from './lint.ts'
import { readRulesText } from './read.ts'
import { describeRulesProblem } from './reader.ts'

const text = readFileSync(join(import.meta.dirname, '../../../data/smart-rules.yaml'), 'utf8')
const reading = readRulesText(text, 'smart')
if (!reading.ok) throw new Error(reading.problems.map(describeRulesProblem).join('\n'))
const { document } = reading

function blocksOf(blocks: Rule['blocks']): readonly BlockRule[] {
  return blocks === undefined || blocks === UNSET ? [] : blocks
}

test('the shipped Smart rules are in order: every figure has a source or is a cautious estimate, every example holds', () => {
  assert.deepEqual(lintSmartRules(document), [])
  assert.ok(document.edition >= 1)
})

test('every provider has a rule of its own, and no MX mask belongs to two', () => {
  const ruled = document.rules.flatMap(({ by, mask }) => (by === 'provider' ? [mask] : []))
  assert.deepEqual(ruled.toSorted(), Object.keys(document.providers).toSorted())
  const masks = Object.values(document.providers).flat()
  assert.deepEqual(masks.toSorted(), [...new Set(masks)].toSorted())
  assert.ok(ruled.length >= 25, `${ruled.length} providers`)
})

test('plans for warm-up come with it, and say where their figures were seen', () => {
  const plans = Object.entries(document.warmups ?? {})
  assert.deepEqual(plans.map(([name]) => name).toSorted(), ['careful', 'domain', 'standard'])
  for (const [name, { seen = [], days }] of plans) {
    assert.ok(seen.length > 0 && days.length >= 10, name)
    for (const address of seen) assert.match(address, /^https:\/\/[\w.-]+\/\S+$/)
  }
  const bad = readRulesText('format: 1\nversion: 1\nwarmups: { p: { days: [5], providers: { nobody: [5] } } }\n', 'smart')
  assert.ok(bad.ok)
  assert.equal(lintSmartRules(bad.document).length, 2)
})

test('every source is an address on the web', () => {
  const seen = document.rules.flatMap(({ seen: ofRule = [], blocks }) => [
    ...ofRule,
    ...blocksOf(blocks).flatMap(({ seen: ofBlock = [] }) => ofBlock),
  ])
  assert.ok(seen.length > 0)
  for (const address of seen) assert.match(address, /^https?:\/\/[\w.-]+\/?\S*$/)
})

test('no shipped pattern takes ordinary replies for a block', () => {
  const ordinary = [
    '550 5.1.1 <someone@example.com>: Recipient address rejected: User unknown in virtual mailbox table',
    '552 5.2.2 Mailbox is full',
    '450 4.2.0 <someone@example.com>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.com.html',
    '451 4.3.0 Temporary lookup failure',
    '452 4.3.1 Insufficient system storage',
    '554 5.7.1 Message rejected as spam by content filtering',
    '550 5.7.26 Unauthenticated email from example.com is not accepted due to the DMARC policy of the domain',
    '421 4.4.2 mx.example.com Error: timeout exceeded',
    '250 2.0.0 Ok: queued as 4XyZ',
  ]
  let blocks = 0
  for (const rule of document.rules) {
    const matcher = new BlockMatcher(blocksOf(rule.blocks))
    blocks += blocksOf(rule.blocks).length
    for (const line of ordinary) assert.equal(matcher.find(blockText(line))?.name, undefined, `${rule.name}: ${line}`)
    // Each example is about its block where several of the rule match.
    for (const block of blocksOf(rule.blocks))
      for (const line of block.matches ?? []) assert.equal(matcher.find(blockText(line))?.name, block.name, `${rule.name}: ${line}`)
  }
  assert.ok(blocks >= 40, `${blocks} blocks`)
})

test('the lint finds what is wrong with the blocks of Smart rules', () => {
  const block = "{ match: '/(a+)+(?:bc|de)/', matches: [550 blocked], not: [550 aabc] }"
  const bad = readRulesText(
    `format: 1\nversion: 1\nrules:\n  - { name: r, mx: a.example, matches: [a.example], estimate: true, blocks: [${block}] }\n`,
    'smart',
  )
  assert.ok(bad.ok)
  const told = lintSmartRules(bad.document).map(({ what }) => what)
  for (const expected of [
    /does not match its example 550 blocked/,
    /matches 550 aabc/,
    /where its replies were seen/,
    /No literal/,
    /nested/,
  ])
    assert.ok(
      told.some((what) => expected.test(what)),
      `${expected} in ${told.join(' ')}`,
    )
})
