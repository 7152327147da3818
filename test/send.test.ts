// `hms send` as a person sees it: each address of the simulator, several recipients, a file, mistakes; words and exit codes.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const opened = new AsyncDisposableStack()
let server: TestServer
before(async () => {
  server = opened.use(await startServer())
})
after(() => opened.disposeAsync())

test('each address of the simulator ends as it says, with an exit code for scripts', async () => {
  const ends: Record<string, [code: number, word: RegExp, last: RegExp]> = {
    success: [0, /delivered .* 250 2\.0\.0 Taken/, /^Delivered\. Its history: \.\/hms queue show \w{16} --home \//],
    bounce: [1, /failed .* 550 5\.1\.1 No such mailbox/, /^It failed\./],
    full: [1, /failed .* 552 5\.2\.2 Mailbox full/, /^It failed\./],
    defer: [75, /deferred .* 451 4\.7\.1 Greylisted.*; next attempt in \d+m/, /^It is still in the queue: /],
    slow: [0, /delivered .* 250 /, /^Delivered\./],
    block: [75, /deferred .* 554 5\.7\.1 .* blocked using/, /^It is still in the queue: /],
    complaint: [0, /delivered .* 250 /, /^Delivered\./],
  }
  const sent = Object.keys(ends).map((name) => server.run('send', '--to', `${name}@simulator.hms.test`))
  for (const [i, name] of Object.keys(ends).entries()) {
    const [code, word, last] = ends[name] ?? assert.fail()
    const ended = await sent[i]
    assert.equal(ended?.code, code, `${name}: ${ended?.stdout}${ended?.stderr}`)
    assert.match(ended.stdout, word, name)
    assert.match(ended.stdout.trimEnd().split('\n').at(-1) ?? '', last, name)
  }
  const { events } = await server.call('events.find', { kinds: ['accepted'], limit: 20 })
  assert.equal(events.length, 7)
  assert.deepEqual(
    (await server.call('credential.list', {})).map(({ user }) => user),
    [server.account.user, 'api:first'],
    'logins made for sending are gone',
  )
})

test('several recipients are all followed, the default one among them too', async () => {
  const both = await server.run('send', 'success@simulator.hms.test', '--to', 'bounce@simulator.hms.test')
  assert.equal(both.code, 1)
  assert.match(both.stdout, /accepted .* 2 recipients/)
  assert.match(both.stdout, /delivered .* success@simulator/)
  assert.match(both.stdout, /failed .* bounce@simulator/)
  assert.match(both.stdout, /^It was delivered to 1 of 2 recipients\. /m)
})

test('a file goes as it is, 8-bit octets too; one that cannot be read is told', async () => {
  await using peer = await SmtpPeer.start()
  await server.call('route.set', { pattern: 'peer.test', url: `smtp://127.0.0.1:${peer.port}` })
  const letter = Buffer.from(
    'From: a@sender.test\r\nDate: Sun, 22 Nov 2026 07:00:00 +0000\r\nMessage-ID: <1@sender.test>\r\n\r\n.\xfc\xff\r\n',
    'latin1',
  )
  writeFileSync(join(server.home, 'letter'), letter)
  const sent = await server.run('send', '--file', join(server.home, 'letter'), '--to', 'b@peer.test')
  assert.equal(sent.code, 0, sent.stdout + sent.stderr)
  const [received] = await peer.waitForMessages(1)
  assert.ok(received?.data.subarray(-letter.length).equals(letter))
  const missing = await server.run('send', '--file', join(server.home, 'nothing'))
  assert.equal(missing.code, 64)
  assert.match(missing.stderr, /^hms: The message cannot be read: ENOENT/)
})
