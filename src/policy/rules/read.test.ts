import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_RULES, RULE_SETTINGS, RULES_BOUNDS, type RulesDocument, type RuleSettingName } from '../../contract/rules.ts'
import { compareLines } from './compare-lines.ts'
import { rulesDifference } from './difference.ts'
import { readRulesText, readRulesValue } from './read.ts'
import { describeRulesProblem } from './reader.ts'
import { smartInForce } from './smart.ts'
import { linesOfRules, writeRulesDocument } from './write.ts'

const WHOLE = `
format: 1
sources:
  a: { address: 192.0.2.1, helo: MTA1.example.com }
  out: { proxy: 'socks5://192.0.2.9:1080', address: 198.51.100.7 }
pools:
  bulk: { sources: { a: 1, out: 2 } }
providers:
  microsoft: { mx: ['*.protection.outlook.com', '*.OLC.protection.outlook.com'] }
rules:
  - { name: gmail, domain: GMail.com, set: { connections: 20, messages_per_minute: { limit: 600, per: [source, site], burst: 10 } } }
  - name: 'yahoo: all'
    domain: yahoo.*
    set:
      retry_first: 5m
      tls: unset
      pool: bulk
      bytes_per_minute: 10MiB
  - { provider: microsoft, set: { pipelining: false, timeout_idle: 0 } }
accounts:
  1007:
    rules:
      - { mx: '*', set: { messages_per_hour: { limit: 900, raise: true } } }
    overrides: { messages_per_hour: 50 }
  '1008':
    overrides:
      - { domain: a.example, set: { expiry: 1d } }
`

function good(text: string, whose: 'owner' | 'smart' = 'owner'): RulesDocument {
  const reading = readRulesText(text, whose)
  assert.ok(reading.ok, reading.ok ? '' : reading.problems.map(describeRulesProblem).join('\n'))
  return reading.document
}

function bad(text: string, whose: 'owner' | 'smart' = 'owner'): string[] {
  const reading = readRulesText(text, whose)
  assert.ok(!reading.ok, 'it was taken')
  return reading.problems.map(describeRulesProblem)
}

test('a document is read whole, in one form', () => {
  const { sources, pools, providers, rules, accounts } = good(WHOLE)
  assert.deepEqual(sources['a'], { kind: 'address', address: '192.0.2.1', helo: 'mta1.example.com' })
  assert.deepEqual(pools, { bulk: { a: 1, out: 2 } })
  assert.deepEqual(providers['microsoft'], ['*.protection.outlook.com', '*.olc.protection.outlook.com'])
  assert.deepEqual(
    rules.map(({ name, by, mask }) => [name, by, mask]),
    [
      ['gmail', 'domain', 'gmail.com'],
      ['yahoo: all', 'domain', 'yahoo.*'],
      ['microsoft', 'provider', 'microsoft'],
    ],
  )
  assert.deepEqual(rules[0]?.set, { connections: { limit: 20 }, messages_per_minute: { limit: 600, per: ['site', 'source'], burst: 10 } })
  assert.deepEqual(rules[1]?.set, { retry_first: 300_000, tls: 'unset', pool: 'bulk', bytes_per_minute: { limit: 10 * 2 ** 20 } })
  assert.deepEqual(accounts['1007']?.overrides, [{ name: 'override', by: 'all', mask: '*', set: { messages_per_hour: { limit: 50 } } }])
  assert.deepEqual(accounts['1008']?.overrides[0]?.set, { expiry: 86_400_000 })
})

test('each rule is found at the line at which it is written', () => {
  const whole = good(WHOLE)
  for (const document of [whole, { ...whole, rules: [] }, { ...whole, pools: {}, sources: {} }]) {
    const lines = writeRulesDocument(document).split('\n')
    const at = linesOfRules(document)
    const told = (rule: string, account: number | null, isOverride: boolean): string =>
      lines[(at({ rule, account, isOverride }) ?? 0) - 1]?.trim() ?? ''
    for (const { name } of document.rules) assert.match(told(name, null, false), new RegExp(`name: "?${name}"?,`))
    assert.match(told('*', 1007, false), /limit: 900/)
    assert.match(told('override', 1007, true), /messages_per_hour: 50/)
    assert.match(told('a.example', 1008, true), /expiry: 1d/)
    assert.equal(at({ rule: 'nobody', account: null, isOverride: false }), undefined)
    assert.equal(at({ rule: 'nobody', account: 1009, isOverride: true }), undefined)
  }
})

