// What tests of the small HTTP server share: one that says yes, raw words to it, and connections.
import { connect, type Socket } from 'node:net'
import { systemClock } from '../src/base/clock.ts'
import { jsonLog } from '../src/base/log.ts'
import { type Asked, openWebListener, type WebListener, type WebListenerOptions } from '../src/net/web/web-listener.ts'

export const BASE = {
  purpose: 'tests',
  on: { host: '127.0.0.1', port: 0 },
  context: null,
  proxyFrom: [],
  connections: 100,
  connectionsPerAddress: 100,
  clock: systemClock,
  log: jsonLog('test', 'error', () => {}),
}

/** Disposed of when `use` is done. */
export async function listener(
  given: Partial<Extract<WebListenerOptions, { answer: unknown }>>,
  use: (listener: WebListener, asked: Asked[]) => Promise<void>,
): Promise<void> {
  const asked: Asked[] = []
  const server = await openWebListener({
    ...BASE,
    answer: async (one) => {
      asked.push(one)
      return { status: 200, headers: {}, body: 'yes' }
    },
    ...given,
  })
  try {
    await use(server, asked)
  } finally {
    await server.close(0)
  }
}

/** What comes back until the connection ends. */
export async function spoken({ address }: WebListener, text: string): Promise<string> {
  const socket = connect(address.port, address.host)
  let answer = ''
  socket.on('data', (chunk) => (answer += chunk.toString()))
  socket.on('error', () => {})
  socket.write(text)
  await new Promise((resolve) => socket.once('close', resolve))
  return answer
}

export function opened({ address }: WebListener): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(address.port, address.host, () => resolve(socket))
    socket.once('error', reject)
  })
}

export const ended = (socket: Socket): Promise<unknown> =>
  new Promise((resolve) => (socket.destroyed ? resolve(null) : socket.once('close', resolve)))
