import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import { type Destination, NO_RULES, type Rule, type RulesDocument, type RuleSet } from '../../contract/rules.ts'
import { configWith } from '../../../testkit/engine-home.ts'
import { RuleBook } from './book.ts'
import { looseningOf } from './loosening.ts'
import { maskMatches, parseMask, specificityOf } from './masks.ts'

const config = configWith()
const ANN = 1007 as AccountId
const AT: Destination = { site: 'mx.mail.example', hosts: ['mx1.mail.example', 'mx2.mail.example'], domain: 'a.example', account: ANN }

function rule(by: Rule['by'], mask: string, set: RuleSet, name = `${by} ${mask}`): Rule {
  return { name, by, mask, set }
}

function bookOf(owner: Partial<RulesDocument>, smart: Partial<RulesDocument> = {}): RuleBook {
  return new RuleBook({ smart: { ...NO_RULES, ...smart }, owner: { ...NO_RULES, ...owner }, config })
}

/** Seeded: a failure is met again. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

test('a mask has one form, and matches by whole labels', () => {
  const forms: [string, string | undefined][] = [
    ['GMail.COM.', 'gmail.com'],
    ['*.Bücher.example', '*.xn--bcher-kva.example'],
    ['yahoo.*', 'yahoo.*'],
    ['*', '*'],
    ['*gmail.com', undefined],
    ['a.*.b', undefined],
    ['*.*', undefined],
    ['192.0.2.1', undefined],
    ['a b.example', undefined],
    ['', undefined],
    ['-a.example', undefined],
    [`${'a'.repeat(64)}.example`, undefined],
  ]
  for (const [text, mask] of forms) assert.equal(parseMask(text), mask, text)
  for (const [mask, name, does] of [
    ['a.example', 'a.example', true],
    ['a.example', 'b.a.example', false],
    ['*.a.example', 'a.example', false],
    ['*.a.example', 'c.b.a.example', true],
    ['*.a.example', 'ba.example', false],
    ['yahoo.*', 'yahoo.co.uk', true],
    ['yahoo.*', 'yahoo', false],
    ['yahoo.*', 'my.yahoo.com', false],
    ['*', '[192.0.2.1]', true],
  ] as const)
    assert.equal(maskMatches(mask, name), does, `${mask} ${name}`)
})

test('the more specific mask wins within a step, then the later', () => {
  const order = ['*', 'a.*', 'a.b.*', '*.example', '*.b.example', 'a.b.example']
  for (let i = 1; i < order.length; i++) assert.ok(specificityOf(order[i - 1] ?? '') < specificityOf(order[i] ?? ''), order[i])
  const masks = ['a.b.example', '*.b.example', '*.example', 'a.b.*', 'a.*', '*']
  for (let n = 1; n < masks.length; n++) {
    const rules = masks.slice(n).map((mask, i) => rule('domain', mask, { messages_per_connection: 100 + n + i }))
    const { effective } = bookOf({ rules }).at({ ...AT, domain: 'a.b.example' })
    assert.equal(effective.settings.messages_per_connection, 100 + n)
    assert.equal(effective.from.get('messages_per_connection')?.mask, `domain ${masks[n]}`)
  }
  const twice = [rule('domain', 'a.example', { tls: 'none' }, 'first'), rule('domain', 'a.example', { tls: 'encrypt' }, 'second')]
  assert.equal(bookOf({ rules: twice }).at(AT).effective.from.get('tls')?.rule, 'second')
})

/** What the six steps and the overrides hold, told apart by their number: the highest that matches must win, for each setting apart. */
const STEPS = 7
test('the cascade: whichever steps set a setting, the latest counts, setting by setting', () => {
  const settings = ['messages_per_connection', 'recipients_per_message', 'retry_first', 'expiry'] as const
  const draw = random(5)
  for (let round = 0; round < 500; round++) {
    const given = settings.map(() => Array.from({ length: STEPS }, () => draw() < 0.4))
    const step = (n: number): RuleSet =>
      Object.fromEntries(settings.flatMap((name, i) => (given[i]?.[n] === true ? [[name, 100_000 + n]] : [])))
    const byDomain = draw() < 0.5 ? 'a.example' : '*.example'
    const byHost = draw() < 0.5 ? 'mx2.mail.example' : '*.mail.example'
    const decoys = [rule('domain', 'other.example', { expiry: 1 }), rule('mx', '*.other.example', { expiry: 1 })]
    const book = bookOf(
      {
        rules: [...decoys, rule('mx', byHost, step(4)), rule('domain', byDomain, step(1))],
        accounts: {
          '1007': {
            rules: [rule('mx', byHost, step(5)), rule('domain', byDomain, step(2))],
            overrides: [rule(draw() < 0.5 ? 'all' : 'domain', draw() < 0.5 ? '*' : byDomain, step(6))],
          },
          '1008': { rules: [rule('domain', '*', { expiry: 1 })], overrides: [] },
        },
      },
      { rules: [rule('mx', byHost, step(3)), rule('domain', byDomain, step(0))] },
    )
    for (const account of [ANN, null]) {
      const { effective } = book.at({ ...AT, account })
      for (const [i, name] of settings.entries()) {
        const steps = [0, 1, 2, 3, 4, 5, 6].filter((n) => given[i]?.[n] === true && (account !== null || ![2, 5, 6].includes(n)))
        const last = steps.at(-1)
        assert.equal(effective.settings[name], last === undefined ? book.base.settings[name] : 100_000 + last, `${name} ${round}`)
        assert.equal(effective.from.has(name), last !== undefined)
      }
    }
  }
})

