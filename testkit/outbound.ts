// An outbound side for tests: patient timeouts, a target at a scripted peer, a plain transaction to change.
import { type Clock, systemClock } from '../src/base/clock.ts'
import { jsonLog } from '../src/base/log.ts'
import type {
  OpenFailure,
  Outbound,
  OutboundConnection,
  OutboundRecipient,
  OutboundTarget,
  OutboundTransaction,
} from '../src/engine/ports/outbound.ts'
import { createOutbound, type OutboundTimeouts } from '../src/net/outbound/outbound.ts'
import { PATIENCE_MS } from './patience.ts'

/** Where a test expects an answer. */
export const PATIENT: OutboundTimeouts = {
  connect: PATIENCE_MS,
  greeting: PATIENCE_MS,
  command: PATIENCE_MS,
  data: PATIENCE_MS,
  final: PATIENCE_MS,
}

export function testOutbound(
  timeouts: Partial<OutboundTimeouts> = {},
  trust: readonly string[] = [],
  clock: Clock = systemClock,
): Outbound {
  const log = jsonLog('test', 'error', () => undefined)
  return createOutbound({ timeouts: { ...PATIENT, ...timeouts }, clock, log, trust })
}

export function targetAt(port: number, change: Partial<OutboundTarget> = {}): OutboundTarget {
  const fixed = { host: 'peer.test', address: '127.0.0.1', tls: 'none', implicitTls: false, auth: null } as const
  return { ...fixed, port, localAddress: null, helo: 'out.test', ...change }
}

export function recipient(address: string, change: Partial<OutboundRecipient> = {}): OutboundRecipient {
  return { address, notify: { given: false, success: false, failure: false, delay: false }, originalRecipient: null, ...change }
}

export function transaction(text: string | Buffer, change: Partial<OutboundTransaction> = {}): OutboundTransaction {
  const bytes = Buffer.from(text)
  return {
    sender: 'from@sender.test',
    recipients: [recipient('to@peer.test')],
    envelopeId: null,
    returnContent: null,
    size: bytes.length,
    utf8: false,
    eightBit: false,
    binary: false,
    wireReady: false,
    prefix: Buffer.alloc(0),
    body: { kind: 'bytes', bytes },
    mayFinish: null,
    ...change,
  }
}

/** Opens, or throws why it did not. */
export async function opened(outbound: Outbound, target: OutboundTarget): Promise<OutboundConnection> {
  const result = await outbound.open(target, new AbortController().signal)
  if (!result.ok) throw new Error(`not opened: ${JSON.stringify(result.failure)}`)
  return result.connection
}

/** The failure of an opening that has to fail. */
export async function refused(outbound: Outbound, target: OutboundTarget): Promise<OpenFailure> {
  const result = await outbound.open(target, new AbortController().signal)
  if (!result.ok) return result.failure
  await result.connection.close('abort')
  throw new Error('it was opened')
}
