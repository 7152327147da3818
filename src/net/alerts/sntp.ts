// Asks a time server, once, how far this machine's clock is off (SNTP, rfc:5905#14).
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import { SNTP_NONCE, sntpOffset, sntpQuestion } from '../../policy/alarms/sntp.ts'

export interface TimeServer {
  readonly host: string
  readonly port: number
}

const PORT = 123
const PATIENCE: Ms = 5000

/** `time.example.com, 192.0.2.1, [2001:db8::1]:123`. Null: one of them is none. */
export function parseTimeServers(text: string): readonly TimeServer[] | null {
  const servers = text
    .split(/[\s,]+/)
    .filter((one) => one !== '')
    .map((one) => {
      const [, bracketed, plain, port] = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(one) ?? []
      return { host: bracketed ?? plain ?? '', port: port === undefined ? PORT : Number(port) }
    })
  return servers.every(({ host, port }) => host !== '' && port > 0 && port < 65_536) ? servers : null
}

/** How far the clock is ahead of the server's; a text: why that cannot be told, as the end of a sentence. Never rejects. */
export async function askTime({ host, port }: TimeServer, clock: Clock): Promise<Ms | string> {
  try {
    const { address, family } = await lookup(host)
    using opened = new DisposableStack()
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    opened.defer(() => socket.close())
    const { promise, resolve, reject } = Promise.withResolvers<Ms | string>()
    opened.use(clock.after(PATIENCE, () => resolve(`it did not answer within ${PATIENCE / 1000} s`)))
    const nonce = randomBytes(SNTP_NONCE)
    let sent = 0
    socket.on('error', reject)
    socket.on('message', (packet) => {
      const offset = sntpOffset(packet, { nonce, sent, came: clock.now() })
      if (offset !== undefined) resolve(offset)
    })
    // Only what comes from there is taken.
    socket.connect(port, address, () => {
      sent = clock.now()
      socket.send(sntpQuestion(nonce), (error) => {
        if (error !== null) reject(error)
      })
    })
    return await promise
  } catch (error) {
    return messageOf(error)
  }
}
