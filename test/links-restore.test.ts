// What recipients were given before a backup works after a restore, under keys that were followed by others: links, the way to unsubscribe,
// return paths. The home is lost; what is left is the backup, and the index of what was sent, which whoever moves copies.
import assert from 'node:assert/strict'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { NumberedEvent } from '../src/contract/events.ts'
import { LinkHost } from '../testkit/link-host.ts'
import { until } from '../testkit/patience.ts'
import { bounceMessage } from '../testkit/report-samples.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'

const HTML =
  'From: a@shop.test\r\nX-xsStream: bulk\r\nX-xsMailingId: may\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<a href="https://shop.test/x">x</a>\r\n'

test('links, pages and return paths of before a backup work after the home was lost and came back from it', async () => {
  using folder = temporaryFolder()
  await using links = await LinkHost.open('click.shop.test')
  await using peer = await SmtpPeer.start()
  await using server = await startServer({ config: links.config })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}`, tls: 'none' })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.hms('inbound', 'add', 'in.shop.test')
  await server.hms('suppression', 'create', 'shop')
  await server.hms('suppression', 'policy', '1000', '--check', 'shop', '--add', 'shop')
  await server.hms('account', 'set', '1000', '--return-path', 'in.shop.test')
  await links.serve(server, 1000, '--clicks', 'on', '--mail-domain', 'in.shop.test')
  const names = ['ann', 'ben', 'cleo'] as const
  {
    using client = await SmtpClient.open(server.smtpPort)
    await client.send({ from: 'a@shop.test', to: names.map((name) => `${name}@people.test`), data: HTML })
  }
  await peer.waitForMessages(3)
  const given = new Map(
    peer.messages.map(({ recipients, sender, data }) => {
      const text = data.toString()
      const [click = '', page = '', mail = ''] = [/href="([^"]*)"/, /<(https:[^>]*\/u\/[^>]*)>/, /<mailto:([^?>]*)/].map(
        (one) => one.exec(text)?.[1],
      )
      return [recipients[0], { click, page, mail, path: sender }]
    }),
  )
  const [ann, ben, cleo] = names.map((name) => given.get(`${name}@people.test`) ?? assert.fail(name))
  assert.ok(ann !== undefined && ben !== undefined && cleo !== undefined)
  await until(
    async () => (await server.call('sent.search', { address: 'ann@people.test', limit: 1 })).recipients.length === 1,
    'it is in the index',
  )
  await server.call('tokens.rotate', {})
  await server.hms('relay', 'deny', '127.0.0.1')
  const [backup, passphrase] = [join(folder.path, 'home.zip.enc'), join(folder.path, 'passphrase')]
  writeFileSync(passphrase, 'correct horse\n')
  await server.hms('backup', '--to', backup, '--passphrase-file', passphrase)
  assert.equal(await server.stop(), 0)

  const sent = join(folder.path, 'sent')
  cpSync(join(server.home, 'sent'), sent, { recursive: true })
  rmSync(server.home, { recursive: true })
  await server.hms('restore', backup, '--yes', '--passphrase-file', passphrase)
  cpSync(sent, join(server.home, 'sent'), { recursive: true })
  await server.startAgain()

  assert.deepEqual((await links.visit(server, ben.click)).slice(0, 2), [302, 'https://shop.test/x'])
  const [, , question] = await links.visit(server, ann.page)
  const [, name = '', value = ''] = /<form method="post"><button type="submit" name="(\w+)" value="(\w+)">/.exec(question) ?? []
  const [status, location, done] = await links.visit(server, ann.page, `${name}=${value}`)
  assert.deepEqual([status, location], [200, undefined])
  assert.match(done, /<h1>You are unsubscribed<\/h1>\s*<p><strong dir="ltr">a…@people\.test<\/strong> gets no more/)
  assert.doesNotMatch(done, /<form|<script/)
  using stranger = await SmtpClient.open(server.smtpPort)
  assert.equal((await stranger.send({ from: '', to: [ben.path.toUpperCase()], data: bounceMessage('ben@people.test') })).code, 250)
  const wish = 'From: cleo@elsewhere.test\r\nSubject: unsubscribe\r\n\r\n\r\n'
  assert.equal((await stranger.send({ from: 'cleo@elsewhere.test', to: [cleo.mail], data: wish })).code, 250)
  const entries = async (): Promise<readonly unknown[] | false> => {
    const found = await Promise.all(names.map((one) => server.call('suppression.find', { target: `${one}@people.test` })))
    const all = found.map(({ entries: [entry] }) => entry && [entry.stream, entry.reason])
    return all.every((one) => one !== undefined) && all
  }
  assert.deepEqual(await until(entries, 'all three are suppressed'), [
    ['bulk', 'Unsubscribe'],
    [null, 'Bounce'],
    ['bulk', 'Unsubscribe'],
  ])
  const { events } = await server.call('events.find', { kinds: ['bounced', 'unsubscribed'], limit: 10 })
  const byRecipient = (a: NumberedEvent, b: NumberedEvent): number => a.recipient.localeCompare(b.recipient)
  assert.deepEqual(
    events.toSorted(byRecipient).map((event) => [event.kind, event.mailing, event.kind === 'bounced' && event.proved]),
    [
      ['unsubscribed', 'may', false],
      ['bounced', 'may', true],
      ['unsubscribed', 'may', false],
    ],
  )
})
