import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import { NO_RULES, type Rule, type RulesDocument } from '../../contract/rules.ts'
import { reachOf } from './reach.ts'

const POOLS = { bulk: { a: 1, b: 1 }, news: { c: 1 }, own: { d: 1 } }
const rule = (by: Rule['by'], mask: string, pool: string): Rule => ({ name: mask, by, mask, set: { pool } })
const reach = (change: Partial<RulesDocument>): string => {
  const { sources, usesDefault } = reachOf({ ...NO_RULES, pools: POOLS, ...change }, 1007 as AccountId)
  return [...sources].toSorted().join(' ') + (usesDefault ? ' default' : '')
}

test('what an account may leave from: its rules, those of all, what its messages may ask for', () => {
  assert.equal(reach({}), ' default')
  assert.equal(reach({ rules: [rule('mx', '*.big.example', 'bulk')] }), 'a b default')
  assert.equal(reach({ rules: [rule('domain', '*', 'bulk')] }), 'a b')
  const account = { rules: [rule('domain', 'x.example', 'own')], overrides: [], pools: ['news'], mailings: { 'm-*': 'bulk' } }
  assert.equal(reach({ accounts: { '1007': account } }), 'a b c d default')
  assert.equal(reach({ accounts: { '1008': account } }), ' default')
  assert.equal(
    reach({ rules: [rule('mx', '*', 'bulk')], accounts: { '1007': { ...account, overrides: [rule('all', '*', 'news')] } } }),
    'c',
  )
  assert.equal(reach({ rules: [rule('domain', '*', 'bulk'), rule('domain', 'x.example', 'unset')] }), 'a b default')
  assert.equal(reach({ rules: [rule('domain', '*', 'missing')] }), '')
})
