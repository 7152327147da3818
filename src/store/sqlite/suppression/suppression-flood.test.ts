// Replays of an hour in which a provider refuses three in ten living users, at whatever volume, minute and size of batches: nobody stays
// suppressed, what was suppressed rightly before does, and a person has nothing to take back.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Domain } from '../../../base/brand.ts'
import { hourOf } from '../../../policy/suppression/flood.ts'
import { chance } from '../../../../testkit/chance.ts'
import { temporaryFolder } from '../../../../testkit/spool-samples.ts'
import type { Addition } from './suppression-feedback.ts'
import { SuppressionStore } from './suppression.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 10, 8)

class Replay {
  readonly #store: SuppressionStore
  #upTo = 0

  constructor(store: SuppressionStore) {
    this.#store = store
  }

  /** Recipients that were tried at a time, some of which the site says are not there. */
  async tell(at: number, names: readonly string[], isRefused: (name: string) => boolean): Promise<void> {
    const refused = names.filter(isRefused)
    const acts = refused.map((name): Addition => {
      const said = { reason: 'Failure', reply: '550 5.1.1 unknown', doubtful: true, site: 'mx.big.example' } as const
      return {
        kind: 'add',
        list: 'l',
        target: name,
        stream: null,
        at,
        expires: null,
        origin: `event ${name}`,
        domain: 'big.example' as Domain,
        ...said,
      }
    })
    const tallies = [{ site: 'mx.big.example', hour: hourOf(at), tried: names.length, hard: refused.length }]
    await this.#store.take({ shard: 0, upTo: ++this.#upTo, now: at, acts, tallies })
  }
}

for (const seed of [1, 2, 3, 4, 5, 6])
  test(`an hour of 30 % false failures leaves nobody suppressed (seed ${seed})`, async () => {
    using folder = temporaryFolder()
    await using store = new SuppressionStore(join(folder.path, 'suppression.db'))
    await store.create('l', null)
    const random = chance(seed)
    const replay = new Replay(store)
    const perHour = 250 + Math.floor(random() * 2000)
    const days = Math.floor(random() * 6)
    // What is usual: one in two hundred is really gone.
    for (let hour = 0; hour < days * 24; hour += 4) {
      const names = Array.from({ length: perHour }, (_, i) => `${i % 200 === 0 ? 'gone' : 'good'}-${hour}-${i}@big.example`)
      await replay.tell(START + hour * HOUR, names, (name) => name.startsWith('gone'))
    }
    const before = (await store.lists())[0]?.entries ?? 0
    const began = START + days * 24 * HOUR + Math.floor(random() * HOUR)
    for (let at = began, told = 0; told < perHour;) {
      const size = Math.min(perHour - told, 1 + Math.floor(random() * 120))
      const names = Array.from({ length: size }, (_, i) => `living-${told + i}@big.example`)
      await replay.tell(at, names, (name) => Number(/\d+/.exec(name)?.[0]) % 10 < 3)
      told += size
      at = began + Math.floor((told / perHour) * HOUR)
    }
    const entries = await store.page('l', null, 10_000)
    assert.deepEqual(
      entries.filter(({ target }) => target.startsWith('living')),
      [],
    )
    const [flood] = store.floods
    const wrong = Array.from({ length: perHour }, (_, n) => n).filter((n) => n % 10 < 3).length
    assert.ok(flood !== undefined && flood.held >= wrong)
    // What was right a day before the hour stays; of the day itself a person decides.
    assert.ok(entries.length + flood.held === before + wrong)
    assert.equal(await store.settle('mx.big.example', false, began + HOUR), flood.held)
    assert.ok((await store.page('l', null, 10_000)).every(({ target }) => target.startsWith('gone')))
  })
