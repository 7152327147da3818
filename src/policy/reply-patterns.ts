// What receivers write in their replies, as tables: each entry has literals, one of which must be in the lower-case text
// before its pattern is tried, so that an ordinary reply costs a few substring searches. All patterns are linear.
import type { FailureCode } from '../contract/failure-codes.ts'

export interface ReplyPattern {
  readonly literals: readonly string[]
  /** Tried on the lower-case text where a literal alone says too little. */
  readonly pattern?: RegExp
}

/** About what was said rather than who said it: wins over the blocks below. */
export const ABOUT_CONTENT: readonly ReplyPattern[] = [
  { literals: ['dbl.', 'surbl', 'uribl'] },
  { literals: ['url', 'uri', 'link'], pattern: /\b(?:url|uri|link)s?\b[^.]{0,60}\b(?:list|block|black)/ },
  {
    literals: ['domain'],
    pattern: /\b(?:sender|from|mail|return.path|envelope)[- ]?(?:address |from )?domain\b[^.]{0,60}\b(?:list|block|black|reject)/,
  },
  { literals: ['sender address', 'from address', 'sender is'], pattern: /(?:block|black|reject|denied)/ },
]

/** Our address is blocked: the reply belongs to the source, whoever the recipient is. */
export const BLOCKS_OUR_ADDRESS: readonly ReplyPattern[] = [
  { literals: ['originating from your ip', 'from your ip address'] },
  {
    literals: [
      'spamhaus',
      'spamcop',
      'barracuda',
      'sorbs.net',
      'uceprotect',
      'abuseat',
      'psbl.',
      'invaluement',
      'mailspike',
      'senderscore',
      'truncate.gbudb',
    ],
  },
  {
    literals: ['dnsbl', 'rbl', 'blocklist', 'block list', 'blacklist', 'black list', 'denylist'],
    pattern: /\b(?:dnsbl|rbls?|block ?list|black ?list|denylist)/,
  },
  {
    literals: ['your ip', 'your server', 'sending ip', 'your host', 'originating ip', 'sender ip', 'connecting ip', 'client ip'],
    pattern:
      /\b(?:ip|server|host)\b.{0,120}\b(?:block|reject|den(?:y|ied)|banned|refus|reputation|not (?:allowed|authorized|permitted|accepted)|list|unsolicited|suspicious|spam)/,
  },
  {
    literals: ['client host', 'ip address', 'ip='],
    pattern: /(?:client host|ip address|ip=)\W.{0,120}\b(?:block|reject|den(?:y|ied)|banned|reputation|listed)/,
  },
  { literals: ['ip'], pattern: /\bthe ip you'?re using to send mail\b|\bip\b[^.]{0,40}\bis in\b|\bbanned sending ip\b|\bblocked ip\b/ },
  { literals: ['unfortunately, messages from', 's3140', 's3150', 'as(48'], pattern: /messages from \[|\bs31[45]0\b|as\(48\d\d\)/ },
  {
    literals: ['blocked'],
    pattern:
      /\b(?:connection|host|server|source|network|\[?[0-9a-f]{0,4}[.:][0-9a-f.:]{3,40}\]?)(?: is| has been| was)? (?:temporarily )?blocked\b|blocked (?:using|by|due to).{0,40}(?:list|bl\b|reputation)/,
  },
  {
    literals: ['reputation'],
    pattern: /\b(?:ip|host|network|server|low|poor|bad)\b[^.]{0,60}\breputation\b|\breputation\b[^.]{0,60}\b(?:ip|host|network|server)\b/,
  },
  {
    literals: ['ptr', 'reverse dns', 'reverse hostname', 'rdns', 'reverse lookup', 'helo', 'ehlo'],
    pattern:
      /\bptr\b|reverse (?:dns|hostname|lookup)|\brdns\b|\b(?:helo|ehlo)\b.{0,40}\b(?:reject|invalid|not found|does not resolve|denied)/,
  },
  { literals: ['dynamic', 'dial', 'residential'], pattern: /\b(?:dynamic|dial-?up|residential)\b.{0,40}\b(?:ip|address|host|pool|range)/ },
  { literals: ['tosa@', 'postmaster@', 'unblock', 'delist'], pattern: /tosa@|\b(?:unblock|delist)/ },
]

/** A 5xx to MAIL with such a text is about the sender or the message. */
export const ABOUT_SENDER: readonly ReplyPattern[] = [
  {
    literals: ['sender'],
    pattern:
      /\b(?:sender|return path)\b.{0,80}\b(?:reject|denied|invalid|unknown|does ?n.t exist|not exist|verif|refus|malformed|not found|disallow|not (?:allowed|permitted|accepted))/,
  },
  { literals: ['sender'], pattern: /\b(?:reject|denied|invalid|unknown|bad|refus\w*|malformed)\b.{0,30}\bsender\b/ },
  { literals: ['domain'], pattern: /\bdomain\b.{0,80}\b(?:does not|doesn't|not) (?:exist|resolve|found)|\bdomain of sender\b/ },
  { literals: ['spf', 'dmarc', 'dkim'] },
  { literals: ['size', 'too large', 'too big', 'exceed'], pattern: /\bsize\b|too (?:large|big)|exceeds?\b.{0,40}\b(?:limit|maximum)/ },
  {
    literals: ['mail from', 'from address', 'from:'],
    pattern: /\b(?:invalid|malformed|bad|reject|syntax|not (?:allowed|permitted|valid))/,
  },
]

/** First match wins. Specific things before general ones. */
export const FAILURE_TEXTS: readonly (ReplyPattern & { readonly code: FailureCode })[] = [
  {
    code: 3001,
    literals: [
      'quota',
      'mailbox full',
      'mailbox is full',
      'mailbox size',
      'out of storage',
      'overquota',
      'insufficient system storage',
      'inbox is full',
    ],
  },
  { code: 3002, literals: ['inactive', 'disabled', 'suspended', 'deactivated', 'account is closed', 'not active', 'mailbox blocked'] },
  {
    code: 4006,
    literals: ['relay', 'not a local', 'not local', 'not our domain', 'does not accept mail', "doesn't accept mail", 'not hosted'],
    pattern: /relay(?:ing)?\b|not (?:a )?local\b|not our domain|(?:does not|doesn't) accept mail|not hosted/,
  },
  { code: 2004, literals: ['no longer', 'has moved', 'left the company', 'has left'] },
  { code: 2002, literals: ['domain not found', 'unknown domain', 'domain does not exist', 'host unknown', 'bad destination system'] },
  { code: 2003, literals: ['bad address syntax', 'malformed', 'syntax error', 'bad recipient', 'invalid address format'] },
  {
    code: 2001,
    literals: [
      'user unknown',
      'unknown user',
      'no such',
      'does not exist',
      "doesn't exist",
      'unknown recipient',
      'recipient unknown',
      'invalid recipient',
      'recipient not found',
      'user not found',
      'address unknown',
      'unknown address',
      'invalid mailbox',
      'mailbox not found',
      'mailbox unavailable',
      'not a valid',
      'recipient rejected',
      'address rejected',
      'no mailbox',
      'not known',
      'unrouteable',
      'undeliverable address',
    ],
  },
  { code: 1007, literals: ['virus', 'malware', 'infected', 'trojan'] },
  { code: 1011, literals: ['challenge'] },
  {
    code: 1006,
    literals: ['too many', 'concurren', 'connection limit'],
    pattern: /too many (?:concurrent |simultaneous |smtp )?(?:connections|sessions)|concurren|connection limit/,
  },
  { code: 3003, literals: ['greylist', 'graylist', 'grey-list', 'gray-list', 'try again', 'try later', 'please retry', 'postgrey'] },
  {
    code: 4001,
    literals: [
      'busy',
      'overload',
      'load is too high',
      'too many',
      'rate limit',
      'throttl',
      'insufficient resources',
      'resources temporarily',
    ],
  },
  {
    code: 1004,
    literals: [
      'spam',
      'content',
      'unsolicited',
      'bulk',
      'phish',
      'junk',
      'message rejected',
      'rejected as',
      'surbl',
      'uribl',
      'dbl.',
      'policy',
    ],
  },
]

/** The first entry that the lower-case text matches. */
export function findPattern<P extends ReplyPattern>(table: readonly P[], text: string): P | undefined {
  for (const entry of table) {
    const { literals, pattern } = entry
    if (literals.some((literal) => text.includes(literal)) && (pattern === undefined || pattern.test(text))) return entry
  }
  return undefined
}
