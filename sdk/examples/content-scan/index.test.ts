import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { tryPlugin } from '@hurricane-mta/plugin/test'

const folder = import.meta.dirname

/** A peer that speaks clamd's INSTREAM: `answer` is made of all that was streamed. */
async function clamd(answer: (octets: Buffer) => string | null) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    let held = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk])
      const octets = streamed(held)
      const said = octets === null ? null : answer(octets)
      if (said !== null) socket.end(`${said}\0`)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Null: it is not whole yet. */
function streamed(held: Buffer): Buffer | null {
  const word = 'zINSTREAM\0'
  const pieces: Buffer[] = []
  for (let at = word.length; at + 4 <= held.length;) {
    const length = held.readUInt32BE(at)
    if (length === 0) return held.toString('latin1', 0, word.length) === word ? Buffer.concat(pieces) : Buffer.from('?')
    pieces.push(held.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return null
}

const verdict = (octets: Buffer): string => (octets.includes('EICAR') ? 'stream: Win.Test.EICAR_HDB-1 FOUND' : 'stream: OK')

test('a message with a virus is refused, held or dropped; others pass', async () => {
  const seen: string[] = []
  await using peer = await clamd((octets) => {
    seen.push(octets.toString())
    return verdict(octets)
  })
  for (const infected of ['refuse', 'hold', 'ignore'] as const) {
    await using trial = await tryPlugin({ folder, settings: { port: peer.port, infected, within: 60_000 }, budget: '60s' })
    assert.equal((await trial.send({ message: 'Subject: hello\n\nhello\n' })).outcome, 'accepted')
    const bad = await trial.send({ message: 'Subject: hello\n\nEICAR\n' })
    assert.equal(bad.outcome, { refuse: 'refused', hold: 'held', ignore: 'ignored' }[infected])
    if (infected === 'refuse') assert.equal(bad.text, '550 5.7.1 The message has a virus: Win.Test.EICAR_HDB-1')
    assert.deepEqual(trial.problems, [])
  }
  assert.equal(seen[0], 'Subject: hello\r\n\r\nhello\r\n')
})

test('a large message is streamed, and of one that is too large its beginning', async () => {
  await using peer = await clamd((octets) => (octets.length === 1_000_000 ? 'stream: OK' : `${octets.length} octets ERROR`))
  const settings = { port: peer.port, largest: 1_000_000, within: 60_000 }
  await using trial = await tryPlugin({ folder, settings, budget: '60s' })
  const message = `Subject: large\r\n\r\n${`${'0123456789'.repeat(7)}\r\n`.repeat(30_000)}`
  assert.equal((await trial.send({ message })).outcome, 'accepted')
})

test('while clamd says nothing, or is not there, the owner chose what becomes of mail', async () => {
  await using silent = await clamd(() => null)
  const settings = { port: silent.port, within: 300 }
  await using trial = await tryPlugin({ folder, settings, budget: '60s', on_failure: 'defer' })
  const { text } = await trial.send({ message: 'Subject: hello\n\nhello\n' })
  assert.equal(text, '451 4.3.0 A filter of this server failed. Try again later.')
  assert.match(trial.problems[0] ?? '', /received threw: Error: clamd at 127\.0\.0\.1:\d+ has no answer within 300 ms/)
})
