// A worker and control that starts anew, at the moments between them that are rare and costly: what control believes to be held is held by nobody
// else, for as long as the worker lives.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../base/clock.ts'
import { jsonLog } from '../../base/log.ts'
import type { ControlCalls } from '../../contract/bus.ts'
import { LocalLimits } from '../../engine/limits/local-limits.ts'
import type { LimitWaiter } from '../../engine/ports/limits.ts'
import { type BusServer, serveBus } from '../../net/bus/server.ts'
import type { Grant, LimitAsk } from '../../policy/limits/limit-book.ts'
import { until } from '../../../testkit/patience.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { controlSocketPath } from '../home.ts'
import { RemoteLimits } from './remote-limits.ts'
import { ControlSession } from './session.ts'

const log = jsonLog('test', 'error', (line) => process.stderr.write(line))
const oneOf = (key: string): readonly LimitAsk[] => [{ key, limit: 1, span: null, burst: 1, counts: 'one' }]
const ONE = oneOf('connections provider=x')

type LimitCalls = Pick<ControlCalls, 'control.hello' | 'control.ask' | 'control.forget' | 'control.return' | 'control.news'>

interface Slow {
  /** Control has heard what is held; it answers when this resolves. */
  readonly greeted?: (held: number) => Promise<void>
  /** It answers no ask before. */
  readonly asked?: Promise<void>
}

/** Control for one worker. */
async function controlAt(path: string, { greeted, asked: opened }: Slow = {}): Promise<BusServer> {
  const limits = new LocalLimits({ clock: systemClock, log, store: null, share: 0 })
  let session = new ControlSession(limits, [])
  return serveBus<LimitCalls>(
    path,
    {
      'control.hello': async ({ held }) => {
        session = new ControlSession(limits, held)
        await greeted?.(held.length)
        return {}
      },
      'control.ask': async (asked) => {
        await opened
        return session.ask(asked)
      },
      'control.forget': ({ id }) => (session.forget(id), {}),
      'control.return': (returned) => (session.takeBack(returned), {}),
      'control.news': (_params, signal) => session.news(signal),
    },
    { version: '1', log },
  )
}

async function granted(limits: RemoteLimits, asks = ONE): Promise<Grant> {
  let grant: Grant | null = null
  const look = (): boolean => {
    const answer = limits.ask(asks, 0, waiter)
    if (answer.kind === 'granted') grant = answer
    return true
  }
  const waiter: LimitWaiter = { roomMade: look, starves: () => true }
  look()
  return until(() => grant, 'a grant')
}

test('what ends while the worker says hello to a new control is not held there', async () => {
  using folder = temporaryFolder()
  mkdirSync(join(folder.path, 'run'))
  const path = controlSocketPath(folder.path, 'a')
  using limits = new RemoteLimits({ path, slot: 0, version: '1', clock: systemClock, log })
  const first = await controlAt(path)
  const grant = await granted(limits)
  await first[Symbol.asyncDispose]()
  let told = 0
  const greeted = async (held: number): Promise<void> => {
    told = held
    limits.release(grant)
    // Whatever was to be sent of that is sent, to nobody.
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await using _second = await controlAt(path, { greeted })
  await until(() => told === 1, 'the hello')
  await granted(limits)
})

test('what control granted and nobody used yet is worth nothing at the next control', async () => {
  using folder = temporaryFolder()
  mkdirSync(join(folder.path, 'run'))
  const path = controlSocketPath(folder.path, 'a')
  // No time passes in which it would grow too old by itself.
  using limits = new RemoteLimits({ path, slot: 0, version: '1', clock: { ...systemClock, mono: () => 0 }, log })
  const first = await controlAt(path)
  const heard = Promise.withResolvers<void>()
  const idle: LimitWaiter = { roomMade: () => (heard.resolve(), false), starves: () => true }
  limits.ask(ONE, 0, idle)
  await heard.promise
  await first[Symbol.asyncDispose]()
  let isGreeted = false
  await using _second = await controlAt(path, { greeted: async () => void (isGreeted = true) })
  await until(() => isGreeted, 'the hello')
  assert.equal(limits.ask(ONE, 0, { roomMade: () => true, starves: () => true }).kind, 'refused')
})

test('who asks for more at once than the connection to control takes is heard afterwards', async () => {
  using folder = temporaryFolder()
  mkdirSync(join(folder.path, 'run'))
  const path = controlSocketPath(folder.path, 'a')
  const opened = Promise.withResolvers<void>()
  await using _control = await controlAt(path, { asked: opened.promise })
  using limits = new RemoteLimits({ path, slot: 0, version: '1', clock: systemClock, log })
  const kinds = Array.from({ length: 1200 }, (_, n) => oneOf(`connections site=${n}`))
  const all = Promise.all(kinds.map((asks) => granted(limits, asks)))
  await new Promise((resolve) => setTimeout(resolve, 300))
  opened.resolve()
  assert.equal((await all).length, 1200)
})
