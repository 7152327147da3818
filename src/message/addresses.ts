// Address lists in header fields (rfc:5322#3.4): display names, comments, groups, quoted local parts, literals. One pass
// from left to right, comments counted and not recursed into, so that no input costs more than its length. It is lenient
// about display names and strict about the address: what it returns was in angle brackets or stood alone, nothing else.
import { domainToASCII } from 'node:url'
import type { Domain } from '../base/brand.ts'

export interface HeaderAddress {
  /** Display name without quoting; empty where there is none. */
  readonly name: string
  /** Local part without quoting. */
  readonly local: string
  /** Lower case, A-labels; or an address literal with its brackets. */
  readonly domain: Domain
}

/** More addresses than this in one field are not read: the list is returned as unreadable. */
const MOST_ADDRESSES = 10_000
const DEEPEST_COMMENT = 50
const DOMAIN = /^(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/

type Token = { readonly kind: 'atom' | 'quoted' | 'literal'; readonly text: string } | { readonly kind: '<' | '>' | '@' | ',' | ':' | ';' }

const QUOTE = 34
const BACKSLASH = 92
const SPECIALS = new Set('<>@,:;'.split('').map((char) => char.charCodeAt(0)))
const isSpace = (code: number): boolean => code === 32 || code === 9 || code === 13 || code === 10
/** What ends an atom. Dots are part of it: `a.b` is one token. */
const endsAtom = (code: number): boolean => isSpace(code) || code === QUOTE || code === 40 || code === 91 || SPECIALS.has(code)

/** Offset after the closing `close`, or -1; `text` gets what is between, with its quoted pairs undone. */
function quotedEnd(input: string, from: number, close: number): { end: number; text: string } {
  let text = ''
  let start = from
  for (let i = from; i < input.length; i++) {
    const code = input.charCodeAt(i)
    if (code === close) return { end: i + 1, text: text + input.slice(start, i) }
    if (code !== BACKSLASH) continue
    text += input.slice(start, i)
    start = i + 1
    i++
  }
  return { end: -1, text: '' }
}

/** Offset after a comment that opens at `from`, or -1 where it does not end or is nested too deep. */
function commentEnd(input: string, from: number): number {
  let depth = 0
  for (let i = from; i < input.length; i++) {
    const code = input.charCodeAt(i)
    if (code === BACKSLASH) i++
    else if (code === 40 && ++depth > DEEPEST_COMMENT) return -1
    else if (code === 41 && --depth === 0) return i + 1
  }
  return -1
}

function atomEnd(input: string, from: number): number {
  let i = from
  while (i < input.length && !endsAtom(input.charCodeAt(i))) i++
  return i
}

/** The tokens of a field's value, comments and white space dropped; null where it is not well formed. */
function tokenize(input: string): Token[] | null {
  const tokens: Token[] = []
  let i = 0
  while (i < input.length) {
    const code = input.charCodeAt(i)
    if (isSpace(code)) i++
    else if (code === 40) i = commentEnd(input, i)
    else if (code === QUOTE || code === 91) {
      const { end, text } = quotedEnd(input, i + 1, code === QUOTE ? QUOTE : 93)
      tokens.push({ kind: code === QUOTE ? 'quoted' : 'literal', text })
      i = end
    } else if (SPECIALS.has(code)) tokens.push({ kind: input.charAt(i++) as '<' })
    else {
      const end = atomEnd(input, i)
      tokens.push({ kind: 'atom', text: input.slice(i, end) })
      i = end
    }
    if (i < 0) return null
  }
  return tokens
}

/** A domain in its canonical form, or null where it cannot be one. */
export function canonicalDomain(text: string): Domain | null {
  const bare = text.endsWith('.') ? text.slice(0, -1) : text
  const ascii = /[^\u0020-\u007e]/.test(bare) ? domainToASCII(bare) : bare.toLowerCase()
  return ascii.length <= 253 && DOMAIN.test(ascii) ? (ascii as Domain) : null
}

function domainOf(tokens: readonly Token[]): Domain | null {
  const [first] = tokens
  if (first?.kind === 'literal') return tokens.length === 1 ? (`[${first.text.toLowerCase()}]` as Domain) : null
  let text = ''
  for (const token of tokens) {
    if (token.kind !== 'atom') return null
    text += token.text
  }
  return canonicalDomain(text)
}

/** `local @ domain`, where words of the obsolete form may be apart (`a . b`). */
function addressOf(name: string, tokens: readonly Token[]): HeaderAddress | null {
  const at = tokens.findIndex((token) => token.kind === '@')
  if (at < 1) return null
  let local = ''
  for (const token of tokens.slice(0, at)) {
    if (token.kind !== 'atom' && token.kind !== 'quoted') return null
    local += token.text
  }
  const domain = domainOf(tokens.slice(at + 1))
  return domain === null || local === '' ? null : { name, local, domain }
}

function nameOf(tokens: readonly Token[]): string {
  return tokens.flatMap((token) => ('text' in token ? [token.text] : [])).join(' ')
}

/** One mailbox: `name <address>` or an address alone. Source routes (`<@a,@b:c@d>`) are skipped (rfc:5322#4.4). */
function mailboxOf(tokens: readonly Token[]): HeaderAddress | null {
  const open = tokens.findIndex((token) => token.kind === '<')
  if (open < 0) return addressOf('', tokens)
  if (tokens.at(-1)?.kind !== '>') return null
  let inner = tokens.slice(open + 1, -1)
  if (inner[0]?.kind === '@') inner = inner.slice(inner.findIndex((token) => token.kind === ':') + 1)
  return addressOf(nameOf(tokens.slice(0, open)), inner)
}

/**
 * The addresses of a header field's value (already decoded from UTF-8), groups opened; null where any part of it cannot
 * be read, so that nobody acts on half a list. Empty members (`a@b,,c@d`) are allowed (rfc:5322#4.4).
 */
export function readAddressList(value: string): readonly HeaderAddress[] | null {
  const tokens = tokenize(value)
  if (tokens === null) return null
  const addresses: HeaderAddress[] = []
  let pending: Token[] = []
  let inAngle = false
  let inGroup = false
  const take = (): boolean => {
    if (pending.length === 0) return true
    const address = mailboxOf(pending)
    pending = []
    if (address === null || addresses.length >= MOST_ADDRESSES) return false
    addresses.push(address)
    return true
  }
  for (const token of tokens) {
    if (token.kind === '<' || token.kind === '>') inAngle = token.kind === '<'
    if (inAngle || (token.kind !== ',' && token.kind !== ';' && token.kind !== ':')) pending.push(token)
    else if (token.kind === ':') {
      if (inGroup || pending.length === 0) return null
      inGroup = true
      pending = []
    } else {
      if (token.kind === ';' && !inGroup) return null
      if (token.kind === ';') inGroup = false
      if (!take()) return null
    }
  }
  return take() && !inGroup ? addresses : null
}