test('a setting is taken back by a later step, and given again by one after it', () => {
  const rules = [rule('domain', 'a.example', { expiry: 1000, tls: 'verify' }), rule('mx', '*', { expiry: 'unset', tls: 'unset' })]
  const { effective } = bookOf({ rules }).at({ ...AT, account: null })
  assert.deepEqual([effective.settings.expiry, effective.settings.tls], [config['delivery.expiry'], 'may'])
  assert.deepEqual([...effective.from.keys()], [])
  assert.equal(effective.unset.get('expiry')?.mask, 'mx *')
  const accounts = { '1007': { rules: [rule('mx', '*', { expiry: 5000 })], overrides: [] } }
  assert.equal(bookOf({ rules, accounts }).at(AT).effective.settings.expiry, 5000)
})

test('limits: what is shared and what is the own stay apart, an account narrows, and raises only where it is marked', () => {
  const rules = [rule('domain', 'a.example', { messages_per_hour: { limit: 100 }, connections: { limit: 5, per: ['site'] } })]
  const overrides = [rule('all', '*', { messages_per_hour: { limit: 50 } })]
  const narrowed = bookOf({ rules, accounts: { '1007': { rules: [rule('mx', '*', { messages_per_hour: { limit: 900 } })], overrides } } })
  const { shared, own } = narrowed.at(AT).effective
  const told = (limits: typeof shared) => limits.map(({ setting, limit, per }) => [setting, limit, per.join(' ')])
  assert.deepEqual(told(shared), [
    ['messages_per_hour', 100, 'site source'],
    ['connections', 5, 'site'],
  ])
  assert.deepEqual(told(own), [['messages_per_hour', 50, 'account']])
  assert.deepEqual(narrowed.at({ ...AT, account: null }).effective.own, [])
  const raised = bookOf({
    rules,
    accounts: { '1007': { rules: [rule('domain', '*', { messages_per_hour: { limit: 900, raise: true } })], overrides: [] } },
  })
  assert.deepEqual(told(raised.at(AT).effective.shared)[0], ['messages_per_hour', 900, 'site source'])
  assert.deepEqual(raised.at(AT).effective.own, [])
  assert.equal(raised.at({ ...AT, account: 1008 as AccountId }).effective.shared[0]?.limit, 100)
  // An account takes back its own only: what it shares with others is not its to give up.
  const unset = bookOf({ rules, accounts: { '1007': { rules: [rule('mx', '*', { messages_per_hour: 'unset' })], overrides: [] } } })
  assert.equal(unset.at(AT).effective.shared[0]?.limit, 100)
  assert.deepEqual(told(bookOf({}).at(AT).effective.shared), [['connections', config['delivery.connections_per_site'], 'site']])
})

test('an account asks for more TLS than all mail of a site has, never for less', () => {
  const at = (mta: RuleSet, account: RuleSet): string => {
    const accounts = { '1007': { rules: [rule('mx', '*', account)], overrides: [] } }
    return bookOf({ rules: [rule('domain', 'a.example', mta)], accounts }).at(AT).effective.settings.tls
  }
  assert.equal(at({ tls: 'may' }, { tls: 'verify' }), 'verify')
  assert.equal(at({ tls: 'verify' }, { tls: 'may' }), 'verify')
  assert.equal(at({ tls: 'verify' }, { tls: 'unset' }), 'verify')
  assert.equal(at({ tls: 'none' }, { tls: 'unset' }), 'may')
})

test('what a limit counts by, where its rule does not say', () => {
  const limit = { messages_per_hour: { limit: 1 } }
  const per = (owner: Partial<RulesDocument>): string[] => {
    const { shared, own } = bookOf({ providers: { mail: ['*.mail.example'] }, ...owner }).at(AT).effective
    return [...own, ...shared].filter(({ setting }) => setting === 'messages_per_hour').map((one) => one.per.join(' '))
  }
  const account = (rules: Rule[], overrides: Rule[] = []): string[] => per({ accounts: { '1007': { rules, overrides } } })
  assert.deepEqual(per({ rules: [rule('mx', '*', limit)] }), ['site source'])
  assert.deepEqual(per({ rules: [rule('provider', 'mail', limit)] }), ['provider source'])
  assert.deepEqual(account([rule('domain', '*', limit)]), ['account site'])
  assert.deepEqual(account([rule('provider', 'mail', limit)]), ['account provider'])
  assert.deepEqual(account([], [rule('all', '*', limit)]), ['account'])
  assert.deepEqual(account([], [rule('domain', 'a.example', limit)]), ['account site'])
  assert.deepEqual(account([rule('domain', '*', { messages_per_hour: { limit: 1, per: ['domain'] } })]), ['account domain'])
  assert.deepEqual(per({ rules: [rule('mx', '*', { messages_per_hour: { limit: 1, per: [] } })] }), [''])
})

