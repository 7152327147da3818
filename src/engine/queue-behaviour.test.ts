// How the queue behaves over time: small memory, races between reading and settling, expiry in every state, fairness, stewards,
// crashes. The real store and real sockets; only the moment at which a read resolves is held in hand.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AccountId, Domain } from '../base/brand.ts'
import { placeOf } from '../base/message-id.ts'
import { OPTIONS } from '../contract/options.ts'
import { CLIENT, EngineHome, routeTo } from '../../testkit/engine-home.ts'
import { FakeClock } from '../../testkit/fake-clock.ts'
import { PATIENCE_MS, until } from '../../testkit/patience.ts'
import { SmtpPeer } from '../../testkit/smtp-peer.ts'
import { sample, spoolIn, temporaryFolder } from '../../testkit/spool-samples.ts'

test('with little memory everything goes out once, one domain or many', async () => {
  await using peer = await SmtpPeer.start()
  await using home = await EngineHome.start({ config: { 'spool.memory': 60_000 }, settings: { routes: [routeTo(9)] } })
  for (let i = 0; i < 400; i++) await home.submit({ to: [`one${i}@same.example`, `many${i}@d${i % 50}.example`] })
  home.change({ routes: [routeTo(peer.port)] })
  await home.waitFor('delivered', 800)
  const recipients = peer.messages.flatMap((message) => message.recipients)
  assert.equal(recipients.length, 800)
  assert.equal(new Set(recipients).size, 800)
  await home.untilQueued(0)
})

test('a full site reads what it has room for, not the whole queue again and again', async () => {
  await using peer = await SmtpPeer.start({ on: { final: () => ({ text: '250 2.0.0 ok', delay: 2 }) } })
  const [domains, each] = [200, 10]
  let read = 0
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(9)] },
    // Room for 61 recipients at a site.
    config: { 'spool.memory': 1_000_000, 'delivery.recipients_per_message': 5 },
    wrapSpool: (spool) =>
      new Proxy(spool, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name, target)
          if (name !== 'due' || typeof value !== 'function') return typeof value === 'function' ? value.bind(target) : value
          return async (...args: Parameters<typeof spool.due>) => {
            const found = await target.due(...args)
            for (const { recipients } of found) read += recipients.length
            return found
          }
        },
      }),
  })
  const to = Array.from({ length: domains * each }, (_, n) => `r${n}@d${n % domains}.example`)
  await home.submit({ to })
  await home.waitFor('deferred')
  read = 0
  home.change({ routes: [routeTo(peer.port)] })
  await home.waitFor('delivered', to.length)
  assert.equal(new Set(peer.messages.flatMap(({ recipients }) => recipients)).size, to.length)
  assert.ok(read >= to.length / 2, `the test saw ${read} recipients read`)
  assert.ok(read <= to.length * 2, `${read} recipients read to deliver ${to.length}`)
})

test('what was settled while it was being read is not sent again', async () => {
  await using peer = await SmtpPeer.start({ on: { final: () => ({ text: '250 2.0.0 ok', delay: 30 }) } })
  let late = 0
  const slowly = { delay: 120 }
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(peer.port)] },
    config: { 'spool.memory': 20_000, 'delivery.connections_per_site': 3 },
    // Reads of what is due are taken at once and told late: outcomes are committed in between.
    wrapSpool: (spool) =>
      new Proxy(spool, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name, target)
          if (name !== 'due' || typeof value !== 'function') return typeof value === 'function' ? value.bind(target) : value
          return async (...args: Parameters<typeof spool.due>) => {
            const found = await target.due(...args)
            if (found.length > 0) late++
            await sleep(slowly.delay)
            return found
          }
        },
      }),
  })
  for (let i = 0; i < 60; i++) await home.submit({ to: [`r${i}@same.example`] })
  await home.waitFor('delivered', 60)
  await sleep(300)
  assert.ok(late > 0, 'the test saw no read')
  assert.equal(peer.messages.length, 60)
  assert.equal((await home.events()).filter(({ kind }) => kind === 'delivered').length, 60)
})

