// What may be a token of ours, wherever receivers leave one: the address that the report came to, headers of the report and of the original,
// message ids, links. Only the form is known here; whoever has the keys proves it.
import type { Fields } from './fields.ts'

/** Base32 in one case, with the letter of its format first: mixed letters are other people's ids and signatures. */
const TOKEN = /(?<![A-Za-z0-9])(?:b[a-z2-7]{39,63}|B[A-Z2-7]{39,63})(?![A-Za-z0-9])/g
const MOST_TOKENS = 16
const OF_REPORT = [
  'to',
  'delivered-to',
  'x-original-to',
  'envelope-to',
  'x-envelope-to',
  'x-rcpt-to',
  'apparently-to',
  'cc',
  'return-path',
  'in-reply-to',
  'references',
]
const OF_ORIGINAL = [
  'return-path',
  'x-hms-token',
  'message-id',
  'list-unsubscribe',
  'envelope-from',
  'x-envelope-from',
  'sender',
  'errors-to',
  'in-reply-to',
  'references',
]

export function tokensIn(text: string): string[] {
  return (text.match(TOKEN) ?? [])
    .slice(0, MOST_TOKENS)
    .map((token) => token.toLowerCase())
    .filter((token) => /[2-7]/.test(token) && /[a-z]/.test(token))
}

/** Candidates in the order in which they are likely. */
export function findTokens(report: Fields, original: Fields | null, texts: readonly string[]): readonly string[] {
  const found = new Set<string>()
  const take = (text: string): void => {
    if (found.size < MOST_TOKENS) for (const token of tokensIn(text)) found.add(token)
  }
  const from = (fields: Fields, names: readonly string[]): void => {
    for (const name of names) for (const field of fields.list) if (field.name === name) take(field.value)
  }
  from(report, OF_REPORT)
  if (original !== null) {
    from(original, OF_ORIGINAL)
    for (const field of original.list) if (field.name.startsWith('x-') && field.value.length <= 128) take(field.value)
  }
  for (const field of report.list) if (field.name.startsWith('x-') && field.value.length <= 128) take(field.value)
  for (const text of texts) take(text)
  return [...found].slice(0, MOST_TOKENS)
}
