// One message for many: what each of its recipients does, and what comes back from him, carries the id that the caller gave to him.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { MailEventKind, NumberedEvent } from '../src/contract/events.ts'
import { inject } from '../testkit/injecting.ts'
import { LinkHost } from '../testkit/link-host.ts'
import { until } from '../testkit/patience.ts'
import { bounceMessage, complaintMessage } from '../testkit/report-samples.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const NAMES = ['ann', 'ben', 'cleo', 'dan', 'eve'] as const
const KINDS = ['delivered', 'opened', 'clicked', 'unsubscribed', 'bounced', 'complained'] as const satisfies readonly MailEventKind[]

test('opens, clicks, bounces and complaints of merged mail are told with the id of the recipient they are of, in events and in logs', async () => {
  await using links = await LinkHost.open('click.shop.test')
  await using peer = await SmtpPeer.start()
  await using server = await startServer({ config: links.config })
  const id = String(server.account.id)
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}`, tls: 'none' })
  await server.hms('inbound', 'add', 'in.shop.test', '--account', id)
  await server.hms('account', 'set', id, '--return-path', 'in.shop.test')
  await links.serve(server, server.account.id, '--clicks', 'on', '--opens', 'on', '--mail-domain', 'in.shop.test')

  const message = {
    from: 'a@shop.test',
    subject: 'Hello {{ name }}',
    html: '<p>{{ name }}: <a href="https://shop.test/{{ name }}">x</a></p>',
    mailing: 'may',
    stream: 'bulk',
  }
  const recipients = NAMES.map((name) => ({ to: `${name}@people.test`, data: { name }, messageId: `id-${name}` }))
  const { json } = await inject(server, '/v1/messages/batch', { message, recipients })
  assert.ok(
    json.results.every(({ status }: { status: string }) => status === 'queued'),
    JSON.stringify(json),
  )
  const got = new Map((await peer.waitForMessages(NAMES.length)).map((one) => [one.recipients[0]?.split('@')[0], one]))
  const of = (name: (typeof NAMES)[number]) => got.get(name) ?? assert.fail(name)
  const found = (name: (typeof NAMES)[number], pattern: RegExp): string =>
    pattern.exec(of(name).data.toString())?.[1] ?? assert.fail(of(name).data.toString())
  for (const name of NAMES) await server.outcome(`${name}@people.test`)

  assert.deepEqual((await links.visit(server, found('ann', /href="([^"]*)"/))).slice(0, 2), [302, 'https://shop.test/ann'])
  assert.equal((await links.visit(server, found('ben', /src="([^"]*)"/)))[0], 200)
  assert.equal((await links.visit(server, found('cleo', /<(https:[^>]*\/u\/[^>]*)>/), 'List-Unsubscribe=One-Click'))[0], 200)
  using stranger = await SmtpClient.open(server.smtpPort)
  const bounce = await stranger.send({ from: '', to: [of('dan').sender], data: bounceMessage('dan@people.test') })
  // Without a word of whom it is about, as most providers send them: the original says it.
  const complaint = complaintMessage('', of('eve').data.toString().split('\r\n\r\n')[0])
  assert.deepEqual(
    [bounce.code, (await stranger.send({ from: 'feedback@fbl.test', to: ['fbl@in.shop.test'], data: complaint })).code],
    [250, 250],
  )

  const wanted = [
    ...NAMES.map((name) => `delivered ${name}@people.test id-${name}`),
    'clicked ann@people.test id-ann',
    'opened ben@people.test id-ben',
    'unsubscribed cleo@people.test id-cleo',
    'bounced dan@people.test id-dan',
    'complained eve@people.test id-eve',
  ].toSorted()
  const events = await until(async () => {
    const all = (await server.call('events.find', { message: json.results[0].id, kinds: [...KINDS], limit: 100 })).events
    return all.length >= wanted.length && all
  }, 'all of it is told')
  const told = ({ kind, ...event }: NumberedEvent): string =>
    `${kind} ${'recipient' in event && event.recipient} ${'clientId' in event && event.clientId}`
  assert.deepEqual(events.map(told).toSorted(), wanted)
  assert.ok(events.every((event) => 'mailing' in event && event.mailing === 'may'))
  // A day may begin meanwhile.
  const logs = join(server.home, 'accounts', id, 'logfiles')
  const lines = readdirSync(logs)
    .filter((name) => name.endsWith('Processed.log'))
    .flatMap((name) => readFileSync(join(logs, name), 'utf8').trim().split('\n'))
  const fields = lines.map((text) => text.split(' ').slice(2, 7).join(' '))
  assert.deepEqual(
    fields.toSorted(),
    [
      ...NAMES.map((name) => `Sent ${id} id-${name} may ${name}@people.test`),
      `Click ${id} id-ann may ann@people.test`,
      `Open ${id} id-ben may ben@people.test`,
      `one-click ${id} id-cleo may cleo@people.test`,
      `Undeliverable ${id} id-dan may dan@people.test`,
      `abuse ${id} id-eve may eve@people.test`,
    ].toSorted(),
  )
})