test('expiry holds in every state: waiting for its time, for its site, and held', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: () => '450 4.2.0 later' } })
  const clock = new FakeClock()
  await using home = await EngineHome.start({
    clock,
    settings: { routes: [routeTo(peer.port), routeTo(9, { pattern: 'down.example' })] },
    config: { 'delivery.expiry': 30_000, 'delivery.retry_first': 60_000, 'delivery.retry_longest': 60_000 },
    sweepEvery: 100,
  })
  await home.submit({ to: ['waits@later.example'], notify: {} })
  await home.submit({ to: ['first@down.example'], notify: {} })
  await home.waitFor('deferred', 2)
  await home.submit({ to: ['second@down.example'], notify: {} })
  await home.submit({ to: ['held@later.example'], notify: {} })
  const held = await home.engine.queue.act('hold', { domain: 'later.example' as Domain }, { by: 'test' })
  assert.ok(held.recipients >= 1)
  await until(async () => {
    clock.pass(5000)
    return home.engine.status().queued === 0
  })
  const expired = await home.waitFor('expired', 4)
  assert.deepEqual(expired.map(({ recipient }) => recipient).sort(), [
    'first@down.example',
    'held@later.example',
    'second@down.example',
    'waits@later.example',
  ])
  for (const { failureCode } of expired) assert.equal(failureCode, 4004)
  assert.match(expired.find(({ recipient }) => recipient === 'second@down.example')?.reason ?? '', /No session/)
  await home.untilQueued(0)
})

test('a smart host that answers 535 for an hour fails none of 1,000 queued messages', async () => {
  const [messages, login] = [1000, { user: 'relay', password: 'secret' }]
  let refuses = true
  await using peer = await SmtpPeer.start({
    auth: login,
    on: { auth: () => (refuses ? '535 5.7.8 Authentication credentials invalid' : undefined) },
  })
  const clock = new FakeClock(Date.now())
  const shipped = {
    'delivery.retry_first': OPTIONS['delivery.retry_first'].default,
    'delivery.retry_longest': OPTIONS['delivery.retry_longest'].default,
  }
  await using home = await EngineHome.start({
    clock,
    config: shipped,
    settings: { routes: [routeTo(peer.port, { tls: 'none', ...login })] },
  })
  // What is committed while the backlog of a start is read may be counted twice until it has left: the start is over first.
  for (let i = 0; i < 10; i++) await home.queued()
  for (let i = 0; i < messages; i++) assert.match(await home.submit({ to: [`r${i}@d${i % 20}.example`] }), /^250/)
  await peer.until(() => peer.open === 0)
  const first = peer.connections
  // The hour goes by in minutes; in between real sockets get their time.
  const minute = async (): Promise<void> => {
    clock.pass(60_000)
    await sleep(20)
  }
  for (let n = 0; n < 60; n++) {
    await minute()
    // A probe is over within its minute, however busy the machine is.
    await peer.until(() => peer.open === 0 && home.engine.status().outboundOpen === 0)
  }
  assert.match(home.engine.alerts()[0]?.what ?? '', /^The route smtp:\/\/127\.0\.0\.1:\d+ backs off: .* refuses us .*535/)
  assert.equal(home.engine.status().queued, messages)
  const kinds = (await home.events()).map(({ kind }) => kind).filter((kind) => kind !== 'accepted')
  assert.deepEqual(
    [...new Set(kinds)].filter((kind) => kind !== 'deferred'),
    [],
  )
  assert.ok(first >= 1 && first <= 20, `${first} connections at first`)
  const probes = peer.connections - first
  assert.ok(probes >= 3 && probes <= 8, `${probes} probes in an hour: after 1, 2, 4 … minutes, one connection each`)
  assert.ok(kinds.length <= 20, `${kinds.length} deferrals: the messages are tried, not the route`)
  refuses = false
  for (let n = 0; n < 1000 && peer.messages.length < messages; n++) await minute()
  await home.waitFor('delivered', messages)
  await home.untilQueued(0)
  assert.equal(new Set(peer.messages.flatMap(({ recipients }) => recipients)).size, messages)
  assert.deepEqual([peer.messages.length, home.engine.alerts()], [messages, []])
})

