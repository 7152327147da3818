// Answers that are no notification about delivery: read receipts, automatic replies, challenges, and people or programs that ask to be added,
// taken off, or tell a new address. What is only a letter is none of them.
import type { ReportKind } from '../../contract/feedback.ts'
import { cleanAddress } from './address-text.ts'
import { rawValue, value } from './fields.ts'
import { type Notice } from './notice.ts'
import { type Part, partsOf, partText } from './parts.ts'
import { ofList, SUBSCRIBE_WORDS, UNSUBSCRIBE_WORDS, wantsOff, wantsOn } from './requests.ts'
import {
  AUTO_SUBJECTS,
  AUTO_TEXTS,
  AWAY,
  isAddressChange,
  isChallenge,
  LOGGED,
  MEANWHILE,
  PROMISES,
  RECEIPT_SUBJECTS,
  THANKS,
  WAS_AWAY,
} from './signs.ts'

export interface ReplyMessage {
  readonly kind: ReportKind
  readonly format: string
  /** Who answered. */
  readonly address: string | null
}

/** Characters in which an answer says what it is. */
const MOST_LOOKED = 3000
/** A request stands alone: a letter that begins with such a word is a letter. */
const LONGEST_REQUEST = 1500
/** What is longer has something else to say. */
const LONGEST_WISH = 500
/** In which a program says what it is about. */
const MOST_SAID_BY_LIST = 1000
/** Said by nobody but programs. */
const AUTOMATIC =
  /this is an? (?:auto(?:mated|matic)|auto[- ]?(?:reply|response|generated))|automatic(?:ally)? (?:generated )?(?:reply|response|generated)|automated (?:reply|response|message|e-?mail)|type your reply above this line|automatisch (?:generiert|erstellt|erzeugt)|自动(?:回复|答复|发送)|自動(?:返信|送信|回覆)|자동 ?(?:회신|응답|발송)|автоматическ(?:ий|ое) (?:ответ|сообщ)|(?:réponse|respuesta|resposta|risposta) autom[aá]ti/
/** A subject that is an order alone. */
const LONGEST_ORDER = 30

export function readReply(root: Part, notice: Notice): ReplyMessage | null {
  const address = cleanAddress(value(root.fields, 'from')) ?? cleanAddress(value(root.fields, 'sender'))
  const receipt = receiptOf(root)
  if (receipt !== undefined) return { kind: 'autoreply', format: 'mdn', address: receipt ?? address }
  const subject = notice.subject.toLowerCase()
  const text = ownWords(notice.text).slice(0, MOST_LOOKED).toLowerCase()
  const isAuto = isAutomatic(root) || AUTO_SUBJECTS.some((pattern) => pattern.test(subject))
  const kind = kindOf(subject, text, isAuto)
  return kind === null ? null : { kind, format: isAuto ? 'automatic' : 'text', address }
}

function kindOf(subject: string, text: string, isAuto: boolean): ReportKind | null {
  const isRequest = text.length < LONGEST_REQUEST && !isAuto
  // Mail programs that unsubscribe for a person say that they are programs.
  if (subject.length < LONGEST_ORDER && UNSUBSCRIBE_WORDS.test(subject)) return 'unsubscribe'
  const byList = ofList(subject) ?? ofList(text.slice(0, MOST_SAID_BY_LIST))
  if (byList !== null) return byList
  if (isChallenge(subject, text)) return 'challenge'
  const request = isRequest ? requestOf(subject, text) : null
  if (request !== null) return request
  if (isAddressChange(subject, text)) return 'addressChange'
  return isAuto || RECEIPT_SUBJECTS.test(subject) || soundsAutomatic(`${subject}\n${text.slice(0, 600)}`) ? 'autoreply' : null
}

function requestOf(subject: string, text: string): ReportKind | null {
  const isShort = text.length < LONGEST_WISH
  if (UNSUBSCRIBE_WORDS.test(subject) || UNSUBSCRIBE_WORDS.test(text)) return 'unsubscribe'
  if (isShort && wantsOff(text)) return 'unsubscribe'
  if (SUBSCRIBE_WORDS.test(subject) || SUBSCRIBE_WORDS.test(text)) return 'subscribe'
  return isShort && wantsOn(text) ? 'subscribe' : null
}

/** Words of programs; a person who says the same asks something, too, or promises nothing. */
function soundsAutomatic(opening: string): boolean {
  if (AUTOMATIC.test(opening) || LOGGED.test(opening)) return true
  if (/[?？]/.test(opening)) return false
  if (AWAY.test(opening.slice(0, 350)) && MEANWHILE.test(opening)) return !WAS_AWAY.test(opening)
  return AUTO_TEXTS.some((pattern) => pattern.test(opening)) || (THANKS.test(opening) && PROMISES.test(opening))
}

/** Header fields that programs set on what nobody wrote (rfc:3834#5). */
function isAutomatic(root: Part): boolean {
  const said = (name: string): string => rawValue(root.fields, name).toLowerCase()
  if (/^auto-(?:replied|notified)/.test(said('auto-submitted'))) return true
  // What has no sender to answer to was not written by a person, and an answer of a program is to something.
  if (said('return-path') === '<>' || (said('auto-submitted').startsWith('auto-') && isAnswer(root))) return true
  if (/auto[_-]?reply|autoresponder/.test(said('precedence'))) return true
  if (
    /auto-?(?:reply|generated|responder|response)/.test(said('x-auto-response-type')) ||
    said('x-ms-exchange-generated-message-source').includes('mailbox rules agent')
  )
    return true
  const names = [
    'x-autoreply',
    'x-autorespond',
    'x-autoresponder',
    'x-auto-reply',
    'x-autoreply-from',
    'x-mail-autoreply',
    'x-autogenerated',
    'x-vacation',
    'x-ebay-mailtracker',
  ]
  return names.some((name) => said(name) !== '' && !/^no\b/.test(said(name))) || /vacation|autorespond|autoreply/.test(said('x-mailer'))
}

function isAnswer({ fields }: Part): boolean {
  return (
    ['in-reply-to', 'references'].some((name) => rawValue(fields, name) !== '') || /^(?:re|aw|sv|antw)\s?:/i.test(value(fields, 'subject'))
  )
}

/** Text without what it quotes. */
function ownWords(text: string): string {
  const lines: string[] = []
  for (const line of text.split('\n', 300)) {
    if (/^\s{0,3}>/.test(line)) continue
    if (
      /^-{3,}\s{0,3}(?:original|forwarded|ursprüngliche)|^_{10,}$|^(?:from|von|de|da|van|от)\s?: .{3}|^(?:on|am|le|el|il|op) .{10,120}(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef)\s?:$/i.test(
        line.trim(),
      )
    )
      break
    lines.push(line)
  }
  return lines.join('\n').trim()
}

/** Who says that a message was displayed (rfc:8098): null where the receipt names nobody, undefined where it is no receipt. */
function receiptOf(root: Part): string | null | undefined {
  const part = partsOf(root).find(({ type }) => type === 'message/disposition-notification')
  if (part === undefined) return undefined
  const recipient = /^(?:Final|Original)-Recipient[ \t]*:([^\n]{1,1000})/im.exec(partText(part))?.[1] ?? ''
  return cleanAddress(recipient.replace(/^\s*[A-Za-z0-9-]{1,20}\s*;/, ''))
}
