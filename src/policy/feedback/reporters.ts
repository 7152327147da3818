// Who runs a feedback loop: what they report counts without a token of ours, where DKIM or SPF proves that it is theirs. A domain stands for
// all that it signs and for those below it, so it must be one that no customer of theirs sends from; where customers do, the one address
// counts. The owner adds others, and takes away whom he does not trust. `seen`: where that is said.
import type { FeedbackReporter } from '../../contract/settings.ts'

export interface ShippedReporter {
  readonly who: string
  readonly operator: string
  readonly seen: string
}

/** The names that AbuseIO's reader of feedback loops knows, in 2018: older ones may have gone, which does no harm. */
const ABUSEIO = 'github.com/AbuseIO/parser-fbl, config/Fbl.php'

export const SHIPPED_REPORTERS: readonly ShippedReporter[] = [
  { who: 'arf.mail.yahoo.com', operator: 'Yahoo, AOL: Complaint Feedback Loop', seen: 'senders.yahooinc.com FAQ, by dmarcpal.com/learn' },
  { who: 'staff@hotmail.com', operator: 'Microsoft: Junk Mail Reporting Program', seen: 'rules of Sisimai (sisimai.org), ARF' },
  { who: 'complaints@email-abuse.amazonses.com', operator: 'Amazon SES', seen: 'rules of Sisimai (sisimai.org), ARF' },
  {
    who: 'senderscore.net',
    operator: 'Validity: Universal Feedback Loop (Comcast, Yandex, mail.ru and others)',
    seen: 'feedback.comcast.net/faq.php',
  },
  { who: 'feedback.bluetie.com', operator: 'BlueTie', seen: 'feedback.bluetie.com/faq.php' },
  { who: 'fbl.cox.net', operator: 'Cox', seen: ABUSEIO },
  { who: 'fbl.fastmail.com', operator: 'Fastmail', seen: ABUSEIO },
  { who: 'fbl.hostedemail.com', operator: 'OpenSRS', seen: ABUSEIO },
  { who: 'fbl.apps.rackspace.com', operator: 'Rackspace', seen: ABUSEIO },
  { who: 'feedback.apps.rackspace.com', operator: 'Rackspace', seen: ABUSEIO },
  { who: 'feedback.postmaster.rr.com', operator: 'Time Warner Cable', seen: ABUSEIO },
  { who: 'fbl.synacor.com', operator: 'Synacor', seen: ABUSEIO },
  { who: 'fbl.usa.net', operator: 'USA.NET', seen: ABUSEIO },
  { who: 'fbl.zoho.com', operator: 'Zoho', seen: ABUSEIO },
  { who: 'feedback.terra.com', operator: 'Terra', seen: ABUSEIO },
  { who: 'fbl.italiaonline.net', operator: 'Italia Online', seen: ABUSEIO },
]

/** What a message proves of whom it is from. */
export interface ProvedSender {
  /** Domains whose DKIM signature holds. */
  readonly signers: readonly string[]
  /** The only address in From. */
  readonly from: string | null
  /** Envelope sender where SPF passes. */
  readonly envelope: string | null
}

export function isReporter({ signers, from, envelope }: ProvedSender, own: readonly FeedbackReporter[]): boolean {
  const envelopeDomain = envelope === null ? [] : [domainOf(envelope)]
  if ([...signers, ...envelopeDomain].some((domain) => isEnrolledDomain(domain, own))) return true
  if (envelope !== null && isEnrolled(envelope, own) === true) return true
  return from !== null && isEnrolled(from, own) === true && signers.some((domain) => domain.toLowerCase() === domainOf(from))
}

function isEnrolledDomain(domain: string, own: readonly FeedbackReporter[]): boolean {
  for (let rest = domain.toLowerCase(); rest.includes('.'); rest = rest.slice(rest.indexOf('.') + 1)) {
    const said = isEnrolled(rest, own)
    if (said !== undefined) return said
  }
  return false
}

/** The owner's word goes first. */
function isEnrolled(name: string, own: readonly FeedbackReporter[]): boolean | undefined {
  const who = name.toLowerCase()
  return own.find((one) => one.who === who)?.enrolled ?? (SHIPPED_REPORTERS.some((one) => one.who === who) || undefined)
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}
