import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { ChallengeResponder } from './responder.ts'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test('connections that say nothing do not keep the authority out', async () => {
  const port = await freePort()
  await using responder = await ChallengeResponder.listen([{ host: '127.0.0.1', port }])
  responder.answer('token', 'text')
  const idle: Socket[] = []
  using _all = { [Symbol.dispose]: () => idle.forEach((socket) => socket.destroy()) }
  for (let i = 0; i < 110; i++) {
    const socket = connect({ host: '127.0.0.1', port })
    socket.on('error', () => {})
    idle.push(socket)
    await once(socket, 'connect')
  }
  const asked = (path: string) => fetch(`http://127.0.0.1:${port}/.well-known/acme-challenge/${path}`)
  const answer = await asked('token')
  assert.deepEqual([answer.status, await answer.text()], [200, 'text'])
  assert.equal((await asked('__proto__')).status, 404)
})
