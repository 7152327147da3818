// Block rules over the real server: a receiver blocks, its mail waits, hms effects tells and ends it.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { OperationResult } from '../src/contract/operations.ts'
import { effectsFile } from '../src/lifecycle/home-files.ts'
import { readEffects } from '../src/store/sqlite/limits/effects.ts'
import { until } from '../testkit/patience.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { TreeClock } from '../testkit/tree-clock.ts'

const RULES = `
format: 1
rules:
  - name: blocks
    domain: a.test
    blocks:
      - { name: listed, match: '/your address is on our list/', pause: 1h, matches: [554 5.7.1 your address is on our list] }
`

test('a block is noticed, listed with its cause, made longer and ended by hand; nobody fails', async () => {
  let isBlocking = true
  await using peer = await SmtpPeer.start({ on: { rcpt: () => (isBlocking ? '554 5.7.1 Your address is on our list' : undefined) } })
  await using server = await startServer({})
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  const file = join(server.home, 'rules.yaml')
  writeFileSync(file, RULES)
  await server.hms('apply', '-f', file)
  const list = (): Promise<OperationResult<'effects.list'>> => server.hms('effects', 'ls')
  assert.deepEqual(await list(), [])
  const explained = (await server.run('rules', 'explain', 'a.test')).stdout
  assert.match(explained, /^BLOCK +EASES OFF +FROM$/m, explained)
  assert.match(explained, /^listed +pause for the site, \S+ +rule blocks \(.*\), line \d+$/m, explained)
  using client = await SmtpClient.open(server.smtpPort)
  const send = async (to: string): Promise<void> => {
    const answer = await client.send({ from: 'a@sender.test', to: [to], data: 'From: a@sender.test\r\n\r\nhello\r\n' })
    assert.equal(answer.code, 250, answer.text)
  }
  await send('x@a.test')
  await server.until(({ deferred }) => deferred === 1)
  const [effect] = await list()
  assert.deepEqual([effect?.rule, effect?.block, effect?.action, effect?.to], ['blocks', 'listed', 'pause', null])
  assert.equal(effect?.cause, '554 5.7.1 Your address is on our list')
  const shown = await server.run('effects', 'ls')
  assert.match(shown.stdout, /paused .*blocks: listed .*Your address is on our list/)
  const { alerts } = await server.until(({ alerts: told }) => told.length > 0)
  assert.ok(alerts.some(({ what }) => what.includes('the block "listed" of the rule blocks')))
  await server.hms('effects', 'extend', effect?.id ?? '', '3h')
  const [longer] = await list()
  assert.ok((longer?.until ?? 0) > (effect?.until ?? 0) + 3_600_000)
  await send('y@a.test')
  isBlocking = false
  await server.hms('effects', 'end', effect?.id ?? '')
  const [message] = await peer.waitForMessages(1)
  assert.deepEqual(message?.recipients, ['y@a.test'])
  assert.deepEqual(await list(), [])
  // What was refused waits for its next attempt, or for a word.
  await server.hms('queue', 'retry', '--domain', 'a.test')
  const status = await server.until(({ queued, delivered }) => queued === 0 && delivered === 2)
  assert.equal(status.failed, 0)
  // What is exported has the blocks, and is taken again as the same.
  const exported = (await server.run('export')).stdout
  assert.match(exported, /match: "\/your address is on our list\/"/)
  writeFileSync(file, exported)
  assert.match((await server.run('apply', '-f', file, '--dry-run')).stdout, /nothing|same|no change/i)
})

test('what is held back is so after kills and restarts, for all workers, until it is ended by hand', async () => {
  for (const workers of [1, 2]) {
    let isBlocking = true
    await using peer = await SmtpPeer.start({ on: { rcpt: () => (isBlocking ? '554 5.7.1 Your address is on our list' : undefined) } })
    await using server = await startServer({ workers })
    await server.call('relay.allow', { cidr: '127.0.0.1' })
    await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
    const file = join(server.home, 'rules.yaml')
    writeFileSync(file, RULES)
    await server.hms('apply', '-f', file)
    const send = async (to: string): Promise<void> => {
      using client = await SmtpClient.open(server.smtpPort)
      const answer = await client.send({ from: 'a@sender.test', to: [to], data: 'From: a@sender.test\r\n\r\nhello\r\n' })
      assert.equal(answer.code, 250, answer.text)
    }
    await send('x@a.test')
    await server.until(({ deferred }) => deferred === 1)
    const [begun] = await server.call('effects.list', {})
    assert.ok(begun !== undefined)
    // Saved a moment after it began.
    const remembered = (): number => readEffects(effectsFile(server.home)).length
    while (remembered() === 0) await pause(10)
    const { connections } = peer
    if (workers > 1) await server.kill9('control')
    await server.kill9(0)
    await server.until(({ workers: up }) => up.length === workers)
    // Over several connections, which the kernel spreads over the workers.
    for (let n = 0; n < 6; n++) await send(`y${n}@a.test`)
    await server.stop()
    const [line = ''] = (await server.run('effects', 'ls')).stdout.split('\n').slice(1)
    assert.match(line, /paused .*blocks: listed/)
    await server.startAgain()
    await server.until(({ queued, workers: up }) => up.length === workers && queued === 7)
    await send('z@a.test')
    assert.deepEqual(await server.call('effects.list', {}), [begun])
    // All that waits says why.
    const held = async (): Promise<boolean> => {
      const { entries } = await server.call('queue.list', { selection: {}, limit: 10 })
      return entries.length === 8 && entries.every(({ recipients: [one] }) => one?.lastReply != null)
    }
    await until(held, 'something holds it')
    assert.equal(peer.connections, connections, `${workers} workers`)
    isBlocking = false
    assert.equal((await server.hms<{ found: boolean }>('effects', 'end', begun.id)).found, true)
    await peer.waitForMessages(7)
    assert.deepEqual(await server.call('effects.list', {}), [])
    while (remembered() > 0) await pause(10)
  }
})

test('a pace that a block leaves is one for all workers', async () => {
  await using clock = await TreeClock.start()
  const times: number[] = []
  let isFirst = true
  await using peer = await SmtpPeer.start({
    on: {
      mail: () => {
        times.push(clock.now())
        if (!isFirst) return undefined
        isFirst = false
        return '451 4.7.1 slow down'
      },
    },
  })
  await using server = await startServer({ workers: 2, environment: clock.environment })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  const file = join(server.home, 'rules.yaml')
  const slow = "{ name: slow, match: '/slow down/', action: slow, to: 240, pause: 1h }"
  writeFileSync(file, `format: 1\nrules:\n  - { name: pace, domain: a.test, blocks: [${slow}] }\n`)
  await server.hms('apply', '-f', file)
  const send = async (to: string): Promise<void> => {
    using client = await SmtpClient.open(server.smtpPort)
    assert.equal((await client.send({ from: 'a@sender.test', to: [to], data: 'From: a@sender.test\r\n\r\nhello\r\n' })).code, 250)
  }
  await send('x@a.test')
  await server.until(({ deferred }) => deferred === 1)
  await Promise.all(Array.from({ length: 12 }, (_unused, i) => send(`y${i}@a.test`)))
  await server.until(({ workers }) => workers.length === 2)
  clock.pace(10)
  await peer.waitForMessages(12)
  const lasted = (times.at(-1) ?? 0) - (times[1] ?? 0)
  // Four a second, with a quarter of a second of patience at the beginning.
  assert.ok(lasted > 11 * 250 - 300, `12 of four a second within ${Math.round(lasted)} ms`)
})
