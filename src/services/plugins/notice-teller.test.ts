// One plug-in that is told, beside a real event store: where it stands while it is being told, what a long backlog costs others, and events that
// come while it does not run.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ShardId } from '../../base/brand.ts'
import { machineClock } from '../../base/clock.ts'
import { jsonLog } from '../../base/log.ts'
import { formatMessageId } from '../../base/message-id.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { ShardLines } from '../../engine/ports/event-follower.ts'
import { DayFollower } from '../../store/sqlite/events/event-follower.ts'
import { openEvents } from '../../store/sqlite/events/events.ts'
import { commitEvents, linesFor } from '../../../testkit/event-lines.ts'
import { until } from '../../../testkit/patience.ts'
import { PluginHome, telling, toldIn } from '../../../testkit/plugin-home.ts'
import { delivered, EPOCH } from '../../../testkit/spool-samples.ts'
import { NoticeTeller } from '../../plugins/notice-teller.ts'
import type { PluginRunner } from '../../plugins/plugin-runner.ts'

const SHARD = 3 as ShardId
const READING = { events: 500, octets: 256 * 1024 } as const

interface Around {
  readonly runner: PluginRunner
  /** Commits so many deliveries; what the desk hands on. */
  commit(many: number): ShardLines
  tell(runner: () => PluginRunner | undefined): NoticeTeller
  ids(): readonly unknown[]
}

async function withPlugin(hook: string, code: string, run: (around: Around) => Promise<void>): Promise<void> {
  await using plugins = new PluginHome()
  plugins.add({ name: 'a', hooks: [hook], code, entry: { budget: '60s' } })
  const folder = join(plugins.folder, 'events')
  mkdirSync(folder)
  using store = openEvents(folder)
  const [runner] = (await plugins.run()).runners
  assert.ok(runner !== undefined)
  const log = jsonLog('test', 'debug', (line) => plugins.lines.push(line))
  using end = new DisposableStack()
  let number = 0
  await run({
    runner,
    commit: (many) => {
      const after = number
      const events = Array.from({ length: many }, () => {
        const { event } = delivered(formatMessageId(EPOCH, SHARD, ++number))
        return { ...event, at: Date.UTC(2026, 10, 20, 12) + number, id: `${SHARD}.${number}` } as NumberedEvent
      })
      commitEvents(store, events)
      return { shard: SHARD, after, upTo: number, lines: linesFor(events) }
    },
    tell: (asked) => {
      const follower = new DayFollower({ folder, from: new Map(), ...READING })
      return end.use(new NoticeTeller({ name: 'a', runner: asked, follower, clock: machineClock, log }))
    },
    ids: () => toldIn(plugins.lines.join('\n'), hook).map(({ id }) => id),
  })
}

test('while it is being told it stands before what it is told, so that the end of the desk leaves nothing out', async () => {
  const code = `sent: (event, { log }) => {
    log.info('sent ' + JSON.stringify({ id: event.id }))
    if (event.id !== '${SHARD}.1') return new Promise((resolve) => { globalThis.held = resolve }) }`
  await withPlugin('sent', code, async ({ runner, commit, tell, ids }) => {
    const first = commit(1)
    const teller = tell(() => runner)
    await until(() => teller.counts.told === 1)
    assert.equal(teller.position().get(SHARD), 1)
    teller.hear(first)
    teller.hear(commit(10))
    await until(() => ids().length === 11)
    assert.equal(teller.position().get(SHARD), 1)
    assert.equal(teller.counts.told, 1)
  })
})

test('a backlog without anything for it keeps nothing else waiting', async () => {
  const events = 20_000
  await withPlugin('bounce', telling('bounce'), async ({ runner, commit, tell }) => {
    commit(events)
    const teller = tell(() => runner)
    let turns = 0
    let isThrough = false
    const turn = (): void => {
      isThrough = teller.position().get(SHARD) === events
      if (isThrough) return
      turns++
      setImmediate(turn)
    }
    setImmediate(turn)
    await until(() => isThrough)
    assert.ok(turns >= events / 2000, `${turns} turns of the event loop`)
  })
})

test('what happens while it does not run is told once it does, though nothing comes after it', async () => {
  await withPlugin('sent', telling('sent'), async ({ runner, commit, tell, ids }) => {
    let runs = true
    const teller = tell(() => (runs ? runner : undefined))
    // It has found nothing, and waits for what happens.
    await new Promise((resolve) => setImmediate(resolve))
    runs = false
    teller.hear(commit(1))
    runs = true
    await until(() => ids().length === 1)
    assert.deepEqual(ids(), [`${SHARD}.1`])
  })
})
