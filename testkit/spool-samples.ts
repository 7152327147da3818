// Messages and a spool in a folder of its own, for the tests of this room.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AccountId, Domain, MessageId, ShardId } from '../src/base/brand.ts'
import { systemClock } from '../src/base/clock.ts'
import { jsonLog } from '../src/base/log.ts'
import { formatEpoch, placeOf } from '../src/base/message-id.ts'
import type { AcceptedEvent, DeliveredEvent } from '../src/contract/events.ts'
import type { NewMessage, RecipientOutcome, Settlement } from '../src/engine/ports/spool.ts'
import { openSpool, type SpoolOptions, type SqliteSpool } from '../src/store/sqlite/spool/spool.ts'

export const EPOCH = formatEpoch(123_456)
const NEVER = { given: false, success: false, failure: false, delay: false }

export function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'hms-store-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

export function optionsOf(folder: string, change: Partial<SpoolOptions> = {}): SpoolOptions {
  return {
    folder,
    epoch: EPOCH,
    slot: 0,
    workers: 1,
    lowWater: { bytes: 0, percent: 0 },
    reserve: 0,
    clock: systemClock,
    log: jsonLog('test', 'error', (line) => process.stderr.write(line)),
    listener: { adopted: () => undefined, health: () => undefined },
    mode: 'worker',
    ...change,
  }
}

export function spoolIn(folder: string, change: Partial<SpoolOptions> = {}): Promise<SqliteSpool> {
  return openSpool(optionsOf(folder, change))
}

/** In the database or in a slot, by the number of the message; each octet tells whose it is. */
export function bodyOf(id: MessageId): Buffer {
  return Buffer.alloc(placeOf(id).sequence % 2 === 0 ? 4096 : 50_000, `${id} `)
}

export interface SampleOptions {
  readonly recipients?: readonly string[]
  readonly body?: Uint8Array | null
  readonly size?: number
  readonly due?: number
  readonly expires?: number
  readonly priority?: number
  readonly account?: number
  readonly mailing?: string | null
}

export function sample(id: MessageId, options: SampleOptions = {}): NewMessage {
  const { recipients = ['ann@example.com'], due = 1_000, expires = 9_000_000, priority = 0, account = 1001, mailing = null } = options
  const body = options.body === undefined ? Buffer.from(`Subject: ${id}\r\n\r\nhello\r\n`) : options.body
  const size = options.size ?? body?.length ?? 0
  const envelope = { account: account as AccountId, sender: 'bob@example.org', size, clientId: null, mailing }
  const event: AcceptedEvent = {
    ...envelope,
    kind: 'accepted',
    at: due,
    message: id,
    recipients: recipients.length,
    recipient: recipients[0] ?? '',
    protocol: 'ESMTP',
    client: '192.0.2.1',
    user: null,
  }
  const flags = { utf8: false, eightBit: true, binary: false, wireReady: true }
  const nothing = { envelopeId: null, returnContent: null, authorDomain: null }
  return {
    head: { ...envelope, ...nothing, ...flags, id, acceptedAt: 1_000, expiresAt: expires, crashes: 0 },
    body,
    recipients: recipients.map((address) => ({
      address,
      domain: (address.split('@')[1] ?? '') as Domain,
      notify: NEVER,
      originalRecipient: null,
    })),
    priority,
    due,
    event,
  }
}

export function delivered(id: MessageId, n = 0): RecipientOutcome {
  const event: DeliveredEvent = {
    kind: 'delivered',
    at: 2_000,
    account: 1001 as AccountId,
    message: id,
    clientId: null,
    mailing: null,
    sender: 'bob@example.org',
    size: 30,
    recipient: 'ann@example.com',
    domain: 'example.com' as Domain,
    attempt: 1,
    site: 'mx.example.com',
    remoteHost: 'mx.example.com',
    remoteAddress: '192.0.2.9',
    localAddress: '192.0.2.2',
    tls: null,
    reply: { code: 250, enhanced: '2.0.0', text: 'ok' },
    queuedFor: 1_000,
  }
  return { message: id, n, change: { kind: 'remove' }, event }
}

export function settled(id: MessageId, n = 0): Settlement {
  return { shard: placeOf(id).shard, outcomes: [delivered(id, n)], append: [] }
}

export const FIRST = 0 as ShardId
