// An engine with milters, over real sockets and a real spool, and mail that goes by them.
import assert from 'node:assert/strict'
import { systemClock } from '../src/base/clock.ts'
import { type Milter, MILTER_TIMEOUTS } from '../src/contract/milters.ts'
import { MilterFilters } from '../src/net/milter/filters.ts'
import { EngineHome, type HomeOptions, routeTo } from './engine-home.ts'
import { type Dialog, SILENT, withListener } from './listener-kit.ts'
import { pkt } from './milter-packets.ts'
import type { Script } from './milter-peer.ts'
import { SmtpPeer } from './smtp-peer.ts'

export function milterAt(address: string, change: Partial<Milter> = {}): Milter {
  const ways = ['submission', 'inbound'] as const
  const open = { ports: [], accounts: [], skip: [], ways, connections: 20 }
  return { name: 'one', address, order: 1, enabled: true, onFailure: 'tempfail', timeouts: MILTER_TIMEOUTS, ...open, ...change }
}

export interface Around {
  readonly milters: MilterFilters
  readonly peer: SmtpPeer
  readonly home: EngineHome
  readonly client: () => Promise<Dialog>
}

export async function withMilters(
  wanted: readonly Milter[],
  run: (around: Around) => Promise<void>,
  more: HomeOptions = {},
): Promise<void> {
  await using peer = await SmtpPeer.start()
  using milters = new MilterFilters({
    server: { host: 'hms.test', version: '1' },
    clock: systemClock,
    bounds: { header: 64 * 1024, recipients: 100, body: 1024 * 1024 },
    isPerRecipient: () => false,
    log: SILENT,
  })
  milters.use(wanted)
  await using home = await EngineHome.start({ filters: [milters], ...more, settings: { routes: [routeTo(peer.port)], ...more.settings } })
  await withListener({ handlerFor: () => home.engine.handlerFor() }, ({ client }) => run({ milters, home, peer, client }))
}

export async function greeted(client: Around['client']): Promise<Dialog> {
  const dialog = await client()
  assert.match((await dialog.reply()) ?? '', /^220 /)
  assert.match((await dialog.ask('EHLO c.example')) ?? '', /^250/)
  return dialog
}

export const PLAIN = 'From: a@example.test\r\nSubject: hello\r\n\r\nhello'

/** The reply that ended it. */
export async function sendAll(dialog: Dialog): Promise<string> {
  for (const line of ['MAIL FROM:<a@example.test>', 'RCPT TO:<b@example.test>', 'DATA', `${PLAIN}\r\n.`]) {
    const said = (await dialog.ask(line)) ?? ''
    if (!/^[23]/.test(said) || !(line.includes(':<') || line === 'DATA')) return said
  }
  throw new Error('a message has an end')
}

/** What was delivered, behind our own Received. */
export async function delivered(peer: SmtpPeer): Promise<string> {
  await peer.waitForMessages(1)
  const octets = peer.messages[0]?.data.toString('latin1') ?? ''
  assert.match(octets, /^Received: /)
  return octets.replace(/^Received:.*(?:\r\n[ \t].*)*\r\n/, '')
}

export function atEnd(...answers: readonly Buffer[]): Script {
  return ({ letter }) => (letter === 'E' ? [...answers, pkt('c')] : undefined)
}
