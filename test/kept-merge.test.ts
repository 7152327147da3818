// Copies of a message that was made for each of its recipients, as each got it; and copies that cannot be written: told, and the mail goes on.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import type { KeptDelivery } from '../src/contract/kept.ts'
import { inject } from '../testkit/injecting.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

test('a copy that cannot be kept is an alarm with what to do until one can; of a template each has what he got', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hms-kept-merge-'))
  t.after(() => rmSync(folder, { recursive: true }))
  await using peer = await SmtpPeer.start()
  await using server = await startServer()
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  const { id: account } = server.account
  await server.hms('account', 'keep', String(account), '--days', '3', '--bytes', '1GiB')
  await server.settled()
  const kept = join(server.home, 'kept')
  mkdirSync(kept)
  // Where its folder should be stands a file.
  writeFileSync(join(kept, String(account)), '')
  const send = async (names: readonly string[]): Promise<void> => {
    const message = {
      from: { email: 'shop@sender.test', name: 'Shop' },
      subject: 'For {{ first }}',
      text: 'Hello {{ first }} of {{ city }}',
    }
    const recipients = names.map((first) => ({ to: { email: `${first}@x.test`, name: `${first} Köhler` }, data: { first, city: 'Köln' } }))
    const { status } = await inject(server, '/v1/messages/batch', { message, recipients })
    assert.equal(status, 200)
  }
  await send(['eve'])
  await server.until(({ delivered }) => delivered === 1)
  const { alarms } = await server.until((status) => status.alarms.some(({ name }) => name === 'copies-failing'))
  const told = alarms.find(({ name }) => name === 'copies-failing')
  assert.equal(told?.subject, String(account))
  assert.match(
    `${told?.what} ${told?.mend}`,
    /Of 1 deliveries of account \d+ no copy could be stored: .*(?:ENOTDIR|EEXIST).*Free disk space/s,
  )

  rmSync(join(kept, String(account)))
  await send(['ann', 'bob'])
  await server.until(({ delivered }) => delivered === 3)
  const [delivery] = await server.hms<readonly KeptDelivery[]>('kept', 'ls', String(account), '--address', 'ann@x.test')
  assert.ok(delivery?.isTemplate === true)
  const raw = join(folder, 'ann.eml')
  await server.hms('kept', 'show', String(account), delivery.message, '--raw', raw, '--address', 'Ann@x.test')
  const text = readFileSync(raw, 'utf8')
  const got = peer.messages.find(({ recipients: [to] }) => to === 'ann@x.test')?.data.toString() ?? ''
  // Not the Message-ID, boundaries and the signature, which each delivery has of its own.
  for (const line of ['Subject: For ann', 'Hello ann of K=C3=B6ln', ...(got.match(/^(?:From|To|Date): .*$/gim) ?? [])]) {
    assert.ok(got.includes(line), `got: ${line}`)
    assert.ok(text.includes(line), `kept: ${line}\n${text}`)
  }
  assert.match(text, /^To: .*ann/m)
  assert.doesNotMatch(text, /bob/)
  const none = await server.run('kept', 'show', String(account), delivery.message, '--raw', join(folder, 'x'), '--address', 'nobody@x.test')
  assert.match(none.stderr, /no copy of a delivery to nobody@x\.test/)
  assert.match((await server.run('kept', 'show', String(account), delivery.message, '--address', 'a@x.test')).stderr, /--raw/)
  const asAPI = await server.call('kept.raw', { account: account as AccountId, message: delivery.message, address: 'bob@x.test' })
  assert.match(Buffer.from(asAPI.octets, 'base64').toString(), /Hello bob of/)
})
