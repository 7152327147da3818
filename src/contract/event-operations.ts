// Operations on what happened to mail, and to whom it was sent.
import type { AccountId, EpochMs, MessageId } from '../base/brand.ts'
import type { MailEventKind, NewestEvents, NumberedEvent } from './events.ts'
import type {
  AddressPattern,
  ClientMessageId,
  DomainName,
  EventCursor,
  EventRecipient,
  HeaderMessageId,
  EventPlace,
  Limit1000,
  Limit10000,
  MailAddress,
  MailingId,
  SubjectQuery,
} from './forms.ts'
import type { SentAnswer, SentPlace, SentRecipient } from './sent.ts'

export interface EventOperations {
  /**
   * By `message`, `recipient`, `domain`, `clientId`, `headerId`, `mailing` and words of the subject in less than a second; a pattern (`address` whose
   * domain has one too, a part of the subject) is looked for in every line. `domain` is of recipients, without its subdomains; `subject` and
   * `headerId` find events of kind `accepted`, which name the message. A search that takes longer than 10 s is cut: `isCut` is true then, and with
   * `next` it goes on, although there were fewer events than asked for.
   */
  'events.find': {
    params: {
      message?: MessageId
      recipient?: EventRecipient
      domain?: DomainName
      address?: AddressPattern
      clientId?: ClientMessageId
      headerId?: HeaderMessageId
      subject?: SubjectQuery
      account?: AccountId
      mailing?: MailingId
      kinds?: readonly MailEventKind[]
      since?: EpochMs
      until?: EpochMs
      before?: EventCursor
      limit: Limit10000
    }
    result: { events: readonly NumberedEvent[]; next: string | null; isCut: boolean }
  }
  'events.tail': { params: { after?: string | null; limit: Limit10000 }; result: { events: readonly NumberedEvent[]; last: string | null } }
  /** The newest `most` events (100 unless given) after a place, and how many there were before them; without a place none, only where to go on from. */
  'events.newest': { params: { after?: EventPlace; account?: AccountId; most?: Limit1000 }; result: NewestEvents }
  /** To whom mail was sent, by message and number of the recipient; null: not known, or not any more. At most 1,000. */
  'sent.find': { params: { places: readonly SentPlace[] }; result: { recipients: readonly SentAnswer[] } }
  /** Whether ids became messages since then, wherever those are now. Rejects (temporary) where a part of the queue cannot be seen. At most 10,000. */
  'messages.known': { params: { ids: readonly MessageId[]; since: EpochMs }; result: { known: readonly boolean[] } }
  /** What a token says, and to whom it was sent. `facts` null: it is no token of ours. */
  'sent.open': {
    params: { token: string }
    result: { facts: (SentPlace & { account: AccountId }) | null; recipient: SentRecipient | null }
  }
  /** What was sent to an address; `since`: 35 days ago unless given. */
  'sent.search': {
    params: { address: MailAddress; since?: EpochMs; account?: AccountId; limit?: Limit10000 }
    result: { recipients: readonly SentRecipient[] }
  }
}
