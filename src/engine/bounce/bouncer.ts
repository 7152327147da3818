// Notifications to senders (rfc:3464): of failure, of delay, and of relaying where the peer cannot notify itself. NOTIFY, RET,
// ENVID and ORCPT are obeyed (rfc:3461). By mail only to a sender whose domain is verified for the account, and where the
// account wants them; never to `<>`; so many an hour: a stolen login makes no backscatter.
import { foundBy, needsUtf8For } from '../accept/head-facts.ts'
import type { Domain, EpochMs } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { Account } from '../../contract/settings.ts'
import { composeDsn, type DsnAction, type DsnRecipient } from '../../message/dsn.ts'
import { messageNames } from '../../message/prepare.ts'
import { SlidingCounts } from '../../policy/rates.ts'
import { shareOf } from '../../policy/sites.ts'
import { mayBounceTo } from '../accept/rights.ts'
import type { MergedMail } from '../deliver/merged.ts'
import type { MessageHead, NewMessage, Notify } from '../ports/spool.ts'
import type { HeldMessage } from '../schedule/in-hand.ts'
import type { Decision } from '../settle/decisions.ts'
import type { Surroundings } from '../surroundings.ts'

const HOUR = 3_600_000
const DELAY_AFTER = 4 * HOUR
const MOST_SENDERS = 100_000
/** Of the original: its header, and the whole where that was asked for and fits. */
const MOST_RETURNED = 64 * 1024
const PRIORITY = 0
const NEVER: Notify = { given: true, success: false, failure: false, delay: false }
const NOTHING: readonly NewMessage[] = []

interface Notice {
  readonly decision: Decision
  readonly action: DsnAction
}

export class Bouncer {
  readonly #around: Surroundings
  readonly #merged: Pick<MergedMail, 'sample'>
  readonly #perSender = new SlidingCounts(HOUR, MOST_SENDERS)

  constructor(around: Surroundings, merged: Pick<MergedMail, 'sample'>) {
    this.#around = around
    this.#merged = merged
  }

  /**
   * The notification that these decisions give rise to, at most one; to be committed with them. `peerNotifies`: the peer has DSN
   * and tells of success itself. Nearly always there is none, and it is known at once.
   */
  notify(
    message: HeldMessage,
    decisions: readonly Decision[],
    peerNotifies: boolean,
  ): readonly NewMessage[] | Promise<readonly NewMessage[]> {
    const { head } = message
    if (head.sender === '') return NOTHING
    const account = this.#around.settings().accounts.get(head.account)
    if (account === undefined) return NOTHING
    const notices: Notice[] = []
    for (const decision of decisions) {
      const action = actionFor(head, decision, account, peerNotifies)
      if (action !== null) notices.push({ decision, action })
    }
    if (notices.length === 0 || !this.#mayMail(head, account)) return NOTHING
    return this.#compose(message, notices)
  }

  #mayMail({ sender }: MessageHead, account: Account): boolean {
    if (!account.bounceMail || !mayBounceTo(this.#around.settings(), account, domainOf(sender))) return false
    const most = this.#around.config['bounce.per_sender_hour']
    return most > 0 && this.#perSender.count(sender, this.#around.clock.now()) < shareOf(most, this.#around.workers)
  }

  async #compose(message: HeldMessage, notices: readonly Notice[]): Promise<readonly NewMessage[]> {
    const { spool, clock, log } = this.#around
    const { head } = message
    try {
      const id = spool.reserve(message.shard)
      const octets =
        head.merge === true
          ? await this.#merged.sample(head, notices[0]?.decision.row)
          : (message.body ?? (await spool.beginning(head.id, MOST_RETURNED)))
      this.#perSender.add(head.sender, clock.now())
      return [this.#message(id, head, octets, notices)]
    } catch (error) {
      log.warn('A notification to a sender could not be made; the event alone tells of it.', { id: head.id, error: messageOf(error) })
      return NOTHING
    }
  }

  #message(id: MessageHead['id'], head: MessageHead, octets: Uint8Array, notices: readonly Notice[]): NewMessage {
    const now = this.#around.clock.now()
    const host = this.#around.hostName
    const recipients = notices.map((notice) => recipientOf(notice, head, now))
    // rfc:8689#5: what was to be protected is not shown to whoever reads the notification, which is protected as well.
    const kept = head.tls === 'required' ? ({ tls: 'required' } as const) : {}
    const utf8 = needsUtf8For(head, notices[0]?.decision.row.address ?? '')
    const original = { ...head, utf8, octets, ...(head.tls === 'required' && { returnContent: 'headers' as const }) }
    const dsn = composeDsn({ id, at: now, host, recipients, original, mostReturned: MOST_RETURNED })
    const domain = domainOf(head.sender)
    const told = { account: head.account, clientId: null, mailing: head.mailing, sender: '', size: dsn.octets.length }
    return {
      head: {
        ...told,
        id,
        acceptedAt: now,
        expiresAt: now + this.#around.rules().longestExpiry(head.account, [{ domain }]),
        envelopeId: null,
        returnContent: null,
        authorDomain: host as Domain,
        utf8: dsn.utf8,
        eightBit: dsn.eightBit,
        binary: false,
        wireReady: false,
        ...kept,
        crashes: 0,
      },
      body: dsn.octets,
      // rfc:3464#2: a notification asks for none itself.
      recipients: [{ address: head.sender, domain, notify: NEVER, originalRecipient: null }],
      priority: PRIORITY,
      due: now,
      event: {
        kind: 'accepted',
        at: now,
        ...told,
        message: id,
        recipients: 1,
        recipient: head.sender,
        ...foundBy(this.#around.config, messageNames(dsn.octets)),
        protocol: 'local',
        client: null,
        user: null,
      },
    }
  }
}

function domainOf(address: string): Domain {
  return address.slice(address.lastIndexOf('@') + 1) as Domain
}

/** What the sender is to be told of a decision, or null for nothing. */
function actionFor(head: MessageHead, { row, change, event }: Decision, account: Account, peerNotifies: boolean): DsnAction | null {
  const { notify } = row
  if (event.kind === 'failed' || event.kind === 'expired') return notify.given && !notify.failure ? null : 'failed'
  // rfc:3461#5.2.2: the last one that can tell of success tells that it was relayed.
  if (event.kind === 'delivered') return notify.success && !peerNotifies ? 'relayed' : null
  if (event.kind !== 'deferred' || change.kind !== 'defer') return null
  if (notify.given ? !notify.delay : !account.delayNotices) return null
  // Once: at the attempt whose next one is the first after the limit. Both times are on disk, so that a restart changes nothing.
  const limit = head.acceptedAt + DELAY_AFTER
  return row.due < limit && change.due >= limit ? 'delayed' : null
}

function recipientOf({ decision, action }: Notice, head: MessageHead, now: EpochMs): DsnRecipient {
  const { row, event, status } = decision
  const attempt = 'remoteHost' in event ? event : null
  return {
    address: row.address,
    originalRecipient: row.originalRecipient,
    action,
    status,
    reason: attempt !== null && 'reason' in attempt ? attempt.reason : 'The message was handed to the next server.',
    reply: attempt?.reply ?? null,
    remoteHost: attempt?.remoteHost ?? null,
    attemptedAt: now,
    retryUntil: action === 'delayed' ? head.expiresAt : null,
  }
}
