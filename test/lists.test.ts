// The owner's list files on a running server: what they make of replies, while it runs, and what becomes of a bad line.
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

/** Until the log says so: files are looked at every two seconds. */
async function logged(server: TestServer, what: RegExp, from: number): Promise<void> {
  const said = (): string => server.output().slice(from)
  await until(
    () => what.test(said()),
    () => `the log says ${what}\n${said()}`,
  )
}

test('lists in config/ decide about replies, count without a restart, and a bad line of them is named', async () => {
  const replies: Readonly<Record<string, string>> = {
    full: '552 5.2.2 mailbox full',
    gone: '450 4.2.1 user moved away',
    plain: '550 5.1.1 unknown',
  }
  await using peer = await SmtpPeer.start({ on: { rcpt: (line) => replies[/<(\w+)-/.exec(line)?.[1] ?? ''] } })
  await using server = await startServer()
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  const become = async (name: string) => {
    await server.hms('send', '--to', `${name}@example.test`, '--no-follow')
    return await server.outcome(`${name}@example.test`)
  }
  assert.deepEqual([(await become('full-1')).kind, (await become('gone-1')).kind], ['failed', 'deferred'])

  const own = (name: string, text: string): void => writeFileSync(join(server.home, 'config', name), text)
  const from = server.output().length
  own('optimizations.list', 'mailbox full~*~3h\n')
  own('response_translations.list', 'moved away~*~2004\n')
  own('deliverystatuscodes.list', 'mailbox full~*~Temporary~*~Mailboxes of a customer are full\nmoved away~*~Permanent\nthis is no line\n')
  await logged(server, /a line of a list file does not count.*deliverystatuscodes\.list","line":3/, from)

  const full = await become('full-2')
  assert.ok(full.kind === 'deferred')
  assert.ok(Math.abs(full.nextAttempt - full.at - 3 * 3_600_000) <= 0.11 * 3 * 3_600_000, 'the wait of the list did not count')
  const gone = await become('gone-2')
  assert.ok(gone.kind === 'failed')
  assert.equal(gone.failureCode, 2004)
  assert.equal((await become('plain-2')).kind, 'failed')
  const { alerts } = await server.until((status) => status.alerts.length > 0)
  assert.match(alerts[0]?.what ?? '', /^Mailboxes of a customer are full: .*552 5\.2\.2 mailbox full/)
  const shown = await server.run('lists')
  assert.equal(shown.code, 1)
  assert.match(shown.stdout, /deliverystatuscodes\.list +own +2[^]*deliverystatuscodes\.list:3: Expected pattern~\*~value, found no ~\*~\./)
  assert.deepEqual(await server.hms('lists', 'try', '450 user moved away'), { status: 'permanent', alert: null, wait: null, code: 2004 })

  rmSync(join(server.home, 'config/deliverystatuscodes.list'))
  let n = 3
  await until(async () => (await become(`full-${n++}`)).kind === 'failed', 'the shipped list counts again')
  assert.match((await server.get('/metrics')).body, /^hms_regex_operations_total [1-9]/m)
})
