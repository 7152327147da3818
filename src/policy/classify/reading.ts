// A reply or text as the rules read it: one line in lower case, without accents, continuation codes, addresses and IP addresses; its code
// and enhanced status told apart. What counts unknown ones goes further: hosts, links, dates, ids and numbers go too.

/** Of a reply or a text; more is not looked at. */
const MOST_REPLY = 1024
const MOST_TEXT = 4096

export interface Reading {
  /** 200–599; null where there is none. */
  readonly code: number | null
  /** Enhanced status, `5.1.1`; null where there is none. */
  readonly status: string | null
  readonly text: string
  /** In lower case with hosts and addresses: what tells whose it is. */
  readonly marks: string
}

export interface ReplyLike {
  readonly code?: number | null
  readonly enhanced?: string | null
  readonly text: string
}

/** Accents go, so that `gültig` and `gultig` are one; letters of other scripts stay whole. */
export function withoutAccents(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
}

function fold(text: string): string {
  return withoutAccents(text)
    .toLowerCase()
    .replace(/[\u2018\u2019\u00b4`]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
}

const STATUS = /(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)/
/** A reply within what the sending server tells: `host x said: 550 …`, `smtp; 550 …`. */
const CODE = /(?:said: ?|; ?|: ?|<<< ?|\(|returned '|")([245]\d\d)(?=[ -])/
const AT_START = /^["' ]*([245]\d\d)(?=[ -]|$)/

export function readReply(reply: ReplyLike | string, status: string | null = null): Reading {
  const raw = unwrap(typeof reply === 'string' ? reply : reply.text, MOST_REPLY)
  const given = typeof reply === 'string' ? null : reply
  const { code, from } = given?.code === undefined || given.code === null ? codeIn(raw) : { code: given.code, from: 0 }
  const said = raw.slice(from)
  return {
    code,
    status: given?.enhanced ?? STATUS.exec(said)?.[1] ?? validStatus(status),
    text: forRules(said, code),
    marks: raw.toLowerCase(),
  }
}

export function readText(text: string, status: string | null = null): Reading {
  const raw = unwrap(text, MOST_TEXT)
  const { code } = codeIn(raw)
  return { code, status: validStatus(status) ?? STATUS.exec(raw)?.[1] ?? null, text: forRules(raw, code), marks: raw.toLowerCase() }
}

function validStatus(status: string | null): string | null {
  return status !== null && /^[245]\.\d{1,3}\.\d{1,3}$/.test(status) ? status : null
}

/** The code and where it stands: what the sending server wrote before it is no part of the reply. */
function codeIn(raw: string): { readonly code: number | null; readonly from: number } {
  const found = AT_START.exec(raw) ?? CODE.exec(raw)
  return found === null ? { code: null, from: 0 } : { code: Number(found[1]), from: found.index + found[0].length - 3 }
}

/** `\n` may be written out where a reply was made one line. */
function unwrap(text: string, most: number): string {
  return text
    .slice(0, most)
    .replace(/\\r|\\n/g, ' ')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
}

/** What the server that sent wrote around the reply. */
const FRAME = /^(?:[a-z-]{1,20}; ?)?(?:host [^ ]{1,255} (?:refused to talk to me|said): )?/
const IN_REPLY = /\(in reply to [^)]{0,60}\)|,? relay=\[?[^ \]]{1,255}\]?/g

const LONGEST_LOCAL = 128
const LOCAL = /[\w.!#$%&*+/=?^{|}~-]/
const DOMAIN = /[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?["']?>?/y
const IPV4 = /\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\.?\d)/g
const IPV6 = /(?:[0-9a-f]{1,4}:){3,7}:?[0-9a-f]{0,4}|[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){1,6}::[0-9a-f:]{0,30}/g

function forRules(raw: string, code: number | null): string {
  let text = fold(raw).replace(FRAME, '').replace(IN_REPLY, '')
  // Continuation lines: `550-5.1.1 `, `550-`, `550 5.1.1 `.
  if (code !== null)
    text = text.replaceAll(new RegExp(`(^|[^\\w.])${code}[ -]+(?:${code}[ -]+)?(?:#?[245]\\.\\d{1,3}\\.\\d{1,3}[ :]+)?`, 'g'), '$1')
  return withoutAddresses(text.replace(/(?<=[a-z]{2}|\d{3})_(?=[a-z])/g, ' '))
    .replace(IPV4, '<ip>')
    .replace(IPV6, '<ip>')
    .replace(/<<a>>/g, '<a>')
    .replace(/ {2,}/g, ' ')
    .trim()
}

/** Each address is `<a>`. Found by its @: a pattern would begin at every letter. */
function withoutAddresses(text: string): string {
  let told = ''
  let from = 0
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let start = at
    while (start > from && at - start < LONGEST_LOCAL && LOCAL.test(text.charAt(start - 1))) start--
    DOMAIN.lastIndex = at + 1
    if (start === at || !DOMAIN.test(text)) continue
    for (const opening of [/["']/, /</]) if (start > from && opening.test(text.charAt(start - 1))) start--
    told += `${text.slice(from, start)}<a>`
    from = DOMAIN.lastIndex
  }
  return told + text.slice(from)
}

/** The text by which replies that no rule knows are counted: what differs from reply to reply is gone. */
export function normalForm(text: string): string {
  return text
    .slice(0, MOST_REPLY)
    .replace(/https?:\/\/[^\s)>\]]+/g, '<link>')
    .replace(/\b(?:[a-z0-9_-]{1,63}\.){1,8}[a-z]{2,18}\b/g, '<host>')
    .replace(/\b(?:mon|tue|wed|thu|fri|sat|sun),? \d{1,2} [a-z]{3} \d{4}[\d: +-]*/g, '<date>')
    .replace(/\b\d{4}-\d\d-\d\d[t ]?[\d:.z+-]*/g, '<date>')
    .replace(/\b(?=[a-z0-9_-]{0,64}\d)(?=[a-z0-9_-]{0,64}[a-z])[a-z0-9_-]{8,64}\b/g, '<id>')
    .replace(/\d+/g, '0')
    .replace(/(?:<id>[\s.:/-]*)+/g, '<id> ')
    .replace(/ {2,}/g, ' ')
    .trim()
    .slice(0, 200)
}
