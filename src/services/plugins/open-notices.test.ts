// Plug-ins that are told what became of mail, out of a real event store and in real processes: every event by its hook, none missed while one
// fails, hangs or is away, and one that nobody can take stops nothing.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ShardId } from '../../base/brand.ts'
import { jsonLog } from '../../base/log.ts'
import { giveBack } from '../../base/give-back.ts'
import { formatMessageId } from '../../base/message-id.ts'
import { NOTICE_HOOKS } from '../../contract/plugins.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { EventStore } from '../../engine/ports/stores.ts'
import { openEvents } from '../../store/sqlite/events/events.ts'
import { commitEvents, linesFor } from '../../../testkit/event-lines.ts'
import { until } from '../../../testkit/patience.ts'
import { PluginHome } from '../../../testkit/plugin-home.ts'
import { delivered, EPOCH, temporaryFolder } from '../../../testkit/spool-samples.ts'
import { CommittedFeed } from '../following/committed-feed.ts'
import { PluginNotices } from './open-notices.ts'

const PATIENT = { budget: '60s' }
const SHARD = 3 as ShardId

interface Around {
  readonly plugins: PluginHome
  readonly store: EventStore
  /** Commits events with these changes, one after the other, and hands them on as the desk does. */
  commit(...changes: readonly object[]): void
  /** Begins to tell, or begins again. */
  begin(): Promise<PluginNotices>
  end(): Promise<void>
  /** What was said to the log, as `hook id`. */
  told(): readonly string[]
}

async function withNotices(run: (around: Around) => Promise<void>): Promise<void> {
  using folder = temporaryFolder()
  const home = folder.path
  mkdirSync(join(home, 'events'))
  await using end = new AsyncDisposableStack()
  const store = end.use(openEvents(join(home, 'events')))
  const feed = new CommittedFeed()
  const lines: string[] = []
  const log = jsonLog('test', 'debug', (line) => lines.push(line))
  let open: PluginNotices | null = null
  let number = 0
  const plugins = new PluginHome(home)
  const around: Around = {
    plugins,
    store,
    commit: (...changes) => {
      const after = number
      const events: NumberedEvent[] = []
      for (const change of changes) {
        const { event } = delivered(formatMessageId(EPOCH, SHARD, ++number))
        events.push({ ...event, at: Date.UTC(2026, 10, 20, 12) + number, ...change, id: `${SHARD}.${number}` } as NumberedEvent)
      }
      commitEvents(store, events)
      const lines = new Uint8Array(linesFor(events))
      feed.committed({ shard: SHARD, after, upTo: number, lines })
      // The desk does not keep it for them.
      giveBack(lines)
    },
    begin: async () => {
      open = new PluginNotices({ home, feed, told: () => store.told(), seal: () => assert.fail('nothing is sealed here'), log })
      const running = open
      const runs = lines.filter((line) => line.includes('A plug-in runs.')).length
      await until(() => lines.filter((line) => line.includes('A plug-in runs.')).length > runs && running.isTelling)
      return running
    },
    end: async () => {
      await open?.[Symbol.asyncDispose]()
      open = null
    },
    told: () =>
      lines.flatMap((line) => {
        const { message, text = '' } = JSON.parse(line) as { message: string; text?: string }
        return message === 'A plug-in says:' ? [text] : []
      }),
  }
  try {
    await run(around)
  } finally {
    await around.end()
  }
}

const telling = (hooks: readonly string[], before = ''): string =>
  hooks.map((hook) => `${hook}: (event, { log }) => { ${before}; log.info('${hook} ' + event.id) }`).join()

test('every event is told by its hook, to who has it and is switched on for its account; what was before is not', async () => {
  await withNotices(async ({ plugins, commit, begin, told }) => {
    plugins.add({ name: 'all', hooks: NOTICE_HOOKS, code: telling(NOTICE_HOOKS), entry: PATIENT })
    commit({})
    await begin()
    const post = { domain: 'https://hooks.test' }
    commit({}, { kind: 'failed' }, { kind: 'expired' }, { kind: 'deferred' }, { kind: 'held' })
    const report = { report: 'r', reporter: 'x.test', proved: true, stream: null }
    const bounced = { ...report, kind: 'bounced', category: 'Hard', type: 'Undeliverable', failureCode: 2001, status: null, response: '' }
    commit(
      bounced,
      { ...report, kind: 'complained', feedbackType: 'abuse' },
      { kind: 'opened' },
      { kind: 'clicked' },
      { kind: 'accepted', recipients: 1 },
    )
    commit({ kind: 'failed', ...post }, { kind: 'deferred', ...post }, post, { site: 'own domain' }, {})
    await until(() => told().length === 12)
    const hooks = ['sent 2', 'failed 3', 'failed 4', 'deferred 5', 'bounce 7', 'feedbackLoop 8', 'open 9', 'click 10']
    const posts = ['postFailed 12', 'postDeferred 13', 'sent 14', 'sent 16']
    assert.deepEqual([...told()].toSorted(), [...hooks, ...posts].map((text) => text.replace(' ', ` ${SHARD}.`)).toSorted())
  })
  await withNotices(async ({ plugins, commit, begin, told }) => {
    plugins.add({ name: 'one', hooks: ['sent'], code: telling(['sent']), entry: { ...PATIENT, accounts: [1001] } })
    await begin()
    commit({ account: 1001 }, { account: 1002 }, { account: 1001, kind: 'failed' }, { account: 1001 })
    await until(() => told().length === 2)
    assert.deepEqual(told(), [`sent ${SHARD}.1`, `sent ${SHARD}.4`])
  })
})

