import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ANONYMOUS_ACCOUNT } from '../../base/brand.ts'
import { type Effective, NO_RULES, type Rule } from '../../contract/rules.ts'
import type { SiteNow } from '../../contract/why.ts'
import { RuleBook } from '../../policy/rules/book.ts'
import { configWith } from '../../../testkit/engine-home.ts'
import { providerRows } from './provider-rows.ts'

const SITE: Omit<SiteNow, 'holds'> = {
  site: 'a',
  domain: null,
  provider: 'big',
  queued: 3,
  ready: 1,
  messages: 2,
  delivered: 2,
  allowed: null,
  connections: 1,
  mostConnections: 5,
  sending: 1,
  dueSince: 70,
  deferred: 0,
  lastReply: null,
  lastReplyAt: null,
}

function effectiveWith(set: Rule['set']): Effective {
  const owner = { ...NO_RULES, rules: [{ name: 'test', by: 'domain' as const, mask: '*', set }] }
  const book = new RuleBook({ smart: NO_RULES, owner, config: configWith() })
  return book.at({ site: 'a', hosts: ['a'], domain: 'a.example', account: ANONYMOUS_ACCOUNT }).effective
}

function allowedFor(...all: readonly Effective[]): number | null | undefined {
  const rows = providerRows()
  for (const effective of all) rows.add(SITE, effective)
  return rows.all()[0]?.allowed
}

test('sites are summed up by provider, and what waits longest is told', () => {
  const rows = providerRows()
  rows.add(SITE, null)
  rows.add({ ...SITE, site: 'b', dueSince: 50 }, null)
  rows.add({ ...SITE, site: 'c', provider: null, dueSince: null }, null)
  const hold = { kind: 'rate', reason: 'Waits.', until: null, recipients: 3, atLeast: false } as const
  rows.held('big', [hold])
  rows.held('big', [hold])
  assert.deepEqual(
    rows
      .all()
      .map(({ provider, sites, queued, sending, dueSince, holds }) => [provider, sites, queued, sending, dueSince, holds[0]?.recipients]),
    [
      ['big', 2, 6, 2, 50, 6],
      [null, 1, 3, 1, null, undefined],
    ],
  )
})

test('a limit by site counts for each of them, one by provider once, and a site without any lets as much go as comes', () => {
  const bySite = effectiveWith({ messages_per_minute: { limit: 10, per: ['site'] } })
  const byProvider = effectiveWith({ messages_per_hour: { limit: 600, per: ['provider'] } })
  const free = effectiveWith({ connections: { limit: 3 } })
  assert.equal(allowedFor(bySite, bySite), 20)
  assert.equal(allowedFor(byProvider, byProvider), 10)
  assert.equal(allowedFor(bySite, free), null)
  assert.equal(allowedFor(free), null)
})
