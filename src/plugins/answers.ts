// What a plug-in answers, made into what the accepting side understands. It comes from code that may have any mistake: each field is looked at,
// and what is no answer is said to be none. Replies are one line of ASCII of a sensible length, whatever it wrote.
import type { AccountId } from '../base/brand.ts'
import type { MailAnswer, MessageAnswer, MessageChanges, StageAnswer } from '../engine/ports/filters.ts'
import { type FieldChange, isFieldName } from '../message/header-changes.ts'
import { closing, type Reply, reply } from '../smtp/reply.ts'

/** What a hook answered is none; the reason in words. */
export class Nonsense extends Error {}

type Fields = Readonly<Record<string, unknown>>

/** The reply of a step in other words. */
const WORDS: Readonly<Record<string, readonly [code: number, enhanced: string | null]>> = {
  connect: [220, null],
  auth: [235, '2.7.0'],
  from: [250, '2.1.0'],
  recipient: [250, '2.1.5'],
  complete: [250, '2.6.0'],
}
const ENHANCED = /^[45]\.\d{1,3}\.\d{1,3}$/
const LONGEST_TEXT = 400
const MOST_CHANGES = 1000

/** `by`: the plug-in, for a reply that it gave no words to. */
export function stepAnswer(hook: string, answer: unknown, by: string): MailAnswer {
  if (answer === null || answer === undefined) return null
  const fields = fieldsOf(answer)
  if (fields['action'] === 'continue') return words(hook, fields)
  if (fields['action'] === 'relay' && hook === 'from') return { kind: 'account', account: numberOf(fields, 'account') as AccountId }
  return refusal(fields, by)
}

export function receivedAnswer(answer: unknown, octets: Buffer | null, by: string): MessageAnswer {
  if (answer === null || answer === undefined) return null
  const fields = fieldsOf(answer)
  switch (fields['action']) {
    case 'continue':
      return null
    case 'accept':
      return fields['changes'] === undefined ? null : { kind: 'accept', changes: changesOf(fields['changes'], octets) }
    case 'ignore':
      return { kind: 'ignore' }
    case 'hold': {
      const reason = line(fields['reason'], `Plug-in ${by} wants a person to look at it.`)
      const changes = fields['changes'] === undefined ? {} : { changes: changesOf(fields['changes'], octets) }
      return { kind: 'hold', reason, by: `plugin ${by}`, ...changes }
    }
    default: {
      const refused = refusal(fields, by)
      if (refused?.kind === 'refuse' || refused?.kind === 'disconnect') return refused
      throw new Nonsense(`${named(fields['action'])} is no answer to this hook`)
    }
  }
}

function words(hook: string, fields: Fields): StageAnswer {
  const known = WORDS[hook]
  if (fields['text'] === undefined || known === undefined) return null
  return { kind: 'words', reply: reply(known[0], known[1], line(fields['text'], 'Ok.')) }
}

function refusal(fields: Fields, by: string): StageAnswer {
  const text = line(fields['text'], `Refused by ${by}.`)
  switch (fields['action']) {
    case 'refuse':
      return { kind: 'refuse', reply: refusalReply(fields, text) }
    case 'defer':
      return { kind: 'refuse', reply: reply(451, '4.7.1', line(fields['text'], `Deferred by ${by}. Try again later.`)) }
    case 'disconnect':
      return fields['text'] === undefined ? { kind: 'disconnect' } : { kind: 'refuse', reply: closing(reply(421, '4.7.0', text)) }
    default:
      throw new Nonsense(`${named(fields['action'])} is no answer to this hook`)
  }
}

function refusalReply(fields: Fields, text: string): Reply {
  const code = fields['code'] ?? 550
  if (typeof code !== 'number' || !Number.isInteger(code) || code < 400 || code > 599)
    throw new Nonsense('the code of a refusal is from 400 to 599')
  const kind = code < 500 ? '4' : '5'
  const enhanced = fields['enhanced'] ?? `${kind}.7.1`
  if (typeof enhanced !== 'string' || !ENHANCED.test(enhanced) || !enhanced.startsWith(kind))
    throw new Nonsense(`the enhanced code of a ${kind}xx begins with ${kind}`)
  return reply(code, enhanced, text)
}

function changesOf(value: unknown, octets: Buffer | null): MessageChanges {
  const fields = fieldsOf(value)
  const { header, body, sender, addRecipients, removeRecipients, account } = fields
  if (body !== undefined && typeof body !== 'string') throw new Nonsense('the body is text or octets')
  const made = octets ?? (body === undefined ? undefined : Buffer.from(body))
  return {
    ...(header !== undefined && { header: headerOf(header) }),
    ...(made !== undefined && { body: made }),
    ...(sender !== undefined && { sender: textOf(sender, 'sender') }),
    ...(addRecipients !== undefined && { addRecipients: listOf(addRecipients, 'addRecipients') }),
    ...(removeRecipients !== undefined && { removeRecipients: listOf(removeRecipients, 'removeRecipients') }),
    ...(account !== undefined && { account: numberOf(fields, 'account') as AccountId }),
  }
}

function headerOf(value: unknown): readonly FieldChange[] {
  if (!Array.isArray(value) || value.length > MOST_CHANGES) throw new Nonsense(`header is a list of at most ${MOST_CHANGES} changes`)
  return value.map((one: unknown): FieldChange => {
    const fields = fieldsOf(one)
    const name = textOf(fields['name'], 'name')
    if (!isFieldName(name)) throw new Nonsense(`"${name.slice(0, 60)}" is no name of a header field`)
    switch (fields['kind']) {
      case 'add':
        return { kind: 'add', name, value: textOf(fields['value'], 'value') }
      case 'insert':
        return { kind: 'insert', at: numberOf(fields, 'at'), name, value: textOf(fields['value'], 'value') }
      case 'change':
        return { kind: 'change', nth: numberOf(fields, 'nth'), name, value: textOf(fields['value'], 'value') }
      case 'remove':
        return { kind: 'remove', nth: fields['nth'] === 'all' ? 'all' : numberOf(fields, 'nth'), name }
      default:
        throw new Nonsense(`${named(fields['kind'])} is no change of a header`)
    }
  })
}

export function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Nonsense('an answer is an object with an action')
  return value as Fields
}

/** For a sentence: what came need not be text, nor anything that can be made one; JSON of what is nested deep enough throws. */
export function named(value: unknown): string {
  if (typeof value === 'string') return `"${value.slice(0, 60)}"`
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `"${typeof value}"`
}

function numberOf(fields: Fields, name: string): number {
  const value = fields[name]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Nonsense(`${name} is a whole number`)
  return value
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new Nonsense(`${name} is text`)
  return value
}

function listOf(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string') || value.length > MOST_CHANGES)
    throw new Nonsense(`${name} is a list of at most ${MOST_CHANGES} addresses`)
  return value
}

/** One line of ASCII of a sensible length. */
export function line(value: unknown, otherwise: string): string {
  if (typeof value !== 'string') return otherwise
  const text = value.replace(/[^ -~]+/g, ' ').trim()
  return text === '' ? otherwise : text.slice(0, LONGEST_TEXT)
}
