import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain, MessageId } from '../../../base/brand.ts'
import { systemClock } from '../../../base/clock.ts'
import type { WhyQuestion } from '../../../contract/why.ts'
import { EngineHome, routeTo } from '../../../../testkit/engine-home.ts'
import { until } from '../../../../testkit/patience.ts'
import { SmtpPeer } from '../../../../testkit/smtp-peer.ts'
import { temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { lookedSpool, SpoolLooks } from './why-looks.ts'

const DOMAIN = 'e.example' as Domain

test('what was read of the disk beside the worker is the same as what it reads itself, and it reads nothing more', async () => {
  using folder = temporaryFolder()
  await using peer = await SmtpPeer.start({ on: { rcpt: (line) => (line.includes('gone') ? undefined : '450 4.2.1 later') } })
  const config = { 'delivery.retry_first': 60_000, 'delivery.retry_longest': 60_000, 'delivery.connections_per_site': 1 }
  await using home = await EngineHome.start({ folder: folder.path, config, settings: { routes: [routeTo(peer.port)] } })
  const to = [...Array.from({ length: 130 }, (_unused, i) => `A${i}@e.example`), 'b@f.example']
  await home.submit({ to })
  await home.submit({ to: ['a1@e.example'] })
  await home.waitFor('deferred', 132)
  await until(async () => (await home.queued()).every(({ recipients }) => recipients.every(({ state }) => state === 'waiting')))
  const ids = (await home.queued()).map(({ id }) => id)
  await home.engine.queue.act('hold', { ids: ids.slice(1) }, { by: 'ann' })
  const looks = new SpoolLooks(folder.path, systemClock)
  const own = new Proxy(home.spool, {
    get(target, name) {
      if (['walk', 'addressed', 'ahead', 'waitingFor'].includes(String(name))) assert.fail(`it read by ${String(name)}`)
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  const questions: readonly WhyQuestion[] = [
    ...ids.map((message) => ({ message })),
    { message: '0000000000000000' as MessageId },
    { domain: DOMAIN },
    { domain: 'none.example' as Domain },
    { recipient: 'a1@E.example', domain: DOMAIN, messages: ids },
    { recipient: 'nobody@e.example', domain: DOMAIN, messages: [] },
  ]
  for (const question of questions) {
    const look = looks.look(question) ?? assert.fail('the disk was not read')
    const isOfMany = 'message' in question && question.message === ids[0]
    assert.equal(
      look.acceptedAt === null,
      !('message' in question && ids.includes(question.message)) && !('messages' in question && question.messages.length > 0),
    )
    const found = await home.engine.why.ask(question, lookedSpool(own, JSON.parse(JSON.stringify(look.shards)) as typeof look.shards))
    assert.deepEqual(found, await home.engine.why.ask(question), JSON.stringify(question))
    if (isOfMany) assert.deepEqual([found.messages[0]?.recipients.length, found.messages[0]?.more], [100, true])
  }
  assert.equal(new SpoolLooks(`${folder.path}/none`, systemClock).look({ domain: DOMAIN }), null)
})
