// Content check: clamd looks at every message before it is stored (INSTREAM over TCP). While clamd cannot be asked the hook throws, and
// `on_failure` of config/plugins.yaml says what becomes of mail: choose `defer` where none may pass unseen.
import { connect, type Socket } from 'node:net'
import { definePlugin, type ReceivedEvent } from '@hurricane-mta/plugin'
import { z } from 'zod'

const settings = z.object({
  host: z.string().default('127.0.0.1'),
  port: z.number().int().default(3310),
  /** What becomes of a message with a virus. */
  infected: z.enum(['refuse', 'hold', 'ignore']).default('refuse'),
  /** Octets that clamd takes (StreamMaxLength); of larger messages it sees the beginning. */
  largest: z
    .number()
    .int()
    .positive()
    .default(25 * 1024 * 1024),
  /** Milliseconds for one message; below the plug-in's budget, so that connections do not outlive their answer. */
  within: z.number().int().positive().default(1800),
})
type Settings = z.infer<typeof settings>

export default definePlugin({
  name: 'content-scan',
  apiVersion: 1,
  settings,
  hooks: {
    received: async (event, { settings: { infected, ...how }, log }) => {
      const virus = await scan(event, how)
      if (virus === null) return
      log.warn(`Message ${event.message} from <${event.sender}> (${event.client.address}) has ${virus}.`)
      if (infected === 'hold') return { action: 'hold', reason: `clamd found ${virus}` }
      return infected === 'ignore' ? { action: 'ignore' } : { action: 'refuse', text: `The message has a virus: ${virus}` }
    },
  },
})

/** The name of what was found; null: nothing. */
async function scan(event: ReceivedEvent, { host, port, largest, within }: Omit<Settings, 'infected'>): Promise<string | null> {
  const socket = connect({ host, port })
  const patience = setTimeout(() => socket.destroy(new Error(`clamd at ${host}:${port} has no answer within ${within} ms`)), within)
  try {
    // What clamd says while it is still being sent to counts; it may have seen enough.
    send(socket, event, largest).catch((error: Error) => socket.destroy(error))
    const answer = await answerOf(socket)
    if (answer === 'stream: OK') return null
    const found = /^stream: (.+) FOUND$/.exec(answer)?.[1]
    if (found === undefined) throw new Error(`clamd says "${answer.slice(0, 200)}"`)
    return found
  } finally {
    clearTimeout(patience)
    socket.destroy()
  }
}

async function answerOf(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket.setEncoding('latin1')) {
    text += String(chunk)
    if (text.includes('\0') || text.length > 10_000) break
  }
  return (text.split('\0')[0] ?? '').trim()
}

/** Each chunk behind its length in four octets, the last one empty. */
async function send(socket: Socket, event: ReceivedEvent, largest: number): Promise<void> {
  await write(socket, Buffer.from('zINSTREAM\0'))
  let left = largest
  for await (const piece of octetsOf(event)) {
    const part = piece.subarray(0, left)
    left -= part.length
    if (part.length === 0) break
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.length)
    await write(socket, Buffer.concat([length, part]))
  }
  await write(socket, Buffer.alloc(4))
}

async function* octetsOf(event: ReceivedEvent): AsyncIterable<Uint8Array> {
  yield Buffer.from(`${event.header.map(({ name, value }) => `${name}: ${value}\r\n`).join('')}\r\n`)
  yield* event.body()
}

/** Resolves when there is room for more: a message is never in memory whole. */
function write(socket: Socket, octets: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => void socket.write(octets, (error) => (error ? reject(error) : resolve())))
}
