// What is done to a message for unsubscribing, opens and clicks, as its account and its stream have it. What is of each recipient is a mark
// until the message is sent.
import type { AccountId, EpochMs, MessageId } from '../../base/brand.ts'
import { findStream } from '../../contract/streams.ts'
import type { Account, Settings } from '../../contract/settings.ts'
import { LARGE_HTML } from '../../contract/tracking.ts'
import { wordsOf } from '../../message/pages/unsubscribe-page.ts'
import { slotMark, slotNonce } from '../../message/slots.ts'
import { clickTarget, toSecond } from '../../message/tracking/links.ts'
import type { TrackingWishes } from '../../message/merge/document.ts'
import type { RewritePlan } from '../../message/tracking/rewrite.ts'

type Marks = Readonly<Record<'token' | 'unsubscribe', string>>

interface Tracked {
  readonly id: MessageId
  readonly at: EpochMs
  readonly account: Account
  readonly stream: string
  /** What the message says of it; what it leaves out is as its account has it. */
  readonly wishes?: TrackingWishes | undefined
}

/**
 * Null where the account has nothing of it switched on, which is all that mail of others costs. `marks`: what stands for what is of each
 * recipient; slots of the message where they are not told.
 */
export function trackingPlan(settings: Settings, { id, at, account, stream, wishes }: Tracked, marks?: Marks): RewritePlan | null {
  const { tracking, id: number } = account
  const keys = settings.tokenKeys
  if ((tracking.host === null && tracking.mailDomain === null) || keys.length === 0) return null
  const { token, unsubscribe: whom } = marks ?? marksOf(slotNonce(keys, id, at))
  const isBulk = findStream(account, stream)?.kind === 'bulk'
  const isReached = settings.trackingHosts.some((one) => one.host === tracking.host && one.trouble === null)
  const mail = tracking.mailDomain === null ? null : `mailto:${token}@${tracking.mailDomain}?subject=unsubscribe`
  const host = tracking.host ?? ''
  const page = tracking.host === null ? null : `https://${host}/u/${whom}`
  const unsubscribe = page ?? mail ?? ''
  const { link } = wordsOf(tracking)
  const mayAdd = wishes?.unsubscribe !== false
  const isForced = tracking.force && isBulk && mayAdd
  return {
    html: {
      tracked: isReached,
      clicks: wishes?.clicks ?? tracking.clicks,
      opens: wishes?.opens ?? tracking.opens,
      host,
      click: (url, name) => `https://${host}/c/${token}/${clickTarget(keys, host, { account: number, url, link: name, at })}`,
      open: `https://${host}/o/${token}/${toSecond(at)}.gif`,
      unsubscribe,
      footer: isForced ? asHtml(link) : null,
    },
    textFooter: isForced ? { text: `${link}: ${unsubscribe}`, ascii: `Unsubscribe: ${unsubscribe}` } : null,
    mostHtml: tracking.leaveLarge ? LARGE_HTML : null,
    listFields: isBulk && mayAdd ? listFields(mail, isReached ? page : null) : '',
    marks: [token, whom],
  }
}

function marksOf(nonce: string): Marks {
  return { token: slotMark('token', nonce), unsubscribe: slotMark('unsubscribe', nonce) }
}

/** rfc:2369#3.2, rfc:8058#3.1: one click is promised only while its host answers. */
function listFields(mail: string | null, page: string | null): string {
  const ways = [mail, page].filter((way) => way !== null)
  if (ways.length === 0) return ''
  const post = page === null ? '' : 'List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n'
  return `List-Unsubscribe: ${ways.map((way) => `<${way}>`).join(',\r\n ')}\r\n${post}`
}

/** In ASCII, whatever the charset of the part. */
function asHtml(text: string): string {
  return text.replace(/[^ -~]|[&<>"]/gu, (char) => `&#${char.codePointAt(0)};`)
}

const HOUR = 3_600_000

/** Accounts whose HTML is larger than it should be, each told of once an hour. */
export class LargeHtml {
  readonly #told = new Map<AccountId, EpochMs>()

  /** Whether this is to be told. */
  isNews(account: AccountId, octets: number, now: EpochMs): boolean {
    if (octets <= LARGE_HTML || now - (this.#told.get(account) ?? -HOUR) < HOUR) return false
    this.#told.set(account, now)
    return true
  }
}
