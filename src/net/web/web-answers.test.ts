// Answers of the web listener that fail when they have begun.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../base/clock.ts'
import { jsonLog } from '../../base/log.ts'
import { openWebListener, type WebRequest } from './web-listener.ts'

test('an answer that fails behind its header is cut off, and the next request is answered', async () => {
  const lines: string[] = []
  const failing = (): AsyncIterable<string> => {
    throw new Error('there is nothing to tell')
  }
  const listener = await openWebListener({
    purpose: 'tests',
    on: { host: '127.0.0.1', port: 0 },
    context: null,
    proxyFrom: [],
    connections: 10,
    connectionsPerAddress: 10,
    room: 1024,
    handle: async ({ path }: WebRequest) => ({ status: 200, headers: {}, body: path === '/whole' ? 'whole' : failing }),
    clock: systemClock,
    log: jsonLog('test', 'error', (line) => lines.push(line)),
  })
  try {
    const base = `http://127.0.0.1:${listener.address.port}`
    await assert.rejects(async () => (await fetch(`${base}/failing`)).text())
    assert.equal(await (await fetch(`${base}/whole`)).text(), 'whole')
    assert.match(lines.join(''), /there is nothing to tell/)
  } finally {
    await listener.close(0)
  }
})
