// The subject of a message as events tell it, and the terms by which it is found: words without regard to case and accents, and pairs of
// characters where a script writes no spaces. Bounded: the sender chooses the text.
import { decodeWords } from './report/fields.ts'

const LONGEST = 200
/** Octets of a field that are read: a character takes up to three encoded words of a line each in the worst charset. */
const MOST_READ = 2000
/** Terms of one subject that are looked at, from its beginning. */
export const MOST_TERMS = 32
const PLAIN = /^[\x20-\x7e]*$/
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu
const WORDS = /[\p{L}\p{N}]+/gu
/** Scripts without spaces between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+/gu
const LETTERS: Readonly<Record<string, string>> = { ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', æ: 'ae', œ: 'oe' }

/** `raw`: the value of the field, one character an octet, folded lines and all. Decoded (rfc:2047), on one line, at most 200 characters. */
export function readSubject(raw: string): string {
  const line = withoutBlanks(raw.length > MOST_READ ? raw.slice(0, MOST_READ) : raw)
  const start = line.includes('\r\n') ? line.replaceAll('\r\n', '') : line
  if (PLAIN.test(start) && !start.includes('=?')) return start.length > LONGEST ? start.slice(0, LONGEST) : start
  return subjectOfText(decodeWords(start))
}

/** The same of what is text already. */
export function subjectOfText(given: string): string {
  const text = given.replace(CONTROLS, ' ').trim()
  return text.length <= LONGEST ? text : wholeCharacters(text.slice(0, LONGEST))
}

/** Those of a header alone: octet A0 is one in Latin-1, and the end of a letter in UTF-8. */
function withoutBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 13 || code === 10
}

/** Without half of a pair at its end. */
function wholeCharacters(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text
}

/** As people compare: `Größe` and `GROSSE` are one, and so are one blank and several. */
export function folded(given: string): string {
  const text = given.replace(/\s+/gu, ' ')
  if (PLAIN.test(text)) return text.toLowerCase()
  const bare = text.normalize('NFKD').replace(/\p{M}+/gu, '')
  return bare
    .toUpperCase()
    .toLowerCase()
    .replace(/[øłđðþæœ]/g, (letter) => LETTERS[letter] ?? letter)
}

/** The terms of a folded text, each once. */
export function termsOf(text: string): string[] {
  const terms = new Set<string>()
  for (const [word] of text.matchAll(WORDS)) {
    if (PLAIN.test(word)) terms.add(word)
    else for (const term of pairsAndWords(word)) terms.add(term)
    if (terms.size >= MOST_TERMS) break
  }
  return [...terms].slice(0, MOST_TERMS)
}

function* pairsAndWords(word: string): Generator<string> {
  let last = 0
  for (const { 0: run, index } of word.matchAll(UNSPACED)) {
    if (index > last) yield word.slice(last, index)
    const letters = Array.from(run)
    if (letters.length === 1) yield run
    for (let i = 1; i < letters.length; i++) yield `${letters[i - 1]}${letters[i]}`
    last = index + run.length
  }
  if (last < word.length) yield word.slice(last)
}