test('a single message is not buried under a mailing', async () => {
  await using peer = await SmtpPeer.start({ on: { final: () => ({ text: '250 2.0.0 ok', delay: 3 }) } })
  const user = { user: 'u', account: 1001 as AccountId, salt: '', iterations: 1, storedKey: '', serverKey: '', networks: [] }
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(peer.port)], credentials: new Map([['u', user]]) },
    config: { 'delivery.connections_per_site': 1, 'spool.memory': 200_000 },
  })
  for (let i = 0; i < 600; i++) await home.submit({ to: [`mailing${i}@big.example`] })
  const before = peer.messages.length
  await home.submit({ to: ['single@big.example'], sender: 'a@other.example', client: { ...CLIENT, user: 'u' } })
  await peer.until(() => peer.messages.some(({ recipients }) => recipients[0] === 'single@big.example'))
  const place = peer.messages.findIndex(({ recipients }) => recipients[0] === 'single@big.example')
  assert.ok(place - before < 60, `it was number ${place}, ${before} were out before it`)
  await home.waitFor('delivered', 601)
})

test('a steward holds, releases, deletes, retries and bounces', async () => {
  let isDown = true
  await using peer = await SmtpPeer.start({ on: { rcpt: () => (isDown ? '450 4.2.0 later' : undefined) } })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] }, config: { 'delivery.retry_first': 60_000 } })
  for (const name of ['retried', 'held', 'deleted', 'bounced']) await home.submit({ to: [`x@${name}.example`], notify: {} })
  await home.waitFor('deferred', 4)
  isDown = false
  const on = (name: string) => ({ domain: `${name}.example` as Domain })
  const { queue } = home.engine
  assert.deepEqual(await queue.act('hold', on('held'), { by: 'ann' }), { recipients: 1 })
  assert.deepEqual(await queue.act('delete', on('deleted'), { by: 'ann' }), { recipients: 1 })
  assert.deepEqual(await queue.act('bounce', on('bounced'), { by: 'ann' }), { recipients: 1 })
  assert.deepEqual(await queue.act('retry', on('retried'), { by: 'ann' }), { recipients: 1 })
  const [delivered] = await home.waitFor('delivered')
  assert.equal(delivered?.recipient, 'x@retried.example')
  assert.match((await home.waitFor('failed'))[0]?.reason ?? '', /Given up by ann/)
  assert.equal((await home.waitFor('deleted'))[0]?.by, 'ann')
  const [entry] = await home.queued()
  assert.equal(entry?.recipients[0]?.state, 'held')
  assert.deepEqual(await queue.count({ state: 'held' }), { messages: 1, recipients: 1 })
  const shown = await queue.show(entry!.id)
  assert.match(shown.header ?? '', /^Received: [\s\S]*Subject: hello\r\n\r\n$/)
  assert.deepEqual(await queue.act('release', on('held'), { by: 'ann' }), { recipients: 1 })
  await home.waitFor('delivered', 2)
  assert.deepEqual(await home.queued(), [])
})

test('what was in hand at three crashes is held, and the rest goes on', async () => {
  using folder = temporaryFolder()
  let isDown = false
  await using peer = await SmtpPeer.start({ on: { rcpt: () => (isDown ? '450 4.2.0 later' : undefined) } })
  let ids: string[] = []
  {
    await using spool = await spoolIn(folder.path)
    const expires = Date.now() + 3_600_000
    for (let i = 0; i < 3; i++) await spool.append(sample(spool.reserve(), { recipients: [`r${i}@e.example`], expires }))
    ids = (await spool.list({}, null, 10)).map(({ head }) => head.id)
  }
  const poison = ids[0] ?? ''
  await crash(folder.path, [poison, ids[1] ?? ''])
  await crash(folder.path, [poison])
  await crash(folder.path, [poison])
  {
    await using home = await EngineHome.start({ folder: folder.path, settings: { routes: [routeTo(peer.port)] } })
    await home.waitFor('delivered', 2)
    const held = (await home.waitFor('held'))[0]
    assert.equal(held?.message, poison)
    assert.match(home.engine.alerts()[0]?.what ?? '', /3 crashes/)
    isDown = true
    await home.engine.queue.act('release', {}, { by: 'ann' })
    await home.waitFor('deferred')
  }
  // Who releases it has decided: it is not held again for the same crashes.
  isDown = false
  await using home = await EngineHome.start({ folder: folder.path, settings: { routes: [routeTo(peer.port)] } })
  await home.waitFor('delivered', 3)
  assert.equal((await home.events()).filter(({ kind }) => kind === 'held').length, 1)
})

