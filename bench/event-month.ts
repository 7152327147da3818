// A month of events as a sender with many customers has them: bulk mailings that share a subject, and single messages with a number in theirs;
// each accepted, delivered some time later, now and then deferred or failed, opened or clicked. The same for the same number.
import { createHash } from 'node:crypto'
import type { AccountId, Domain, MessageId, ShardId } from '../src/base/brand.ts'
import { formatMessageId } from '../src/base/message-id.ts'
import type { MailEvent } from '../src/contract/events.ts'

const EPOCH = '03sv2x'
const SHARDS = 2
/** Events of a message, about: what `messages` is reckoned with. */
const EVENTS_EACH = 2.28
const IN_MAILING = 20_000
const LARGE_DOMAINS = ['gmail.com', 'yahoo.com', 'outlook.com', 'gmx.net', 'web.de', 'icloud.com', 't-online.de', 'aol.com']
const SUBJECTS = [
  'Autumn sale: 20 % off all shoes until Sunday',
  'Das erwartet Sie im November: Neuigkeiten für Gärtner',
  'Your weekly digest from the community',
  'Nouveautés de la saison, choisies pour vous',
  '週末限定クーポンのお知らせ',
]
const SINGLES = [
  'Your order % has shipped',
  'Rechnung % für Ihre Bestellung',
  'Confirm your e-mail address (code %)',
  'Ticket % was answered',
]
const NAMES = [
  'anna',
  'ben',
  'clara',
  'david',
  'elena',
  'felix',
  'greta',
  'hugo',
  'ines',
  'jonas',
  'katrin',
  'lukas',
  'maria',
  'noah',
  'olga',
  'paul',
]

/** Spread over 32 bits. */
function mixed(n: number): number {
  let x = Math.imul(n ^ 0x9e3779b9, 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

export interface Known {
  readonly message: MessageId
  readonly recipient: string
  readonly clientId: string
  readonly headerId: string
  readonly subject: string
  readonly domain: string
  readonly at: number
}

/** What is known of the n-th message. */
export function messageOf(
  n: number,
  at: number,
): Known & { readonly account: AccountId; readonly mailing: string | null; readonly shard: number } {
  const [chance, person] = [mixed(n), mixed(n + 7)]
  const isBulk = Math.floor(n / IN_MAILING) % 5 < 3
  const domain =
    chance % 100 < 70 ? (LARGE_DOMAINS[chance % LARGE_DOMAINS.length] ?? '') : `firma-${mixed(chance % 20_000) % 100_000}.example`
  const mailing = Math.floor(n / IN_MAILING)
  const subject = isBulk
    ? (SUBJECTS[mailing % SUBJECTS.length] ?? '')
    : (SINGLES[chance % SINGLES.length] ?? '').replace('%', String(10_000_000 + n))
  const shard = n % SHARDS
  return {
    message: formatMessageId(EPOCH as never, shard as ShardId, Math.floor(n / SHARDS) + 1),
    recipient: `${NAMES[person % NAMES.length] ?? ''}.${(person % 8_000_000).toString(36)}@${domain}`,
    clientId: `${isBulk ? 'n' : 'order'}-${(chance * 1000 + (n % 1000)).toString(36)}`,
    headerId: `${createHash('md5').update(String(n)).digest('hex')}@app-${mailing % 40}.example`,
    subject,
    domain,
    account: (1001 + (mailing % 60)) as AccountId,
    mailing: isBulk ? `mailing-${mailing}` : null,
    at,
    shard,
  }
}

export function messagesFor(events: number): number {
  return Math.ceil(events / EVENTS_EACH)
}

/** Events of the n-th message, each with how many messages later it comes. */
export function eventsOf(n: number, at: number): readonly { readonly later: number; readonly event: MailEvent }[] {
  const { message, recipient, clientId, headerId, subject, domain, account, mailing } = messageOf(n, at)
  const chance = mixed(n + 3)
  const base = { account, message, clientId, mailing, ...(mailing !== null && { stream: 'newsletter' }) }
  const sent = { ...base, sender: `bounce@kunde-${account}.example`, size: 8_000 + (chance % 60_000) }
  const to = { ...sent, recipient, domain: domain as Domain, attempt: 1 }
  const target = {
    site: `mx.${domain}`,
    remoteHost: `mx${chance % 4}.${domain}`,
    remoteAddress: `203.0.113.${chance % 250}`,
    localAddress: `192.0.2.${chance % 16}`,
    source: `pool-${chance % 16}`,
    tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', verified: true },
  }
  const told = { subject, headerId, protocol: 'ESMTPSA', client: `198.51.100.${account % 250}`, user: `app-${account}` }
  const all: { later: number; event: MailEvent }[] = [
    { later: 0, event: { kind: 'accepted', at, ...sent, recipients: 1, recipient, ...told } },
  ]
  const add = (later: number, event: MailEvent): void => void all.push({ later, event })
  const reply = { code: 250, enhanced: '2.0.0', text: `OK ${mixed(n + 9).toString(36)}${mixed(n + 11).toString(36)} - gsmtp` }
  const deferral = { code: 451, enhanced: '4.7.1', text: 'Try again later, too many messages from your network' }
  if (chance % 100 < 8) {
    const kept = { reply: deferral, failureCode: 'rate-limited', reason: 'The peer wants less mail.', nextAttempt: at + 900_000 }
    add(20 + (chance % 50), { kind: 'deferred', at, ...to, ...target, ...kept } as unknown as MailEvent)
  }
  if (chance % 100 < 97) add(100 + (chance % 900), { kind: 'delivered', at, ...to, ...target, reply, queuedFor: 900 })
  else {
    const unknown = { code: 550, enhanced: '5.1.1', text: `<${recipient}>: no such user` }
    const why = { reply: unknown, failureCode: 'no-such-user', reason: 'There is no such mailbox.', queuedFor: 900 }
    add(100, { kind: 'failed', at, ...to, ...target, ...why } as unknown as MailEvent)
  }
  if (chance % 5 === 0) {
    const visit = { ...base, stream: 'newsletter', recipient, domain: domain as Domain, client: `100.64.${chance % 250}.7`, machine: null }
    const agent = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148'
    add(2000 + (chance % 2000), { kind: 'opened', at, ...visit, agent, url: null, link: null })
  }
  return all
}