test('two documents side by side: what differs, with what is around it', () => {
  const before = Array.from({ length: 40 }, (_, n) => `line ${n}`)
  const after = before.with(20, 'other').toSpliced(30, 1)
  const { lines, isCut } = compareLines(before.join('\n'), after.join('\n'))
  assert.equal(isCut, false)
  assert.deepEqual(
    lines.filter(({ kind }) => kind !== 'same').map(({ kind, text, before: a, after: b }) => [kind, text, a, b]),
    [
      ['removed', 'line 20', 21, null],
      ['added', 'other', null, 21],
      ['removed', 'line 30', 31, null],
    ],
  )
  assert.deepEqual([lines[0]?.text, lines.at(-1)?.text, lines.at(-1)?.after], ['line 17', 'line 33', 33])
  assert.deepEqual(compareLines('a\nb', 'a\nb').lines, [])
  assert.deepEqual(
    compareLines('', 'a').lines.map(({ kind }) => kind),
    ['removed', 'added'],
  )
  const large = (word: string): string => Array.from({ length: 20_000 }, (_, n) => `${word} ${n}`).join('\n')
  assert.equal(compareLines(large('a'), large('b')).isCut, true)
})

test('what is written is read as the same, every setting in it', () => {
  for (const text of [WHOLE, 'format: 1', writeRulesDocument(good(WHOLE))]) {
    const document = good(text)
    assert.deepEqual(good(writeRulesDocument(document)), document)
    assert.deepEqual(rulesDifference(document, good(writeRulesDocument(document))), {
      added: [],
      removed: [],
      changed: [],
      reordered: false,
    })
  }
  const samples = Object.fromEntries(
    (Object.keys(RULE_SETTINGS) as RuleSettingName[]).map((name) => {
      const { kind } = RULE_SETTINGS[name]
      const window = "'Mon-Fri 08:00-12:00, Sat 09:00-11:00 Europe/Vienna'"
      return [name, { limit: '7', count: '7', duration: '90s', choice: 'verify', flag: 'false', pool: 'bulk', window }[kind]]
    }),
  )
  const set = Object.entries(samples)
    .map(([name, value]) => `${name}: ${name === 'timeout_idle' ? '0' : name === 'expiry' ? '3d' : value}`)
    .join(', ')
  const document = good(`{ format: 1, rules: [{ domain: '*', name: "no: 'way' # true", set: { ${set} } }] }`)
  assert.deepEqual(good(writeRulesDocument(document)), document)
  const smart = good(
    "{ format: 1, version: 7, rules: [{ mx: '*.a.example', set: { tls: encrypt }, sources: ['https://a.example/x#y'], matches: [b.a.example], not: [a.example] }, { mx: b.example, set: { tls: may }, estimate: true }] }",
    'smart',
  )
  assert.deepEqual([smart.edition, smart.rules[0]?.seen, smart.rules[1]?.estimate], [7, ['https://a.example/x#y'], true])
  assert.deepEqual(good(writeRulesDocument(smart), 'smart'), smart)
})

test('everything that is wrong is told at once, with its line, its path, what is expected and what was found', () => {
  const told = bad(`format: 1
rules:
  - { name: a, domain: a.example, set: { conections: 5 } }
  - { name: a, domain: b.example, mx: b.example, set: { tls: maybe } }
  - { domain: '*gmail.com', set: { connections: 0, connections: 3 } }
  - { domain: c.example, set: { messages_per_hour: { limit: 5, per: [site, nowhere] }, connections: { limit: 5, burst: 2 } } }
  - { domain: d.example, set: { messages_per_day: { limit: 5, raise: true } }, sets: 1 }
  - { domain: e.example, set: {} }
acounts:
accounts:
  ann: { overrides: { expiry: 4 } }
providers:
  big: [a]
`)
  assert.deepEqual(told, [
    'line 3: rules[0].set.conections: there is no such key; did you mean connections?',
    'line 4: rules[1]: expected one of domain, mx and provider, found "domain and mx".',
    'line 4: rules[1].set.tls: expected one of none, may, encrypt, verify, found "maybe".',
    'line 5: rules[2].set.connections: expected it once, found it a second time.',
    'line 5: rules[2].domain: expected a name such as example.com, *.example.com, example.* or *, found "*gmail.com".',
    'line 6: rules[3].set.messages_per_hour.per: expected a list of site, domain, provider, account, source, pool; of source and pool one at most, found ["site","nowhere"].',
    'line 6: rules[3].set.connections.burst: expected none: it is no rate, found 2.',
    'line 7: rules[4].sets: there is no such key; did you mean set?',
    'line 7: rules[4].set.messages_per_day.raise: expected it in rules of accounts only, found true.',
    'line 8: rules[5].set: expected at least one setting, found {}.',
    'line 9: acounts: there is no such key; did you mean accounts?',
    `line 11: accounts.ann: expected an account's number, from 1000 up, found "ann".`,
    'line 11: accounts.ann.overrides.expiry: expected a time with its unit such as 30s, 5m or 4h, from 1m to 30d, found 4.',
    'line 13: providers.big: expected a map with mx, found ["a"].',
    'line 13: providers.big: expected mx: a list of MX masks, found ["a"].',
  ])
})

