// Makes the home that the tests of every later release upgrade: `node scripts/home-fixture.ts`, once a release, before the release.
// The program as it is built runs on a home of its own under a little load; what it leaves is test/fixtures/homes/VERSION.tar.gz,
// what is in it, row by row, VERSION.json. The folder's README.md says what is in it and why.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { CountingSink } from '../testkit/counting-sink.ts'
import { homeRows, settingsFileOf } from '../testkit/home-rows.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'

const root = join(import.meta.dirname, '..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const LARGE = 300 * 1024
const CONFIG = { 'delivery.retry_first': '12h', 'delivery.expiry': '30d', 'smtp.plain_auth': 'true' }
const PASSWORD = 'a password of the fixture'

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hms-fixture-'))
  const home = join(folder, 'home')
  try {
    {
      await using sink = await CountingSink.start()
      await using server = await startServer({ home, workers: 2, config: CONFIG })
      await settings(server, sink.port)
      await load(server)
    }
    for (const shard of ['0', '1']) neverExpires(join(home, 'spool', `${shard}.db`))
    for (const left of ['run', 'spool/0.reserve', 'spool/1.reserve']) rmSync(join(home, left), { recursive: true })
    execFileSync('mkdir', ['-m', '700', join(home, 'run')])
    const target = join(root, 'test/fixtures/homes', version)
    execFileSync('sh', [
      '-c',
      `tar -C "$0" --sort=name --owner=0 --group=0 --numeric-owner -cf - home | gzip -9n > "$1"`,
      folder,
      `${target}.tar.gz`,
    ])
    const rows = await homeRows(home, settingsFileOf(home))
    writeFileSync(`${target}.json`, `${JSON.stringify(rows, null, 1)}\n`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** No option keeps a message for longer than 30 days; the tests are to find a queue in years. */
function neverExpires(shard: string): void {
  using database = new DatabaseSync(shard)
  database.prepare('UPDATE message SET expires = ?').run(Date.UTC(2100, 0))
}

async function settings(server: TestServer, port: number): Promise<void> {
  await server.hms('account', 'add', 'Newsletters')
  await server.hms('account', 'set', '1002', '--unsigned', 'allow', '--messages-per-hour', '100000')
  await server.hms('credential', 'add', '1002', 'news', '--password', PASSWORD, '--network', '127.0.0.0/8')
  await server.hms('relay', 'allow', '127.0.0.1')
  await server.hms('relay', 'allow', '192.0.2.0/24')
  await server.hms('domain', 'add', 'sender.test', '1002')
  await server.hms('domain', 'verify', 'sender.test', '--force')
  await server.hms('dkim', 'create', 'sender.test', '--selector', 'rsa')
  await server.hms('dkim', 'create', 'sender.test', '--selector', 'ed', '--algorithm', 'ed25519-sha256')
  for (const selector of ['rsa', 'ed']) await server.hms('dkim', 'verify', 'sender.test', '--selector', selector, '--force')
  await server.call('route.set', {
    pattern: 'smart.test',
    url: `smtp://smart.hms.test:587`,
    tls: 'verify',
    user: 'smart',
    password: 'a secret',
  })
  await server.hms('route', 'set', 'peer.test', `smtp://127.0.0.1:${port}`)
  await server.hms('route', 'set', '*', 'smtp://127.0.0.1:1')
}

/** 150 delivered, 48 queued: some tried once, some held, one large, some for several recipients; 6 deleted. */
async function load(server: TestServer): Promise<void> {
  const send = async (to: readonly string[], text: string, more = ''): Promise<void> => {
    using client = await SmtpClient.open(server.smtpPort)
    const data = `From: <news@sender.test>\r\nTo: <${to[0]}>\r\nSubject: fixture\r\n${more}\r\n${text}\r\n`
    await client.command(`AUTH PLAIN ${Buffer.from(`\0news\0${PASSWORD}`).toString('base64')}`)
    const reply = await client.send({ from: 'news@sender.test', to, data })
    if (reply.code !== 250) throw new Error(reply.text)
  }
  for (let n = 0; n < 150; n++) await send([`d${n}@peer.test`], `Delivered, ${n}.`)
  for (let n = 0; n < 24; n++)
    await send([`q${n}@d${n % 5}.test`], `Queued, ${n}.`, `X-xsMailingId: m${n % 3}\r\nX-xsMessageId: c ${n}\r\n`)
  for (let n = 0; n < 4; n++) await send([`a${n}@one.test`, `b${n}@one.test`, `c${n}@two.test`], `For three, ${n}.`)
  for (let n = 0; n < 8; n++) await send([`h${n}@held.test`], `Held, ${n}.`)
  for (let n = 0; n < 6; n++) await send([`x${n}@gone.test`], `Deleted, ${n}.`)
  await send(['large@d0.test', 'large@d1.test', 'large@held.test'], 'Compressible text of a large message.\r\n'.repeat(LARGE / 39))
  await server.until(({ queued }) => queued === 53)
  await wait(1500)
  await server.hms('queue', 'hold', '--domain', 'held.test', '--yes')
  await server.hms('queue', 'delete', '--domain', 'gone.test', '--yes')
  await server.until(({ queued }) => queued === 47)
  await wait(1500)
}

await main()
