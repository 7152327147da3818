// Whether a message without a part for programs is a notification about delivery, and what became of the mail by its words: points for
// subject, sender, words and replies of servers that it quotes, as every program leaves out some of them.
import { rawValue, value } from './fields.ts'
import type { Notice } from './notice.ts'
import { originalMessage } from './original.ts'
import type { Part } from './parts.ts'
import { AUTO_SUBJECTS, BOUNCE_SUBJECTS, BOUNCE_TEXTS, DAEMONS, namesChallenge } from './signs.ts'
import { isRefusal } from './smtp-words.ts'
import { textRecipients } from './text-recipients.ts'
import type { ReportedAction } from './types.ts'

/** From how many points on a message is a notification. */
const ENOUGH = 4
/** Points from which a recipient in its place decides. */
const HALF = 2
/** Weight of an address that stands where recipients do. */
const STRONG = 4
const MOST_LOOKED = 6000

export function speaksOfFailure(message: Part, notice: Notice): boolean {
  if (rawValue(notice.fields, 'x-failed-recipients') !== '') return true
  const subject = notice.subject.toLowerCase()
  const said = notice.text.slice(0, MOST_LOOKED)
  const lower = said.toLowerCase()
  const isRefused = said.split('\n', 200).some(isRefusal)
  if (!isRefused && namesChallenge(subject, lower)) return false
  const points = ofHeader(notice, subject, isRefused) + ofText(message, lower, isRefused)
  return points >= ENOUGH || (points >= HALF && points + 2 >= ENOUGH && namesSomebody(notice))
}

function ofHeader({ from, fields }: Notice, subject: string, isRefused: boolean): number {
  const isDaemon = DAEMONS.test(from) || DAEMONS.test(value(fields, 'from').toLowerCase().slice(0, 300))
  let points = isDaemon || value(fields, 'from').includes('<>') ? 2 : 0
  if (BOUNCE_SUBJECTS.some((pattern) => pattern.test(subject))) points += 2
  if (/^<>$|^<?mailer-daemon/i.test(rawValue(fields, 'return-path'))) points += 1
  if (/report-type="?delivery-status/i.test(rawValue(fields, 'content-type'))) points += 2
  if (AUTO_SUBJECTS.some((pattern) => pattern.test(subject))) points -= 3
  // A person who answers a notification quotes it.
  const isAnswer = rawValue(fields, 'in-reply-to') !== '' && /^(?:re|aw|sv|antw|ynt)\s?:/.test(subject)
  return isAnswer && !isDaemon && !isRefused ? points - 2 : points
}

function ofText(message: Part, lower: string, isRefused: boolean): number {
  const isSaid = BOUNCE_TEXTS.some((text) => lower.includes(text))
  const returnsMessage = message.children.some(({ type }) => type === 'message/rfc822' || type === 'text/rfc822-headers')
  return (isSaid ? 1 : 0) + (isRefused ? 1 : 0) + (isSaid && returnsMessage ? 1 : 0)
}

/** Whether the text has an address where notifications have that of a recipient. */
function namesSomebody(notice: Notice): boolean {
  const original = notice.original === null ? null : originalMessage(notice.original)
  return textRecipients(notice, original, new Set()).some(({ weight }) => weight >= STRONG)
}

const FINAL =
  /permanent|gave up|giving up|given up|will not be (?:retried|tried)|no further|undeliverable|failed|has expired|could not be delivered (?:for|within)|not be retried|returned/
const DELAYED =
  /warning: (?:message|could not)|(?:message|delivery|mail) (?:is |has been |was |still |status notification )?\(?(?:delayed|delay)|delivery delayed|will (?:be re-?tried|keep trying|continue (?:to )?try|retry|try again)|attempts will continue|still (?:being retried|trying|undelivered)|not yet (?:been )?deliver|has not yet|no action is required|you do not need to resend|noch nicht zugestellt|retardé|retrasad|ritardat|verzögert|opóźnion|задерж|отложен|遅れ/
const DELIVERED =
  /(?:has been|was) (?:successfully )?(?:delivered|relayed) (?:to|on|successfully)|successfully (?:delivered|relayed)|delivery (?:status notification )?\(?(?:success|relay)|return receipt|delivered successfully|erfolgreich zugestellt|relayed to the following/

/** What became of the mail; where the words are of several kinds, it failed. */
export function actionOf(notice: Notice): ReportedAction | null {
  const subject = notice.subject.toLowerCase()
  const text = notice.text.slice(0, 3000).toLowerCase()
  if (DELIVERED.test(subject) || (DELIVERED.test(text) && !FINAL.test(text))) return 'delivered'
  if (DELAYED.test(subject) || (DELAYED.test(text) && !FINAL.test(`${subject} ${text}`))) return 'delayed'
  return 'failed'
}
