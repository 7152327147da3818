// A queue of any size in a stopped home, written through the spool's own port: what SMTP would have put there, in a fraction
// of the time.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { AccountId, Domain, MessageId } from '../src/base/brand.ts'
import { systemClock } from '../src/base/clock.ts'
import { jsonLog } from '../src/base/log.ts'
import { orderOf, type Priority } from '../src/contract/priority.ts'
import { placeOf } from '../src/base/message-id.ts'
import type { NewMessage } from '../src/engine/ports/spool.ts'
import { keyFile, masterFile } from '../src/lifecycle/home-files.ts'
import { openSettings } from '../src/store/sqlite/settings/settings.ts'
import { openSpool, type SqliteSpool } from '../src/store/sqlite/spool/spool.ts'

export interface Fill {
  readonly home: string
  readonly messages: number
  readonly recipientsEach: number
  readonly domains: number
  /** Octets of a body. */
  readonly size: number
  /** When they are due, from now. */
  readonly dueIn: number
  /** Over how many shards they are spread; 1. */
  readonly shards?: number
  /** When they expire, from now; four days. */
  readonly expiresIn?: number
  /** The domain of all of them, instead of `d<n>.example.test`. */
  readonly domain?: string
  /** Half of each body cannot be compressed. */
  readonly mixed?: boolean
  readonly priority?: Exclude<Priority, 'normal'>
  /** Held as an owner would. */
  readonly held?: boolean
}

const AT_ONCE = 2000
const NEVER = { given: false, success: false, failure: false, delay: false }

function recipientOf(n: number, { domains, domain: only }: Fill): { readonly address: string; readonly domain: Domain } {
  const domain = (only ?? `d${n % domains}.example.test`) as Domain
  return { address: `r${n}@${domain}`, domain }
}

export async function fillQueue(fill: Fill): Promise<void> {
  const settings = openSettings({ file: masterFile(fill.home), keyFile: keyFile(fill.home, { 'secrets.key_file': '' }) })
  const epoch = settings.epoch()
  settings[Symbol.dispose]()
  const shards = fill.shards ?? 1
  for (let slot = 0; slot < shards; slot++) {
    await using spool = await openSpool({
      folder: join(fill.home, 'spool'),
      epoch,
      slot,
      workers: shards,
      lowWater: { bytes: 0, percent: 0 },
      reserve: 0,
      clock: systemClock,
      log: jsonLog('fill', 'error', (line) => process.stderr.write(line)),
      listener: { adopted: () => undefined, health: () => undefined },
      mode: 'worker',
    })
    await fillShard(spool, fill, { slot, shards })
  }
}

async function fillShard(spool: SqliteSpool, fill: Fill, { slot, shards }: { slot: number; shards: number }): Promise<void> {
  let commits: Promise<void>[] = []
  for (let n = slot; n < fill.messages; n += shards) {
    commits.push(put(spool, message(spool.reserve(), n, fill), fill.held === true))
    if (commits.length < AT_ONCE) continue
    await Promise.all(commits)
    commits = []
  }
  await Promise.all(commits)
}

async function put(spool: SqliteSpool, made: NewMessage, held: boolean): Promise<void> {
  await spool.append(made)
  if (!held) return
  const { id, account, clientId, mailing, sender, size } = made.head
  const told = { at: Date.now(), account, message: id, clientId, mailing, sender, size, by: 'fill', reason: 'Held.' }
  const outcomes = made.recipients.map(({ address, domain }, n) => ({
    message: id,
    n,
    change: { kind: 'hold', reason: 'Held.' } as const,
    event: { kind: 'held', ...told, recipient: address, domain, attempt: 0 } as const,
  }))
  await spool.settle({ shard: placeOf(id).shard, outcomes, append: [] })
}

let lines = ''

/** Lines that are others in each message. */
function noiseOf(n: number, size: number): string {
  if (lines === '')
    lines = randomBytes(6 * 1024 * 1024)
      .toString('base64')
      .replaceAll(/.{70}/g, '$&\r\n')
  const at = (n * 72 * 61) % (lines.length - 72 * Math.ceil(size / 72))
  return lines.slice(at - (at % 72), at - (at % 72) + 72 * Math.floor(size / 72))
}

function message(id: MessageId, n: number, fill: Fill): NewMessage {
  const { recipientsEach, size, dueIn, expiresIn = 4 * 86_400_000 } = fill
  const at = Date.now()
  const recipients = Array.from({ length: recipientsEach }, (_, i) => ({
    ...recipientOf(n * recipientsEach + i, fill),
    notify: NEVER,
    originalRecipient: null,
  }))
  const header = `From: <a@sender.test>\r\nTo: <${recipients[0]?.address}>\r\nSubject: ${n}\r\n\r\n`
  const noise = fill.mixed === true ? noiseOf(n, (size - header.length) / 2) : ''
  const body = Buffer.from((header + noise).padEnd(size - 2, `${'x'.repeat(70)}\r\n`) + '\r\n')
  const told = { account: 1000 as AccountId, sender: 'a@sender.test', size: body.length, clientId: null, mailing: null }
  const none = { envelopeId: null, returnContent: null, authorDomain: null, utf8: false, eightBit: false, binary: false, wireReady: false }
  const origin = { protocol: 'ESMTP', client: '127.0.0.1', user: null } as const
  const first = recipients[0]?.address ?? ''
  const wish = fill.priority === undefined ? {} : { priority: fill.priority }
  const head = { ...told, ...none, ...wish, id, acceptedAt: at, expiresAt: at + expiresIn, crashes: 0 }
  return {
    head,
    body,
    recipients,
    priority: orderOf(head),
    due: at + dueIn,
    event: { kind: 'accepted', at, message: id, ...told, recipients: recipientsEach, recipient: first, ...origin },
  }
}
