// `hms trace` on a running server with two workers: dialogs of both directions, as they happen, without credentials and bodies.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { TraceLine } from '../src/contract/bus.ts'
import { until } from '../testkit/patience.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const HMS = join(import.meta.dirname, '..', 'hms')

class Tracing implements AsyncDisposable {
  readonly lines: TraceLine[] = []
  readonly #process
  #output = ''

  constructor(home: string, ...words: readonly string[]) {
    this.#process = spawn(HMS, ['trace', '--json', '--home', home, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#process.stdout.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString()
      const whole = this.#output.split('\n')
      this.#output = whole.pop() ?? ''
      this.lines.push(...whole.map((line) => JSON.parse(line) as TraceLine))
    })
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    await until(holds, () => `${what}: ${JSON.stringify(this.lines.map(({ text }) => text))}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGINT')
    await ended
  }
}

test('both directions are shown, of the domain that was asked for, and nothing secret', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await startServer({ workers: 2, config: { 'smtp.plain_auth': 'true' } })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  await server.call('route.set', { pattern: 'other.test', url: 'smtp://127.0.0.1:9' })
  await using all = new Tracing(server.home)
  await using one = new Tracing(server.home, '--out', '--domain', 'wanted.test')
  const { user, password } = server.account
  const login = Buffer.from(`\0${user}\0${password}`).toString('base64')
  const send = async (recipient: string): Promise<void> => {
    using client = await SmtpClient.open(server.smtpPort)
    assert.equal((await client.command(`AUTH PLAIN ${login}`)).code, 235)
    const letter = { from: 'a@sender.test', to: [recipient], data: 'Subject: x\r\n\r\na secret body\r\n' }
    assert.equal((await client.send(letter)).code, 250)
  }
  // Watching begins with the first call of each worker: until then a message may go by.
  let n = 0
  for (; one.lines.length === 0 || !all.lines.some(({ way }) => way === 'in'); n++) {
    assert.ok(n < 100)
    await send(`x${n}@wanted.test`)
    await wait(200)
  }
  await send('x@other.test')
  await send('last@wanted.test')
  await one.until('the last delivery', () => one.lines.some(({ text }) => text === 'RCPT TO:<last@wanted.test>'))
  await all.until('the other domain', () => all.lines.some(({ text }) => text === 'RCPT TO:<x@other.test>'))

  assert.ok(one.lines.every(({ way }) => way === 'out'))
  assert.ok(one.lines.some(({ text, from }) => from === 'note' && /^the message, \d+ octets$/.test(text)))
  assert.ok(one.lines.some(({ text, from }) => from === 'peer' && text.startsWith('250')))
  assert.ok(!one.lines.some(({ text }) => text.includes('other.test')))
  assert.ok(all.lines.some(({ text, way }) => way === 'in' && text === 'AUTH PLAIN (credentials)'))
  const shown = JSON.stringify([...all.lines, ...one.lines])
  for (const secret of [login, password, 'a secret body']) assert.ok(!shown.includes(secret), secret)
})
