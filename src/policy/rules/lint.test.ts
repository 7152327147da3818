import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_RULES, type Rule, type RulesDocument, type RuleSet } from '../../contract/rules.ts'
import { configWith } from '../../../testkit/engine-home.ts'
import { lintRules, lintSmartRules, ruledDomains } from './lint.ts'

function rule(name: string, by: Rule['by'], mask: string, set: RuleSet, more: Partial<Rule> = {}): Rule {
  return { name, by, mask, set, ...more }
}

function told(owner: Partial<RulesDocument>, smart: Partial<RulesDocument> = {}): string[] {
  const sites = new Map([['a.example', { site: 'mx.big.example', hosts: ['mx.big.example'] }]])
  const facts = { smart: { ...NO_RULES, ...smart }, accounts: new Set([1007]), config: configWith(), sites }
  return lintRules({ ...NO_RULES, ...owner }, facts).map(({ rule: name, what }) => `${name}: ${what}`)
}

test('rules that are as they should be are left alone', () => {
  const rules = [
    rule('a', 'domain', 'a.example', { expiry: 1000 }),
    rule('b', 'domain', 'a.example', { tls: 'may' }),
    rule('c', 'mx', '*', { expiry: 5 }),
  ]
  assert.deepEqual(told({ rules: rules.slice(0, 2) }), [])
  assert.deepEqual(told({ rules: rules.slice(1) }), [])
})

test('a rule that can never count is named', () => {
  const twice = [
    rule('first', 'domain', 'a.example', { expiry: 1, tls: 'may' }),
    rule('second', 'domain', 'a.example', { tls: 'none', expiry: 2 }),
  ]
  assert.deepEqual(told({ rules: twice }), ['first: It never counts: later rules for domain a.example set all that it sets.'])
  const everywhere = [rule('d', 'domain', 'a.example', { expiry: 1 }), rule('all', 'mx', '*', { expiry: 2 })]
  assert.deepEqual(told({ rules: everywhere }), ['d: It never counts: all (mx *) sets all that it sets, and rules for an MX come later.'])
  const account = { rules: [rule('r', 'mx', '*.x.example', { expiry: 1 })], overrides: [rule('override', 'all', '*', { expiry: 2 })] }
  assert.deepEqual(told({ accounts: { '1007': account } }), ["r: It never counts: the account's overrides set all that it sets."])
})

test('names that mean nothing are named', () => {
  const rules = [
    rule('p', 'provider', 'nobody', { pool: 'none-such' }),
    rule('q', 'domain', 'gmail', { tls: 'may' }),
    rule('r', 'domain', '*.invalid', { tls: 'may' }),
    rule('s', 'provider', 'big', { tls: 'may' }),
  ]
  assert.deepEqual(
    told({ rules, pools: { bulk: { x: 1 } }, accounts: { '1999': { rules: [], overrides: [] } } }, { providers: { big: ['*'] } }),
    [
      'bulk: The pool names the source x, which there is not.',
      'r: There is no mail under *.invalid.',
      'q: No mail goes to a domain without a dot: gmail.',
      '1999: There is no such account.',
      'p: There is no provider nobody.',
      'p: There is no pool none-such: mail by this rule waits until there is.',
    ],
  )
})

test('a Smart rule that loosens the owner’s rule for a domain is named where that domain’s mail goes there', () => {
  const rules = [
    rule('mine', 'domain', 'a.example', { connections: { limit: 2 } }),
    rule('other', 'domain', 'b.example', { connections: { limit: 2 } }),
  ]
  const smart = { rules: [rule('big', 'mx', '*.big.example', { connections: { limit: 20 } })] }
  assert.deepEqual(ruledDomains({ ...NO_RULES, rules }), ['a.example', 'b.example'])
  const findings = told({ rules }, smart)
  assert.equal(findings.length, 1)
  assert.match(findings[0] ?? '', /^a\.example: The Smart rule big .* looser than 2 of your rule mine/)
})

test('a Smart rule with more connections than the owner wants for any site is named, where he said what he wants', () => {
  const smart = { ...NO_RULES, rules: [rule('big', 'mx', '*.big.example', { connections: { limit: 25 } })] }
  const lint = (most: number): string[] => {
    const config = configWith({ 'delivery.connections_per_site': most })
    return lintRules(NO_RULES, { smart, accounts: new Set(), config, sites: new Map() }).map(({ what }) => what)
  }
  assert.match(
    lint(5)[0] ?? '',
    /^The Smart rule big \(mx \*\.big\.example\) sets connections to 25, more than 5 of delivery\.connections_per_site/,
  )
  assert.deepEqual(lint(20), [], 'that is the default')
  assert.deepEqual(lint(30), [])
})

test('Smart rules: figures need a source or are marked and cautious, examples must hold', () => {
  const seen = { seen: ['https://big.example/limits'], matches: ['mx.big.example'], not: ['big.example'] }
  const lint = (...rules: Rule[]): string[] =>
    lintSmartRules({ ...NO_RULES, providers: { big: ['*.big.example'] }, rules }).map(({ what }) => what)
  assert.deepEqual(lint(rule('a', 'provider', 'big', { connections: { limit: 50 } }, seen)), [])
  assert.deepEqual(lint(rule('a', 'mx', '*.big.example', { tls: 'may' }, { matches: ['mx.big.example'] })), [
    'It says neither where its figures were seen nor that they are an estimate.',
  ])
  assert.deepEqual(lint(rule('a', 'mx', 'big.example', { connections: { limit: 11 } }, { ...seen, estimate: true })), [
    'It does not match its example mx.big.example.',
    'It matches big.example, which it must not.',
    'An estimate allows at most 10 for connections.',
  ])
})