test('who began before anything had ever happened is told the first events, though the desk ends before it tells', async () => {
  await withNotices(async ({ plugins, commit, begin, end, told }) => {
    plugins.add({ name: 'first', hooks: ['sent'], code: telling(['sent']), entry: PATIENT })
    await begin()
    await end()
    commit({}, {})
    await begin()
    await until(() => told().length === 2)
    assert.deepEqual(told(), [`sent ${SHARD}.1`, `sent ${SHARD}.2`])
  })
})

test('what happens while it is away, or is not through, is told afterwards, with the same ids', async () => {
  await withNotices(async ({ plugins, commit, begin, end, told }) => {
    const stuck = "if (event.reply.text === 'stuck') return new Promise(() => {})"
    plugins.add({ name: 'a', hooks: ['sent'], code: telling(['sent'], stuck), entry: PATIENT })
    await begin()
    commit({}, {})
    await until(() => told().length === 2)
    commit({ reply: { code: 250, enhanced: null, text: 'stuck' } }, {}, {})
    await until(() => told().length === 4)
    await end()
    commit({}, {})
    plugins.add({ name: 'a', hooks: ['sent'], code: telling(['sent']), entry: PATIENT })
    await begin()
    await until(() => told().length === 9)
    assert.deepEqual(
      told().map((text) => Number(text.split('.')[1])),
      [1, 2, 4, 5, 3, 4, 5, 6, 7],
    )
  })
})

test('one that throws at everything misses nothing: it is told again, later each time, until it is mended', async () => {
  await withNotices(async ({ plugins, commit, begin, told }) => {
    plugins.add({ name: 'a', hooks: ['sent'], code: telling(['sent'], "throw new Error('the database is away')"), entry: PATIENT })
    const notices = await begin()
    for (let n = 0; n < 5; n++) commit(...Array.from({ length: 100 }, () => ({})))
    await until(() => (notices.counts('a')?.failed ?? 0) > 0, 'it failed')
    assert.equal(told().length, 0)
    plugins.add({ name: 'a', hooks: ['sent'], code: telling(['sent']), entry: PATIENT })
    await until(() => new Set(told()).size === 500)
    assert.equal(notices.counts('a')?.givenUp, 0)
  })
})

test('one event that it cannot take does not keep it from the others, and is given up in the end', async () => {
  await withNotices(async ({ plugins, commit, begin, told }) => {
    plugins.add({ name: 'a', hooks: ['sent'], code: telling(['sent'], "if (event.size === 666) throw new Error('oh')"), entry: PATIENT })
    const notices = await begin()
    commit({ size: 666 })
    commit({}, {})
    await until(() => told().length === 2)
    await until(
      () => {
        commit({})
        return notices.counts('a')?.givenUp === 1
      },
      'it is given up',
      200,
    )
    assert.ok(!told().includes(`sent ${SHARD}.1`))
  })
})

test('what happens while something is told again is told, too, though nothing comes after it', async () => {
  await withNotices(async ({ plugins, commit, begin, told }) => {
    const slow = `return new Promise((done) => setTimeout(done, 1000))`
    const twice = `if (event.size === 666) { globalThis.tries = (globalThis.tries ?? 0) + 1; if (tries === 1) throw new Error('oh'); log.info('again'); ${slow} }`
    plugins.add({ name: 'a', hooks: ['sent'], code: telling(['sent'], twice), entry: PATIENT })
    await begin()
    commit({ size: 666 }, {})
    await until(() => told().includes('again'), 'it is told again')
    commit({})
    await until(() => told().includes(`sent ${SHARD}.3`), 'the last is told')
  })
})
