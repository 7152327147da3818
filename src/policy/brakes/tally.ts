// What a batch of events says of accounts, added up before anything is judged. Pure.
import type { AccountId, Domain, EpochMs } from '../../base/brand.ts'
import { type MailEvent, OWN_SITE } from '../../contract/events.ts'
import { isComplaint } from '../../contract/feedback.ts'
import { surroundingKey } from '../networks.ts'
import { isHardBounce, isUnknownUser, NOT_TRIED } from './outcomes.ts'

export interface AccountTally {
  at: EpochMs
  accepted: number
  delivered: number
  /** Delivered or failed. */
  ended: number
  hard: number
  unknown: number
  complaints: number
  /** From which its logins sent. */
  readonly networks: Set<string>
}

/** Of one account in a batch. */
const MOST_NETWORKS = 1000

export class Tally {
  readonly accounts = new Map<AccountId, AccountTally>()
  readonly #isOwn: (domain: Domain) => boolean

  /** `isOwn`: whether mail for the domain is read here. */
  constructor(isOwn: (domain: Domain) => boolean) {
    this.#isOwn = isOwn
  }

  add(event: MailEvent): void {
    switch (event.kind) {
      case 'accepted':
        // What the server itself sent came from nobody, what strangers sent for a domain of ours not from the account. With a login it
        // is the account's, whoever its first recipient is.
        return event.protocol === 'local' || (event.user === null && this.#isOurs(event.recipient))
          ? undefined
          : accepted(this.#of(event), event)
      case 'delivered': {
        if (event.site === OWN_SITE || event.ours === true) return
        const own = this.#of(event)
        own.delivered++
        own.ended++
        return
      }
      case 'failed': {
        if (event.failureCode === NOT_TRIED || event.ours === true) return
        const own = this.#of(event)
        own.ended++
        if (isHardBounce(event)) own.hard++
        if (isUnknownUser(event)) own.unknown++
        return
      }
      case 'bounced':
        // It was delivered before: counted as ended then.
        if (event.proved && event.category === 'Hard') {
          const own = this.#of(event)
          own.hard++
          if (isUnknownUser(event)) own.unknown++
        }
        return
      case 'complained':
        if (event.proved && isComplaint(event.feedbackType)) this.#of(event).complaints++
        return
      default:
        return
    }
  }

  #isOurs(recipient: string): boolean {
    return this.#isOwn(recipient.slice(recipient.lastIndexOf('@') + 1) as Domain)
  }

  #of({ account, at }: { readonly account: AccountId; readonly at: EpochMs }): AccountTally {
    let own = this.accounts.get(account)
    if (own === undefined) {
      own = { at, accepted: 0, delivered: 0, ended: 0, hard: 0, unknown: 0, complaints: 0, networks: new Set() }
      this.accounts.set(account, own)
    }
    own.at = Math.max(own.at, at)
    return own
  }
}

function accepted(own: AccountTally, { recipients, user, client }: Extract<MailEvent, { kind: 'accepted' }>): void {
  own.accepted += recipients
  if (user !== null && client !== null && own.networks.size < MOST_NETWORKS) own.networks.add(surroundingKey(client))
}
