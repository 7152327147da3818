// What several workers know, as one answer: the same reason is one with its sum, the same site one row, and who does not answer is named.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain } from '../../../base/brand.ts'
import type { HeldBack, SiteNow } from '../../../contract/why.ts'
import { openEvents } from '../../../store/sqlite/events/events.ts'
import { temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { whyOperations } from './why.ts'

function asked(answers: readonly unknown[], missing: readonly number[] = []) {
  const folder = temporaryFolder()
  const events = openEvents(folder.path)
  const workers = { all: async () => answers as never, some: async () => ({ answers: answers as never, missing }) }
  const close = (): void => {
    events[Symbol.dispose]()
    folder[Symbol.dispose]()
  }
  return { ...whyOperations({ workers, events, looks: null }), [Symbol.dispose]: close }
}

const E = 'e.example' as Domain

test('reasons of all workers are summed, and a worker that does not answer is named', async () => {
  const part = (waiting: number, holds: readonly HeldBack[]) => ({
    messages: [],
    domain: { domain: E, site: 'mx.e.example', waiting, held: 0, holds },
    isCut: false,
  })
  const rate = { kind: 'rate', reason: 'Limit reached: x.', atLeast: false } as const
  const sending = { kind: 'sending', reason: 'In flight.', until: null, recipients: 5, atLeast: false } as const
  using at = asked([part(3, [{ ...rate, until: 2000, recipients: 3 }]), part(9, [sending, { ...rate, until: 1000, recipients: 4 }])], [2])
  const { domain, missing } = await at['queue.why']({ domain: 'E.example' })
  assert.deepEqual(missing, [2])
  assert.deepEqual([domain?.waiting, domain?.held, domain?.site], [12, 0, 'mx.e.example'])
  assert.deepEqual(domain?.holds, [{ ...rate, until: 1000, recipients: 7 }, sending])
  for (const params of [
    {},
    { domain: 'a.example', recipient: 'a@a.example' },
    { recipient: 'nobody' },
    { message: 'short' },
    { site: 'x' },
  ])
    await assert.rejects(at['queue.why'](params as never), { code: 'invalid-parameter' }, JSON.stringify(params))
})

test('a site of several workers is one row, and the order is over all of them', async () => {
  const row = (site: string, change: Partial<SiteNow>): SiteNow => ({
    site,
    queued: 0,
    ready: 0,
    messages: 0,
    delivered: 0,
    allowed: null,
    connections: 0,
    mostConnections: 10,
    domain: null,
    provider: null,
    sending: 0,
    dueSince: null,
    deferred: 0,
    holds: [],
    lastReply: null,
    lastReplyAt: null,
    ...change,
  })
  const hold = { kind: 'rate', reason: 'Waits.', atLeast: false } as const
  const later = { kind: 'retry', reason: 'Put off.', until: 9, recipients: 1, atLeast: false } as const
  const total = { sites: 2, queued: 8, unknown: 1 }
  const first = [
    row('a', { queued: 7, deferred: 1, holds: [{ ...hold, until: 5, recipients: 7 }], lastReply: '450 old', lastReplyAt: 1 }),
    row('b', { deferred: 2 }),
  ]
  const held = [later, { ...hold, until: 3, recipients: 1 }]
  const second = [
    row('a', { queued: 2, deferred: 2, connections: 3, holds: held, lastReply: '250 new', lastReplyAt: 2 }),
    row('c', { queued: 5 }),
  ]
  using at = asked([
    { sites: first, total },
    { sites: second, total },
  ])
  const top = await at['sites.top']({ by: 'deferrals', limit: 2 })
  assert.deepEqual(
    top.sites.map(({ site, deferred }) => [site, deferred]),
    [
      ['a', 3],
      ['b', 2],
    ],
  )
  const [a] = top.sites
  assert.deepEqual([a?.queued, a?.connections, a?.mostConnections, a?.lastReply], [9, 3, 20, '250 new'])
  assert.deepEqual(a?.holds, [{ ...hold, until: 3, recipients: 8 }, later])
  assert.deepEqual(top.total, { sites: 3, queued: 16, unknown: 2 })
  await assert.rejects(at['sites.top']({ by: 'size' } as never), { code: 'invalid-parameter' })
})

test('sites of a provider are one row over all workers, and replies that say the same are counted together', async () => {
  const hold = { kind: 'rate', reason: 'Waits.', until: null, recipients: 2, atLeast: false } as const
  const figures = { queued: 2, messages: 1, delivered: 1, allowed: 60, connections: 1, mostConnections: 2.5, deferred: 1, holds: [hold] }
  const row = { provider: 'big', sites: 3, sending: 1, dueSince: 50, ...figures }
  {
    using at = asked([[row, { ...row, provider: null, queued: 9, dueSince: null }], [{ ...row, sites: 2, dueSince: 20 }]])
    const rows = await at['sites.providers']({})
    assert.deepEqual(
      rows.map(({ provider, queued, sites, sending, dueSince, mostConnections, holds }) => [
        provider,
        queued,
        sites,
        sending,
        dueSince,
        mostConnections,
        holds[0]?.recipients,
      ]),
      [
        [null, 9, 3, 1, null, 3, 2],
        ['big', 4, 3, 2, 20, 5, 4],
      ],
    )
  }
  const reply = { site: 'a', provider: 'big', kind: 'deferred', form: '450 too many', reply: '450 too many at 1', count: 3, at: 1 } as const
  using at = asked([[reply, { ...reply, form: '451 other', count: 9 }], [{ ...reply, count: 8, at: 2, reply: '450 too many at 2' }]])
  assert.deepEqual(
    (await at['sites.replies']({ site: 'a' })).map((one) => [one.form, one.count, one.reply]),
    [
      ['450 too many', 11, '450 too many at 2'],
      ['451 other', 9, '450 too many at 1'],
    ],
  )
})
