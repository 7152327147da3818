// How a launcher finds out whether the release that it belongs to works, before anybody depends on it: a message through the worker on
// trial to the simulator, and a look at the panel.
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import type { Ms } from '../../base/brand.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'
import { SIMULATOR_DOMAIN } from '../simulator-handler.ts'
import type { Tree } from '../launcher/tree.ts'

const READY_WITHIN: Ms = 100_000
const DELIVERED_WITHIN: Ms = 30_000
const ANSWER_WITHIN: Ms = 20_000

/** Rejects with a Fault that says what does not work. */
export async function tryOut(tree: Tree): Promise<void> {
  const { broken, port, delivered } = tree.trial
  const failing = broken.then((reason) => {
    throw trialFault(reason)
  })
  const step = <T>(work: Promise<T>, within: Ms, what: string): Promise<T> => {
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(trialFault(`${what} did not come within ${within / 1000} s.`)), within)
    return Promise.race([work, failing, promise]).finally(() => clearTimeout(timer))
  }
  await step(tree.ready, READY_WITHIN, 'The start of its processes')
  await step(handIn(await port), ANSWER_WITHIN, 'An answer of its SMTP listener')
  await step(delivered, DELIVERED_WITHIN, 'The delivery of its trial message')
  for (const address of tree.addresses['panel.listen'].slice(0, 1))
    await step(lookAtPanel(address), ANSWER_WITHIN, 'An answer of its Control Panel')
}

function trialFault(reason: string): Fault {
  return new Fault('trial-failed', `The trial of the new version failed: ${reason}`, {
    blame: 'owner',
    mend: "The server's log tells more, and 'hms support-bundle' gathers it for whoever made the release.",
  })
}

const MESSAGE = [
  `From: <trial@${SIMULATOR_DOMAIN}>`,
  `To: <success@${SIMULATOR_DOMAIN}>`,
  'Subject: Trial of a release',
  '',
  'Sent by Hurricane MTA Server to itself before another release takes over.',
  '.',
]
const DIALOG: readonly (readonly [code: string, command: string])[] = [
  ['220', `EHLO ${SIMULATOR_DOMAIN}`],
  ['250', `MAIL FROM:<trial@${SIMULATOR_DOMAIN}>`],
  ['250', `RCPT TO:<success+trial@${SIMULATOR_DOMAIN}>`],
  ['250', 'DATA'],
  ['354', MESSAGE.join('\r\n')],
  ['250', 'QUIT'],
]

async function handIn(port: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    const replies = createInterface({ input: socket })[Symbol.asyncIterator]()
    socket.on('error', () => {})
    await once(socket, 'connect')
    for (const [code, command] of DIALOG) {
      const reply = await lastLine(replies)
      if (!reply.startsWith(code)) throw trialFault(`Its listener said "${reply}" before ${command.slice(0, 40)}.`)
      socket.write(`${command}\r\n`)
    }
  } catch (error) {
    throw error instanceof Fault ? error : trialFault(`Its listener cannot be spoken with: ${messageOf(error)}.`)
  } finally {
    socket.destroy()
  }
}

/** Of a reply, which may have several lines. */
async function lastLine(lines: AsyncIterator<string>): Promise<string> {
  for (;;) {
    const { value, done } = await lines.next()
    if (done === true) return 'nothing'
    if (!/^\d{3}-/.test(value)) return value
  }
}

async function lookAtPanel({ host, port }: SocketAddress): Promise<void> {
  const { get } = process.getBuiltinModule('node:http')
  const local = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  get({ host: local, port, path: '/healthz', agent: false }, (response) => {
    response.resume()
    resolve(response.statusCode ?? 0)
  }).on('error', reject)
  const status = await promise.catch((error: unknown) => {
    throw trialFault(`Its Control Panel does not answer: ${messageOf(error)}.`)
  })
  if (status !== 200) throw trialFault(`Its Control Panel answers ${status} to /healthz.`)
}
