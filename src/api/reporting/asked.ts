// What a call of the Reporting API asks for: its parameters as programs send them (names in any case, empty ones left out), checked. A
// parameter that is not known is refused: a filter that is left out without a word would tell more than was asked for.
import type { AccountId, EpochMs } from '../../base/brand.ts'
import { refused } from '../operations/params.ts'
import { momentOf, offsetOf, type Span } from './times.ts'

export const CALLS = [
  'messagesProcessed',
  'messagesFailed',
  'messagesFblReported',
  'messagesOpenClick',
  'messagesQueued',
  'accountData',
] as const
export type CallName = (typeof CALLS)[number]

export const FORMS = ['json', 'xml', 'csv'] as const
export type Form = (typeof FORMS)[number]

export const MOST_RECORDS = 500

export interface Asked extends Span {
  readonly form: Form
  /** Null: none was named. */
  readonly account: AccountId | null
  readonly count: number
  /** Of the first record, from 0. */
  readonly index: number
  readonly mailing: string | null
  /** The caller's id of a message. */
  readonly client: string | null
  readonly isNewestFirst: boolean
  /** Minutes that the caller's clock is ahead of UTC. */
  readonly offset: number
}

const NAMES = [
  'serverId',
  'accountId',
  'type',
  'count',
  'index',
  'startDate',
  'endDate',
  'timeZone',
  'mailingId',
  'messageId',
  'sortDirection',
  'disposition',
] as const
type Name = (typeof NAMES)[number]
type Texts = Partial<Record<Name, string>>

const LONGEST = 200
const LAST_ACCOUNT = 2 ** 31 - 1
const MOST_INDEX = Number.MAX_SAFE_INTEGER - MOST_RECORDS

/** JSON unless another form is asked for, whatever else is wrong: errors are told in the form too. */
export function formOf(query: string): Form {
  const named = [...new URLSearchParams(query)].find(([name]) => name.toLowerCase() === 'type')?.[1]
  return FORMS.find((form) => form === named?.trim().toLowerCase()) ?? 'json'
}

/** Throws a Fault. `now`: up to which time is asked where no end is named. */
export function askedBy(query: string, now: EpochMs): Asked {
  const texts = textsOf(query)
  const offset = texts.timeZone === undefined ? 0 : offsetOf(texts.timeZone)
  const since = texts.startDate === undefined ? 0 : momentOf('startDate', texts.startDate, offset).from
  const until = texts.endDate === undefined ? now : momentOf('endDate', texts.endDate, offset).last
  if (texts.disposition !== undefined && texts.disposition !== '0')
    throw refused('disposition is 0 here, which is mail that was sent.', 'Leave it out.')
  return {
    form: formAsked(texts.type),
    account: accountOf(texts),
    count: number(texts, 'count', 1, MOST_RECORDS, MOST_RECORDS),
    index: number(texts, 'index', 0, MOST_INDEX, 0),
    since,
    until,
    offset,
    mailing: texts.mailingId ?? null,
    client: texts.messageId ?? null,
    isNewestFirst: isDown(texts.sortDirection),
  }
}

function textsOf(query: string): Texts {
  const texts: Texts = {}
  for (const [given, value] of new URLSearchParams(query)) {
    const name = NAMES.find((known) => known.toLowerCase() === given.toLowerCase())
    if (name === undefined) {
      if (/^(?:jsonp|callback)$/i.test(given)) throw noJsonp()
      throw refused(`There is no parameter ${JSON.stringify(given.slice(0, 100))} here.`, `There are ${NAMES.join(', ')}.`)
    }
    const text = value.trim()
    if (text === '') continue
    if (texts[name] !== undefined) throw refused(`${name} is there twice.`, 'Say it once.')
    if (text.length > LONGEST || /\p{Cc}/u.test(text))
      throw refused(`${name} is longer than ${LONGEST} characters, or holds a control character.`)
    texts[name] = text
  }
  return texts
}

function formAsked(type = 'json'): Form {
  const form = FORMS.find((known) => known === type.toLowerCase())
  if (form !== undefined) return form
  if (type.toLowerCase() === 'jsonp') throw noJsonp()
  throw refused(`type is ${JSON.stringify(type)}: it can be JSON, XML or CSV.`)
}

/** A page of any site could load it as a script, with what the browser knows of this server. */
function noJsonp(): Error {
  return refused('JSONP is not answered: a page of any other site could read it.', 'Ask for JSON, from a program of yours.')
}

function accountOf(texts: Texts): AccountId | null {
  const [server, account] = (['serverId', 'accountId'] as const).map((name) => number(texts, name, 1000, LAST_ACCOUNT, null))
  if (server != null && account != null && server !== account)
    throw refused('serverId and accountId are not the same.', 'Both are the number of the account here: say one of them.')
  return (server ?? account ?? null) as AccountId | null
}

function number<T>(texts: Texts, name: Name, least: number, most: number, otherwise: T): number | T {
  const text = texts[name]
  if (text === undefined) return otherwise
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw refused(`${name} is ${JSON.stringify(text)}: it is a whole number from ${least} to ${most}.`)
}

function isDown(direction = 'asc'): boolean {
  if (/^(?:dsc|desc|descending)$/i.test(direction)) return true
  if (/^asc(?:ending)?$/i.test(direction)) return false
  throw refused(`sortDirection is ${JSON.stringify(direction)}: it can be asc or desc.`)
}