test('after one crash what was in hand does not wait for each other; after two it goes one at a time', async () => {
  for (const crashes of [1, 2]) {
    using folder = temporaryFolder()
    // After one crash the other does not wait for it; after two it does.
    const other = Promise.withResolvers<void>()
    const slowly = crashes === 1 ? { when: other.promise } : { delay: 500 }
    await using slow = await SmtpPeer.start({ on: { final: () => ({ text: '250 2.0.0 ok', ...slowly }) } })
    await using quick = await SmtpPeer.start()
    const ids: string[] = []
    {
      await using spool = await spoolIn(folder.path)
      for (const recipient of ['a@slow.example', 'b@quick.example']) {
        const id = spool.reserve()
        await spool.append(sample(id, { recipients: [recipient], expires: Date.now() + 3_600_000 }))
        ids.push(id)
      }
    }
    for (let n = 0; n < crashes; n++) await crash(folder.path, ids)
    const routes = [routeTo(slow.port, { pattern: 'slow.example' }), routeTo(quick.port, { pattern: 'quick.example' })]
    await using home = await EngineHome.start({ folder: folder.path, settings: { routes } })
    await home.waitFor('delivered')
    other.resolve()
    const delivered = await home.waitFor('delivered', 2)
    const order = delivered.map(({ recipient }) => recipient)
    assert.deepEqual(order, crashes === 1 ? ['b@quick.example', 'a@slow.example'] : ['a@slow.example', 'b@quick.example'])
  }
})

test('what a peer had taken when a worker was killed is settled, not sent again, also after a second kill', async () => {
  using folder = temporaryFolder()
  await using peer = await SmtpPeer.start()
  let id = ''
  {
    await using spool = await spoolIn(folder.path)
    const recipients = ['taken@e.example', 'waits@e.example']
    await spool.append(sample(spool.reserve(), { recipients, expires: Date.now() + 3_600_000 }))
    id = (await spool.list({}, null, 1))[0]?.head.id ?? ''
  }
  await crash(folder.path, [id], [{ id, n: 0 }])
  await crash(folder.path, [])
  await using home = await EngineHome.start({ folder: folder.path, settings: { routes: [routeTo(peer.port)] } })
  const delivered = await home.waitFor('delivered', 2)
  assert.match(delivered.find(({ recipient }) => recipient === 'taken@e.example')?.reply.text ?? '', /Taken just before a crash/)
  assert.deepEqual(
    peer.messages.map(({ recipients }) => recipients),
    [['waits@e.example']],
  )
})

/** A worker that dies with messages in hand: its note stays, its spool was not closed in order. */
async function crash(
  folder: string,
  inHand: readonly string[],
  answered: readonly { readonly id: string; readonly n: number }[] = [],
): Promise<void> {
  const notes = answered.map(({ id, n }) => `spool.noteAnswered(0, ${placeOf(id as never).sequence}, [${n}])`)
  const script = `
    import { spoolIn } from ${JSON.stringify(new URL('../../testkit/spool-samples.ts', import.meta.url).href)}
    const spool = await spoolIn(${JSON.stringify(folder)})
    spool.noteInHand(0, ${JSON.stringify(inHand.map((id) => placeOf(id as never).sequence))})
    ${notes.join('\n')}
    process.kill(process.pid, 'SIGKILL')`
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], {
    stdio: 'inherit',
  })
  const [, signal] = await once(child, 'exit')
  assert.equal(signal, 'SIGKILL')
}

test('a stop waits for what is in flight and says so', async () => {
  const taken = Promise.withResolvers<void>()
  await using peer = await SmtpPeer.start({ on: { final: () => ({ text: '250 2.0.0 ok', when: taken.promise }) } })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] } })
  await home.submit()
  await peer.until(() => peer.transcript.some((line) => line.includes('DATA')))
  const stopped = home.engine.stop(PATIENCE_MS)
  assert.match(home.engine.stopping()[0] ?? '', /^1 delivery in flight to smtp:/)
  assert.match(await home.submit(), /^421 4\.3\.2/)
  taken.resolve()
  await stopped
  assert.deepEqual(home.engine.stopping(), [])
  assert.equal(peer.messages.length, 1)
  assert.equal((await home.waitFor('delivered')).length, 1)
})