test('no text takes it down, fills the memory or is half taken', () => {
  assert.match(bad('')[0] ?? '', /format: expected 1, found nothing/)
  assert.match(bad('[1, 2]')[0] ?? '', /expected a map with format and rules/)
  assert.match(bad('format: 2').join(), /format: expected 1, found 2/)
  assert.match(bad('a: [')[0] ?? '', /line 1: expected YAML/)
  assert.match(bad('['.repeat(100_000))[0] ?? '', /line 1: /)
  assert.match(bad(`format: 1\nrules: &a [*a, *a]`)[0] ?? '', /line 2/)
  assert.match(bad(`format: 1\nrules: [{ <<: { domain: a.example }, set: { tls: may } }]`)[0] ?? '', /there is no such key/)
  assert.match(bad(' '.repeat(RULES_BOUNDS.octets + 1))[0] ?? '', /at most 16777216 octets/)
  assert.match(bad('format: 1\nproviders: { __proto__: { mx: [a.example] } }')[0] ?? '', /a name of letters/)
  const many = `format: 1\nrules:\n${'  - { domain: 5, set: { x: 1 } }\n'.repeat(1000)}`
  assert.equal(bad(many).length, 50)
  const smart = 'format: 1\nversion: 0\naccounts: {}'
  assert.match(
    bad(smart, 'smart').join('\n'),
    /line 2: version: .*\n.*accounts: there is no such key|accounts: there is no such key.*\n.*version/,
  )
})

test('as many rules as there may be are read, and one more is too many; as JSON they are read quickly, with lines all the same', () => {
  const rule = (i: number) => ({ domain: `d${i}.example`, set: { connections: 5 } })
  const rules = Array.from({ length: RULES_BOUNDS.rules }, (_, i) => rule(i))
  assert.equal(good(JSON.stringify({ format: 1, rules })).rules.length, RULES_BOUNDS.rules)
  const reading = readRulesValue({ format: 1, rules: [...rules, rule(-1)] }, 'owner')
  assert.ok(!reading.ok)
  assert.match(reading.problems.map(describeRulesProblem).join(), /^rules\[100000\]: expected at most 100000 rules/)
  assert.match(bad('{"format": 1,\n"rules": [\n{"domain": "a.example", "set": {"tls": 1}}]}')[0] ?? '', /^line 3: rules\[0\]\.set\.tls: /)
})

test('what changed is told by name', () => {
  const before = good(WHOLE)
  const after = good(
    WHOLE.replace('connections: 20', 'connections: 21')
      .replace('yahoo: all', 'yahoo')
      .replace('overrides: { messages_per_hour: 50 }', 'overrides: {}'),
  )
  assert.deepEqual(rulesDifference(before, after), {
    added: ['rule yahoo'],
    removed: ['rule yahoo: all', 'account 1007 override override'],
    changed: ['rule gmail'],
    reordered: false,
  })
  assert.equal(rulesDifference(before, { ...before, rules: before.rules.toReversed() }).reordered, true)
})

test('the later edition of the Smart rules counts, unless the owner went back by hand', () => {
  const [two, three]: [RulesDocument, RulesDocument] = [
    { ...NO_RULES, edition: 2 },
    { ...NO_RULES, edition: 3 },
  ]
  const from = (shipped: RulesDocument, document: RulesDocument | null, pinned = false): string =>
    smartInForce(shipped, { version: 1, document, pinned }).from
  assert.deepEqual([from(two, null), from(two, three), from(three, two), from(three, two, true)], ['program', 'home', 'program', 'home'])
})

test('pools that messages and mailings of an account may have, and exits, are read, written and told apart', () => {
  const text = (account: string, proxy: string): string =>
    `format: 1\nsources:\n  ha: { proxy: 'haproxy://10.0.0.5:2500'${proxy} }\npools:\n  bulk: { sources: { ha: 1 } }\naccounts:\n  '1007': ${account}\n`
  const document = good(text("{ pools: [bulk], mailings: { 'spring-*': bulk, '*': bulk, fall: bulk } }", ', address: 203.0.113.9'))
  assert.deepEqual(document.accounts['1007'], {
    rules: [],
    overrides: [],
    pools: ['bulk'],
    mailings: { 'spring-*': 'bulk', '*': 'bulk', fall: 'bulk' },
  })
  assert.deepEqual(good(writeRulesDocument(document)), document)
  const without = good(text('{}', ', address: 203.0.113.9'))
  assert.deepEqual(rulesDifference(without, document).added, ['account 1007 pools', 'account 1007 mailings'])
  const problems = bad(text("{ pools: [bulk, 'a b'], mailings: { 'a*b': bulk, c: [] } }", ''))
  assert.deepEqual(
    problems.map((problem) => problem.split(': ')[1]),
    ['sources.ha', 'accounts.1007.pools[1]', 'accounts.1007.mailings.a*b', 'accounts.1007.mailings.c'],
  )
  assert.match(problems[0] ?? '', /the address that HAProxy is to send from/)
  for (const port of [0, 65_536, 99_999]) {
    const [problem = ''] = bad(`format: 1\nsources: { out: { proxy: 'socks5://192.0.2.9:${port}' } }\n`)
    assert.match(problem, /socks5:\/\/host:port/)
  }
})
