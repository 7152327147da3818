// Brakes in a whole engine, with nobody behind it who would know: the account is stopped in this process at once, and others are not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain } from '../../base/brand.ts'
import type { BrakeFinding } from '../../contract/brakes.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import { withState } from '../../policy/accounts/standing.ts'
import { ACCOUNT, CLIENT, EngineHome, routeTo, settingsWith } from '../../../testkit/engine-home.ts'
import { until } from '../../../testkit/patience.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'

const never = new AbortController().signal
const DAY = 86_400_000

test('an account with too many unknown users is stopped in the worker itself; who looks at it lets it go on', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: (line) => (line.includes('<no') ? '550 5.1.1 no such user' : undefined) } })
  const config = { 'delivery.connections_per_site': 1, 'delivery.recipients_per_message': 10 }
  const account = { ...ACCOUNT, id: 1000 as AccountId, bounceMail: false }
  const accounts = new Map([...settingsWith().accounts, [account.id, account]])
  await using home = await EngineHome.start({ config, settings: { routes: [routeTo(peer.port)], accounts } })
  const to = (from: number): string[] => Array.from({ length: 10 }, (_unused, i) => `${i < 3 ? 'no' : 'yes'}${from + i}@e.example`)
  for (let at = 0; at < 300; at += 10) await home.submit({ to: to(at) })
  let after = 0
  let hold: BrakeFinding | undefined
  while (hold === undefined) {
    const { upTo, findings } = await home.engine.brakes.pull(after, never)
    after = upTo
    hold = findings.find(({ verdict }) => verdict === 'hold')
  }
  assert.deepEqual([hold.account, hold.name], [1000, 'unknown-users'])
  assert.match(hold.words, /^\d+ of 1\d\d \(\d+(?:\.\d)? %\) were recipients that do not exist within 10m/)
  const isStopped = ({ kind }: NumberedEvent): boolean => kind === 'deferred'
  const put = await home.waitFor('deferred', 150)
  assert.match(put[0]?.reason ?? '', /stopped by the brake unknown-users: /)
  await until(async () => {
    const events = await home.events()
    const stopped = new Set(events.filter(isStopped).map((event) => ('recipient' in event ? event.recipient : '')))
    const ended = events.filter(({ kind }) => kind === 'delivered' || kind === 'failed').length
    assert.ok(ended >= 100 && ended < 130, `${ended} of 300 had an outcome`)
    return stopped.size + ended === 300
  })
  // What was decided since counts.
  const free = withState(account, { state: 'active', reason: 'looked at', by: 'ann', until: null }, hold.at + 1)
  home.change({ accounts: new Map([...accounts, [account.id, free]]) })
  await home.engine.queue.act('retry', { recipient: 'yes*' }, { by: 'ann' })
  await home.waitFor('delivered', 210)
})

test('many domains in From, and blocks that name the domain of the sender, are found', async () => {
  await using peer = await SmtpPeer.start({ on: { mail: () => '550 5.7.1 sender domain sender.example is on our blocklist' } })
  const brakes = [
    { name: 'from-domains', account: null, terms: { window: DAY, least: 5, warn: null, hold: 6 }, by: 'ann', at: 1 },
    { name: 'named-in-block', account: null, terms: { window: DAY, least: 1, warn: 1, hold: null }, by: 'ann', at: 1 },
  ] as const
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], brakes } })
  await home.submit()
  const { upTo, findings } = await home.engine.brakes.pull(0, never)
  assert.deepEqual(
    findings.map(({ name, verdict }) => `${name} ${verdict}`),
    ['named-in-block warn'],
  )
  for (let i = 0; i < 7; i++) await home.submit({ sender: '', text: `From: a@d${i}.example\r\n\r\nx\r\n`, client: CLIENT })
  const [hold] = (await home.engine.brakes.pull(upTo, never)).findings
  assert.equal(`${hold?.name} ${hold?.verdict}`, 'from-domains hold')
  assert.match(hold?.words ?? '', /^6 domains in From that are not verified for it within 1d/)
})

test('a receiver that puts one recipient off again and again has blocked him once', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: () => '451 4.7.1 blocked: sender.example listed at blacklist' } })
  const terms = { window: DAY, least: 1, warn: 1, hold: 2 }
  const brakes = [{ name: 'named-in-block', account: null, terms, by: 'ann', at: 1 }] as const
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], brakes } })
  await home.submit()
  for (let tries = 1; tries < 4; tries++) {
    await home.waitFor('deferred', tries)
    await home.engine.queue.act('retry', { domain: 'example.com' as Domain }, { by: 'ann' })
  }
  const { upTo, findings } = await home.engine.brakes.pull(0, never)
  assert.deepEqual(
    findings.map(({ name, verdict }) => `${name} ${verdict}`),
    ['named-in-block warn'],
  )
  await home.submit({ to: ['bob@example.com'] })
  const [hold] = (await home.engine.brakes.pull(upTo, never)).findings
  assert.equal(hold?.verdict, 'hold', 'another recipient is another refusal')
})

test('one receiver that names the domain in all that he refuses holds no account: it takes several', async () => {
  const listed = { on: { rcpt: () => '550 5.7.1 blocked: sender.example is on our blacklist' } } as const
  const peers = [await SmtpPeer.start(listed), await SmtpPeer.start(listed)] as const
  await using _first = peers[0]
  await using _second = peers[1]
  const routes = peers.map(({ port }, i) => routeTo(port, { pattern: `r${i}.example` }))
  const terms = { window: DAY, least: 1, warn: null, hold: 10 }
  const brakes = [{ name: 'named-in-block', account: null, terms, by: 'ann', at: 1 }] as const
  await using home = await EngineHome.start({ settings: { routes, brakes } })
  const refused = (at: number): Promise<string> => home.submit({ to: Array.from({ length: 12 }, (_, i) => `u${i}@r${at}.example`) })
  await refused(0)
  await home.waitFor('deferred', 12)
  await refused(1)
  const { findings } = await home.engine.brakes.pull(0, never)
  assert.deepEqual(
    findings.map(({ verdict, words }) => [verdict, /^\d+/.exec(words)?.[0]]),
    [['hold', '10']],
  )
})
