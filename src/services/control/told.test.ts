import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { systemClock } from '../../base/clock.ts'
import { jsonLog } from '../../base/log.ts'
import type { EffectReport } from '../../contract/blocks.ts'
import { LocalEffects } from '../../engine/effects/local-effects.ts'
import { LocalLimits } from '../../engine/limits/local-limits.ts'
import { FollowedEffects } from './followed-effects.ts'
import { ControlSession } from './session.ts'

const log = jsonLog('test', 'error', (line) => process.stderr.write(line))
const BLOCK = {
  name: 'b',
  match: 'x',
  action: 'pause',
  to: 1,
  pause: 60_000,
  recovery: 0,
  priority: 0,
  scope: 'site',
  onlyAlert: false,
} as const

/** As the bus gives it to every call of a connection. */
const connection = (): AbortSignal => new AbortController().signal
const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

test('however often a worker is told of limits, its connection keeps nothing of it', async () => {
  const session = new ControlSession(new LocalLimits({ clock: systemClock, log, store: null, share: 0 }), [])
  const signal = connection()
  for (let n = 0; n < 20; n++) {
    const news = session.news(signal)
    assert.equal(listeners(signal), 1)
    session.tellWanted(`connections site=${n}`)
    assert.deepEqual((await news).wanted, [`connections site=${n}`])
  }
  assert.equal(listeners(signal), 0)
})

test('however often a worker is told of effects, its connection keeps nothing of it', async () => {
  await using effects = new LocalEffects({ clock: systemClock, log, before: [], store: null })
  const followed = new FollowedEffects(effects)
  const signal = connection()
  let { name, upTo } = await followed.follow({ name: '', after: 0 }, signal)
  for (let n = 0; n < 20; n++) {
    const told = followed.follow({ name, after: upTo }, signal)
    assert.equal(listeners(signal), 1)
    const seen: EffectReport = {
      ruleKey: 'mta r',
      rule: 'r',
      block: BLOCK,
      place: { site: `mx${n}` },
      cause: '421 no',
      rate: 0,
      connections: 0,
    }
    effects.report(seen)
    const { happened } = await told
    assert.deepEqual(
      happened.map(({ effect }) => effect.place.site),
      [`mx${n}`],
    )
    ;({ name, upTo } = await told)
  }
  assert.equal(listeners(signal), 0)
})
