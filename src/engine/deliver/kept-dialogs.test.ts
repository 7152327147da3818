// Whose dialog is kept: of attempts that did not deliver, whatever they came to; nothing of those that did, unless that is asked for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { DROP, SmtpPeer } from '../../../testkit/smtp-peer.ts'
import type { AttemptDialog } from '../../contract/dialogs.ts'
import type { DialogKeeper } from '../ports/dialogs.ts'

function keeper(all = false): DialogKeeper & { readonly kept: AttemptDialog[] } {
  const kept: AttemptDialog[] = []
  return { all, kept, keep: (dialog) => void kept.push(dialog) }
}

const textOf = (dialog: AttemptDialog | undefined): string => (dialog?.lines ?? []).map(({ text }) => text).join('\n')

/** Both hosts of two.example at one port. */
const TWO_HOSTS = {
  'two.example': {
    MX: [
      [1, 'a.two.example'],
      [2, 'b.two.example'],
    ] as const,
  },
  'a.two.example': { A: ['127.0.0.2'] },
  'b.two.example': { A: ['127.0.0.3'] },
}

test('nothing is kept of mail that is taken, and each attempt where all are asked for', async () => {
  await using peer = await SmtpPeer.start()
  for (const all of [false, true]) {
    const dialogs = keeper(all)
    await using home = await EngineHome.start({ dialogs, settings: { routes: [routeTo(peer.port)] } })
    for (let n = 0; n < 20; n++) await home.submit({ to: [`r${n}@x.example`] })
    await home.waitFor('delivered', 20)
    assert.equal(dialogs.kept.length, all ? 20 : 0)
    assert.ok(dialogs.kept.every((one) => textOf(one).includes(`RCPT TO:<${one.recipients[0]}>`) && one.recipients.length === 1))
  }
})

test('of a message to several it is told of those who did not get it, with the moment of their events', async () => {
  const dialogs = keeper()
  await using peer = await SmtpPeer.start({
    on: { rcpt: (line) => (line.includes('busy') ? '451 4.7.1 later' : line.includes('gone') ? '550 5.1.1 nobody' : undefined) },
  })
  await using home = await EngineHome.start({
    dialogs,
    settings: { routes: [routeTo(peer.port)] },
    config: { 'delivery.retry_first': 600_000 },
  })
  await home.submit({ to: ['fine@x.example', 'busy@x.example', 'gone@x.example'], sender: '' })
  const [deferred] = await home.waitFor('deferred')
  const [failed] = await home.waitFor('failed')
  assert.deepEqual(
    dialogs.kept.map(({ recipients, at, message, again }) => ({ recipients, at, message, again })),
    [{ recipients: ['busy@x.example', 'gone@x.example'], at: deferred?.at, message: deferred?.message, again: false }],
  )
  assert.equal(failed?.at, deferred?.at)
})

test('a session that broke off and went on elsewhere is kept as that; so are all hosts that were tried in vain', async () => {
  const dialogs = keeper()
  await using bad = await SmtpPeer.start({ host: '127.0.0.2', on: { data: () => DROP } })
  const good = await SmtpPeer.start({ host: '127.0.0.3', port: bad.port })
  const config = { 'delivery.port': bad.port, 'delivery.allow_private': true, 'delivery.retry_first': 600_000 }
  {
    await using _good = good
    await using home = await EngineHome.start({ dialogs, zones: TWO_HOSTS, config })
    await home.submit({ to: ['x@two.example'] })
    await home.waitFor('delivered')
    assert.deepEqual(
      dialogs.kept.map(({ again, host, recipients }) => [again, host, recipients]),
      [[true, 'a.two.example', ['x@two.example']]],
    )
  }
  dialogs.kept.length = 0
  await bad[Symbol.asyncDispose]()
  await using home = await EngineHome.start({ dialogs, zones: TWO_HOSTS, config })
  await home.submit({ to: ['x@two.example'] })
  const [deferred] = await home.waitFor('deferred')
  assert.deepEqual(
    dialogs.kept.map(({ again, host, at }) => [again, host, at]),
    ['a.two.example', 'b.two.example'].map((host) => [false, host, deferred?.at]),
  )
  assert.ok(dialogs.kept.every((one) => textOf(one).includes('ECONNREFUSED')))
})

test('an end without an answer after the message is kept, and of very many recipients some are named', async () => {
  const dialogs = keeper()
  await using peer = await SmtpPeer.start({ on: { final: () => DROP } })
  await using home = await EngineHome.start({
    dialogs,
    settings: { routes: [routeTo(peer.port)] },
    config: { 'delivery.retry_first': 600_000 },
  })
  const to = Array.from({ length: 130 }, (_, n) => `r${n}@x.example`)
  await home.submit({ to })
  await home.waitFor('deferred', to.length)
  const told = dialogs.kept.filter(({ more }) => more > 0)
  assert.ok(dialogs.kept.every(({ recipients }) => recipients.length <= 100))
  assert.equal(
    dialogs.kept.reduce((sum, { recipients, more }) => sum + recipients.length + more, 0),
    to.length,
  )
  for (const one of told) assert.equal(one.recipients.length, 100)
  assert.match(textOf(dialogs.kept[0]), /the message, \d+ octets/)
})
