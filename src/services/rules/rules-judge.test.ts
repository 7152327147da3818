// A large document is judged in a thread as a small one is here: the same answer, while others get theirs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_RULES } from '../../contract/rules.ts'
import { judgeRules, type RulesQuestion } from '../../policy/rules/judge.ts'
import { configWith } from '../../../testkit/engine-home.ts'
import { judgeApart } from './rules-judge.ts'

function question(rules: number, change: Partial<RulesQuestion> = {}): RulesQuestion {
  const document = {
    format: 1,
    rules: Array.from({ length: rules }, (_unused, i) => ({ name: `r${i}`, domain: `d${i}.example`, set: { connections: 1 + (i % 9) } })),
  }
  const facts = { smart: NO_RULES, accounts: [1000], config: configWith() }
  return { json: JSON.stringify(document), form: 'file', inForce: null, ...facts, ...change }
}

test('what a thread says of a large document is what is said of it here, also of one that is not in order', async () => {
  const asked = question(6000)
  let turns = 0
  const ticking = setInterval(() => turns++, 1)
  const judged = await judgeApart(asked)
  clearInterval(ticking)
  assert.ok(turns > 3, `others had ${turns} turns meanwhile`)
  assert.deepEqual(judged, judgeRules(asked))
  assert.ok(judged.ok && judged.difference.added.length === 6000)
  const again = question(6000, { json: judged.json, form: 'stored', inForce: `{"document":${judged.json}}` })
  const same = await judgeApart(again)
  assert.deepEqual(same.ok && same.difference, { added: [], removed: [], changed: [], reordered: false })
  const wrong = question(6000, { json: asked.json.replace('"connections":1', '"connections":0') })
  const refused = await judgeApart(wrong)
  assert.ok(!refused.ok)
  assert.deepEqual(refused, judgeRules(wrong))
  assert.deepEqual(await judgeApart(question(1, { json: `{"rules": ${'['.repeat(400_000)}` })), {
    ok: false,
    problems: [{ line: null, path: '', expected: 'JSON', found: `{"rules": ${'['.repeat(30)}` }],
  })
})
