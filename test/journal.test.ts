// The delivery journal on a disk of its own that fills up: deliveries go on, the owner is told, nothing is missing or there twice after.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { readJournal } from '../src/store/journal/reader.ts'
import { CountingSink } from '../testkit/counting-sink.ts'
import { startServer } from '../testkit/server.ts'
import { cannotMount, SmallDisk } from '../testkit/small-disk.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'

test('a journal that cannot be written holds up no delivery, and is complete when it can be', { skip: cannotMount() }, async () => {
  using disk = new SmallDisk('1m')
  await using sink = await CountingSink.start()
  await using server = await startServer({ config: { 'journal.folder': join(disk.folder, 'journal') } })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  const wanted: string[] = []
  const send = async (part: string): Promise<void> => {
    using client = await SmtpClient.open(server.smtpPort)
    for (let n = 0; n < 20; n++) {
      const to = [`${part}${n}a@peer.test`, `${part}${n}b@peer.test`]
      wanted.push(...to)
      assert.equal((await client.send({ from: 'a@sender.test', to, data: 'Subject: x\r\n\r\nx\r\n' })).code, 250)
    }
  }
  await send('before')
  await server.until(({ delivered }) => delivered === 40)
  disk.fill()
  await send('full')
  assert.deepEqual(await sink.until(wanted), [], 'deliveries waited for the journal')
  const { alerts } = await server.until((status) => status.alerts.length > 0)
  assert.match(alerts[0]?.what ?? '', /The delivery journal in .* cannot be written: ENOSPC/)
  assert.ok((await server.status()).delivered < 80, 'events were committed without the journal')
  disk.free()
  await server.until((status) => status.alerts.length === 0 && status.delivered === 80)
  await send('after')
  await server.until(({ delivered }) => delivered === 120)
  assert.deepEqual([sink.received, sink.duplicates], [120, 0])
  const { events } = await server.call('events.find', { limit: 1000, kinds: ['delivered'] })
  assert.equal(events.length, 120)
  await server.stop()
  const found: Record<string, Set<string>> = {}
  for await (const entry of readJournal({ folder: join(disk.folder, 'journal') }, new Map()))
    (found[entry.kind] ??= new Set()).add('recipient' in entry ? entry.recipient : JSON.stringify(entry))
  assert.deepEqual(Object.keys(found).toSorted(), ['accepted', 'delivered'])
  for (const kind of ['accepted', 'delivered']) assert.deepEqual([...(found[kind] ?? [])].toSorted(), wanted.toSorted())
})
