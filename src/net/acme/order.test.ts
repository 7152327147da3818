import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import acme from 'acme-client'
import { orderCertificate } from './order.ts'

test('an order that comes to no end is given up after its time', async () => {
  const sockets: Socket[] = []
  const silent = createServer((socket) => void sockets.push(socket.on('error', () => {})))
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const account = { key, url: null }
  const order = {
    directory: `http://127.0.0.1:${port}/`,
    trust: null,
    contact: '',
    binding: null,
    account,
    names: ['mail.example.test'],
    key,
  }
  await assert.rejects(orderCertificate({ ...order, listen: [], most: 300 }), /did not come to an end within 0\.3 s/)
  // What was given up would be asked again and again, for a minute.
  const { acmeSettings } = acme.axios.defaults as unknown as { acmeSettings: { retryMaxAttempts: number } }
  acmeSettings.retryMaxAttempts = 0
  silent.close()
  for (const socket of sockets) socket.destroy()
})
