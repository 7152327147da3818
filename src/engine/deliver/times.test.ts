import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineHome, type HomeOptions, routeTo, settingsWith } from '../../../testkit/engine-home.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { PATIENCE_MS } from '../../../testkit/patience.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'
import { NO_RULES, type Rule } from '../../contract/rules.ts'
import type { Account } from '../../contract/settings.ts'

const HOUR = 3_600_000
/** Friday evening, 20:00 in Vienna. */
const FRIDAY = Date.UTC(2027, 1, 26, 19)

const text = (field: string): string => `From: bob@sender.example\r\n${field}Subject: x\r\n\r\nhello\r\n`

interface Scene extends AsyncDisposable {
  readonly home: EngineHome
  readonly peer: SmtpPeer
  readonly clock: FakeClock
  /** What the peer says to MAIL; undefined: it takes it. */
  says: { mail?: string | undefined }
  /** Lets hours go by in steps of a minute, with a moment for sockets and commits in between. */
  pass(hours: number): Promise<void>
}

async function scene(options: HomeOptions = {}): Promise<Scene> {
  await using opened = new AsyncDisposableStack()
  const clock = new FakeClock(FRIDAY)
  const says: Scene['says'] = {}
  const peer = opened.use(await SmtpPeer.start({ on: { mail: () => says.mail } }))
  const settings = { routes: [routeTo(peer.port)], ...options.settings }
  const home = opened.use(await EngineHome.start({ ...options, clock, settings }))
  const all = opened.move()
  const pass = async (hours: number): Promise<void> => {
    const steps = Math.max(1, Math.ceil(hours * 4))
    for (let i = 0; i < steps; i++) {
      clock.pass((hours * HOUR) / steps)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return { home, peer, clock, says, pass, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

function accountWith(change: Partial<Account>): Pick<NonNullable<HomeOptions['settings']>, 'accounts'> {
  const { accounts } = settingsWith()
  return { accounts: new Map([...accounts].map(([id, account]) => [id, { ...account, ...change }])) }
}

/** Runs timers until something is so. */
async function until(clock: FakeClock, condition: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !condition();) {
    assert.ok(performance.now() < end, 'it did not come about')
    clock.pass(100)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('a message leaves when it says, not before, without what it said, and expires as from then', async () => {
  await using all = await scene({ config: { 'delivery.expiry': 2 * HOUR } })
  const { home, peer, clock, pass } = all
  assert.match(await home.submit({ text: text('X-xsSendAt: 2027-02-27 08:00 Europe/Vienna\r\nX-xsPriority: bulk\r\n') }), /^250/)
  const [entry] = await home.queued()
  assert.equal(entry?.recipients[0]?.due, FRIDAY + 12 * HOUR)
  assert.equal(entry?.expiresAt, FRIDAY + 14 * HOUR)
  await pass(11.9)
  assert.equal(peer.messages.length, 0)
  await pass(0.2)
  await until(clock, () => peer.messages.length === 1)
  assert.ok(!peer.messages[0]?.data.toString().includes('X-xs'))
  assert.equal(
    (await home.events()).some(({ kind }) => kind === 'expired'),
    false,
  )
})

test('mail of an account waits for its window, is told to, and leaves when it opens; high mail does not wait', async () => {
  await using all = await scene({ settings: accountWith({ window: '08:00-20:00 Europe/Vienna' }) })
  const { home, peer, clock, pass } = all
  await home.submit({ to: ['a@e.example'] })
  await home.submit({ to: ['b@e.example'], text: text('X-xsPriority: high\r\n') })
  await until(clock, () => peer.messages.length === 1)
  assert.deepEqual(peer.messages[0]?.recipients, ['b@e.example'])
  await pass(11.9)
  assert.equal(peer.messages.length, 1)
  await pass(0.2)
  await until(clock, () => peer.messages.length === 2)
})

test('what was accepted while the window was open and could not leave before it closed waits on disk, and says why', async () => {
  await using all = await scene()
  const { home, peer, clock, says, pass } = all
  says.mail = '451 4.3.0 Not now'
  await home.submit()
  await until(clock, () => peer.transcript.some((line) => line.includes('MAIL FROM')))
  await until(clock, () => home.engine.status().sending === 0)
  // Retries in some seconds find it closed.
  home.change(accountWith({ window: 'quiet 20:00-08:00 Europe/Vienna' }))
  says.mail = undefined
  const isTold = async (): Promise<boolean> => (await home.queued())[0]?.recipients[0]?.due === FRIDAY + 12 * HOUR
  for (let i = 0; i < 2000 && !(await isTold()); i++) await pass(0.001)
  const [entry] = await home.queued()
  assert.match(entry?.recipients[0]?.lastReply ?? '', /delivery window of account 1000: quiet 20:00-08:00 Europe\/Vienna/)
  // That was no attempt.
  assert.equal(entry?.recipients[0]?.attempts, 1)
  await pass(11.5)
  assert.equal(peer.messages.length, 0)
  await pass(1)
  await until(clock, () => peer.messages.length === 1)
})

test('mail for a destination waits for the window of its rule, which a rule for the account replaces, and goes at once when the rule is gone', async () => {
  const night = 'quiet 06:00-22:00 Europe/Vienna'
  const rule: Rule = { name: 'nights', by: 'domain', mask: 'one.example', set: { window: night } }
  const document = { ...NO_RULES, rules: [rule] }
  await using all = await scene({ settings: { rules: { version: 1, document } } })
  const { home, peer, clock } = all
  await home.submit({ to: ['a@one.example'] })
  await home.submit({ to: ['b@two.example'] })
  await home.submit({ to: ['c@one.example'], text: text('X-xsPriority: high\r\n') })
  await until(clock, () => peer.messages.length === 2)
  assert.deepEqual(peer.messages.map(({ recipients }) => recipients[0]).toSorted(), ['b@two.example', 'c@one.example'])
  const [deferred] = await home.waitFor('deferred')
  assert.deepEqual([deferred?.reason, deferred?.attempt], [`Waits for the delivery window of the rules: ${night}.`, 0])
  const waiting = async () => (await home.queued())[0]?.recipients[0]
  for (let i = 0; i < 3000 && (await waiting())?.lastReply === null; i++) await all.pass(0.0001)
  assert.equal((await waiting())?.due, FRIDAY + 2 * HOUR)
  const why = await home.engine.why.ask({ message: (await home.queued())[0]?.id ?? assert.fail() })
  assert.match(JSON.stringify(why), /"kind":"scheduled","reason":"Waits for the delivery window of the rules/)
  const own = { ...rule, set: { window: 'unset' } } as const
  home.change({ rules: { version: 2, document: { ...document, accounts: { '1000': { rules: [own], overrides: [] } } } } })
  await until(clock, () => peer.messages.length === 3)
  assert.ok(clock.now() < FRIDAY + HOUR)
})

test('every attempt keeps to the window that a message names, also that of high priority', async () => {
  await using all = await scene({ config: { 'delivery.retry_first': 2 * HOUR, 'delivery.retry_longest': 2 * HOUR } })
  const { home, peer, clock, says, pass } = all
  says.mail = '451 4.3.0 Not now'
  await home.submit({ text: text('X-xsWindow: 19:00-21:00 Europe/Vienna\r\nX-xsPriority: high\r\n') })
  await home.waitFor('deferred')
  const tries = (): number => peer.transcript.filter((line) => line.includes('MAIL FROM')).length
  says.mail = undefined
  // Tried again by its schedule at about ten in the evening, when its window is closed.
  const isHeld = async (): Promise<boolean> => /window of the message/.test((await home.queued())[0]?.recipients[0]?.lastReply ?? '')
  for (let i = 0; i < 400 && !(await isHeld()); i++) await pass(0.05)
  const [row] = (await home.queued())[0]?.recipients ?? []
  assert.deepEqual(
    [row?.lastReply, row?.due, row?.attempts],
    ['Waits for the delivery window of the message: 19:00-21:00 Europe/Vienna.', FRIDAY + 23 * HOUR, 1],
  )
  assert.equal(tries(), 1)
  while (clock.now() < FRIDAY + 23 * HOUR) await pass(1)
  await until(clock, () => peer.messages.length === 1)
})

test('a mailing over some hours: recipients of a message leave evenly, in their order', async () => {
  await using all = await scene({ config: { 'delivery.recipients_per_message': 1 } })
  const { home, peer, pass } = all
  const to = Array.from({ length: 40 }, (_unused, i) => `r${i}@e.example`)
  await home.submit({ to, text: text('X-xsSpread: 4h\r\n') })
  for (const [hour, least, most] of [
    [1, 8, 12],
    [2, 18, 22],
    [3, 28, 32],
  ] as const) {
    await pass(1)
    for (let i = 0; i < 2000 && peer.messages.length < least; i++) await pass(0.0001)
    assert.ok(peer.messages.length >= least && peer.messages.length <= most, `${peer.messages.length} after ${hour} h`)
  }
  await pass(1)
  for (let i = 0; i < 2000 && peer.messages.length < 40; i++) await pass(0.0001)
  assert.deepEqual(peer.messages.map(({ recipients }) => recipients[0]).toSorted(), to.toSorted())
})

test('a message that was submitted to be held leaves then, and none is held for longer than is offered (rfc:4865)', async () => {
  await using all = await scene({ config: { 'smtp.hold_longest': 24 * HOUR } })
  const { home, peer, clock, pass } = all
  assert.match(await home.submit({ hold: { for: 25 * HOUR } }), /^501 5\.5\.4/)
  assert.match(await home.submit({ hold: { until: FRIDAY + 3 * HOUR } }), /^250/)
  await pass(2.9)
  assert.equal(peer.messages.length, 0)
  await pass(0.2)
  await until(clock, () => peer.messages.length === 1)
})

test('what it asks for and cannot be understood is refused, also of a message that goes to a file', async () => {
  await using home = await EngineHome.start()
  assert.match(await home.submit({ text: text('X-xsSendAt: tomorrow\r\n') }), /^550 5\.6\.0 X-xsSendAt: "tomorrow" is no time/)
  assert.match(
    await home.submit({ text: text('X-xsSpread: 4\r\n') + 'x'.repeat(70).concat('\r\n').repeat(5000) }),
    /^550 5\.6\.0 X-xsSpread/,
  )
  assert.equal((await home.queued()).length, 0)
})