test('a provider stands at the MX step, as specific as its mask; the owner may define it anew', () => {
  const smart = { providers: { mail: ['*.mail.example'] }, rules: [rule('provider', 'mail', { expiry: 1000 })] }
  const mx = (mask: string): Rule => rule('mx', mask, { expiry: 2000 })
  assert.equal(bookOf({}, { ...smart, rules: [...smart.rules, mx('*.example')] }).at(AT).effective.settings.expiry, 1000)
  assert.equal(bookOf({}, { ...smart, rules: [mx('mx1.mail.example'), ...smart.rules] }).at(AT).effective.settings.expiry, 2000)
  assert.equal(bookOf({}, smart).at(AT).effective.provider, 'mail')
  const moved = bookOf({ providers: { mail: ['*.elsewhere.example'] } }, smart)
  assert.equal(moved.at(AT).effective.settings.expiry, config['delivery.expiry'])
  assert.equal(moved.at({ ...AT, site: 'x', hosts: ['x.elsewhere.example'] }).effective.settings.expiry, 1000)
})

test('what makes no difference is one object, and only rules for a domain that decide about connections part a site', () => {
  const book = bookOf({
    rules: [
      rule('domain', '*', { connections: { limit: 3 } }),
      rule('mx', '*.mail.example', { tls: 'encrypt' }),
      rule('domain', 'slow.example', { messages_per_connection: 1 }),
      rule('domain', 'few.example', { connections: { limit: 1 } }),
      rule('domain', 'late.example', { retry_first: 5000 }),
    ],
    accounts: {
      '1007': { rules: [rule('domain', '*', { connections: { limit: 1 } })], overrides: [] },
      '1008': { rules: [rule('domain', '*', { tls: 'verify' })], overrides: [] },
    },
  })
  const at = (domain: string, account: number | null = null) => book.at({ ...AT, domain, account: account as AccountId | null })
  assert.equal(at('b.example').effective, at('c.example').effective)
  assert.deepEqual(
    [at('b.example').group, at('late.example').group, at('b.example', 1007).group, at('few.example').group],
    ['', '', '', ''],
  )
  assert.deepEqual([at('slow.example').group, at('b.example', 1008).group], ['slow.example', 'account 1008'])
  assert.notEqual(at('late.example').effective, at('b.example').effective)
  const none = bookOf({})
  assert.equal(none.at(AT).effective, none.base)
})

test('a Smart rule for an MX that loosens the owner’s rule for the domain is named', () => {
  const smart = { rules: [rule('mx', '*.mail.example', { connections: { limit: 20 }, tls: 'may' }, 'big')] }
  const told = (set: RuleSet, by: Rule['by'] = 'domain'): string[] => {
    const found: string[] = []
    bookOf({ rules: [rule(by, by === 'domain' ? 'a.example' : '*', set, 'mine')] }, smart).trace(AT, (change) => {
      const what = looseningOf(change)
      if (what !== null) found.push(what)
    })
    return found
  }
  assert.match(told({ connections: { limit: 5 } }).join(), /Smart rule big .* connections to 20, looser than 5 of your rule mine/)
  assert.match(told({ tls: 'verify' }).join(), /tls to may, looser than verify/)
  assert.deepEqual(told({ connections: { limit: 30 } }), [])
  assert.deepEqual(told({ connections: { limit: 5 } }, 'mx'), [], 'the owner’s rule for the MX comes later and counts')
})

test('with 100,000 rules a destination is worked out as quickly as with a few, and 100,000 domains are remembered at most', () => {
  const rules = Array.from({ length: 100_000 }, (_, i) =>
    rule('domain', i % 2 === 0 ? `d${i}.example` : `*.d${i}.example`, { expiry: 1000 + i }),
  )
  const book = bookOf({ rules })
  for (let i = 0; i < 200_000; i += 7) {
    const { effective } = book.at({ ...AT, account: null, domain: `d${i}.example` })
    assert.equal(effective.settings.expiry, i < 100_000 && i % 2 === 0 ? 1000 + i : config['delivery.expiry'])
  }
})

test('a Smart rule never weakens the TLS that the owner asks for everywhere', () => {
  const smart: RulesDocument = { ...NO_RULES, rules: [rule('mx', '*.mail.example', { tls: 'encrypt' })] }
  const tls = (everywhere: 'may' | 'verify'): string =>
    new RuleBook({ smart, owner: NO_RULES, config: configWith({ 'delivery.tls': everywhere }) }).at(AT).effective.settings.tls
  assert.deepEqual([tls('may'), tls('verify')], ['encrypt', 'verify'])
})
