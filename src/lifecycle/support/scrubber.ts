// Takes secrets and personal data out of what leaves the house. What is taken out becomes a placeholder that is the same for the
// same thing all over one bundle (keyed with a random key that is kept nowhere), so that it can be followed but not found out, nor
// compared with another bundle. Where it is in doubt it takes out too much.
import { createHmac, randomBytes } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import { OPTIONS } from '../../contract/options.ts'
import { providerOf } from './providers.ts'

const REMOVED = '[removed]'
const LABEL = String.raw`[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}_])?`
const DOMAIN = String.raw`${LABEL}(?:\.${LABEL}){0,20}`

const PEM = String.raw`-----BEGIN [A-Z0-9 ]{1,40}-----[^]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)`

/** One pass over a text, so that no placeholder is looked at again. Every repetition is bounded: the text is from outside. */
const PATTERNS = [
  `(?<pem>${PEM})`,
  String.raw`(?<key>\bhms_[\w-]{8,200})`,
  String.raw`(?<said>\b(?:AUTH\s+[A-Z0-9-]{1,30}|Bearer|Authorization:\s*\w{1,20})\s+)(?<credential>[\w+/=.~-]{4,4000})`,
  String.raw`(?<named>\b(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key)["']?\s{0,3}[=:]\s{0,3}["']?)(?<value>[^\s"',;]{1,4000})`,
  String.raw`(?<url>\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>]{1,2000})`,
  String.raw`(?<address>(?:"(?:[^"\\\n]|\\.){1,256}"|[^\s<>()[\],;:"@\\]{1,256})@(?:\[[^\]\s]{1,60}\]|${DOMAIN}))`,
  String.raw`(?<ip>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w)|(?<![\w.:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}(?:\.\d{1,3}){0,3})`,
  String.raw`(?<domain>(?<![\p{L}\p{N}_.-])${LABEL}(?:\.${LABEL}){1,20}(?![\p{L}\p{N}_]))`,
  String.raw`(?<token>[\w+/=-]{24,4000})`,
]

/** What ends in one of these is a file's name: none of them is a top-level domain. */
const FILES = new Set(
  'yaml yml db log json jsonl pem key ts js mjs gz lock txt conf service list eml enc journal html xml tmp sock sig csv golden'.split(' '),
)
const NAMES_OF_OURS: ReadonlySet<string> = new Set([...Object.keys(OPTIONS), 'localhost.localdomain'])

/** By the name of a field, whatever is in it. */
const SECRET_FIELD = /passw|passphrase|secret|^token$|private|hash$|^salt$|^storedKey$|^serverKey$|authorization|cookie|^verifier$/i
/** With the flag u only these may be escaped. */
const SYNTAX = /[\\^$.*+?()[\]{}|/]/g
const NAME_FIELD = new Set(['user', 'login', 'by', 'subject', 'displayName'])
const ID_FIELD = new Set(['clientId', 'clientIds', 'mailing', 'tags'])
/** Whatever callers gave under names of their own. */
const ALL_IDS = 'metadata'
const ADDRESS_FIELD = new Set(['sender', 'recipient'])

export interface KnownTexts {
  readonly names?: readonly string[]
  readonly places?: ReadonlyMap<string, string>
}

export class Scrubber {
  readonly #key = randomBytes(32)
  readonly #pattern: RegExp
  readonly #known: ReadonlyMap<string, string>

  /** `names` are replaced wherever they stand as words; `places` too, by what they are called: `{ '/home/ann/hms': 'HOME' }`. */
  constructor({ names = [], places = new Map() }: KnownTexts = {}) {
    const known = new Map([...names.map((name): [string, string] => [name, this.name(name)]), ...places])
    this.#known = known
    const literals = [...known.keys()].filter((text) => text !== '').toSorted((a, b) => b.length - a.length)
    const escaped = literals.map((text) => text.replaceAll(SYNTAX, String.raw`\$&`))
    const first = escaped.length === 0 ? [] : [`(?<known>(?<![\\p{L}\\p{N}])(?:${escaped.join('|')})(?![\\p{L}\\p{N}]))`]
    this.#pattern = new RegExp([...first, ...PATTERNS].join('|'), 'giu')
  }

  /** A text that may hold anything. */
  text(text: string): string {
    return text.replaceAll(this.#pattern, (match: string, ...rest: unknown[]) => {
      const groups = rest.at(-1) as Record<string, string | undefined>
      if (groups['known'] !== undefined) return this.#known.get(match) ?? REMOVED
      // HMS_SMTP_LISTEN is a variable, hms_Kj7… an API key.
      if (groups['key'] !== undefined) return match === match.toUpperCase() ? match : REMOVED
      if (groups['pem'] !== undefined) return REMOVED
      if (groups['credential'] !== undefined) return `${groups['said']}${REMOVED}`
      if (groups['value'] !== undefined) return `${groups['named']}${REMOVED}`
      if (groups['url'] !== undefined) return this.#url(match)
      if (groups['address'] !== undefined) return this.address(match)
      // The colon of the sentence is none of the address.
      if (groups['ip'] !== undefined) return /[^:]:$/.test(match) ? `${this.#ip(match.slice(0, -1))}:` : this.#ip(match)
      return groups['domain'] !== undefined ? this.#dotted(match) : this.#token(match)
    })
  }

  /** `user-1a2b3c4d5e@domain-6f7a8b9c0d.invalid`; the domain of a large provider stays. */
  address(address: string): string {
    const at = address.lastIndexOf('@')
    if (at < 0) return address === '' ? '' : this.name(address)
    const [local, domain] = [address.slice(0, at), address.slice(at + 1)]
    return `user-${this.#hash(`${local}@${domain}`.toLowerCase())}@${this.domain(domain)}`
  }

  domain(domain: string): string {
    const plain = domain.toLowerCase().replace(/\.$/, '')
    if (plain === '' || plain === 'localhost') return plain
    if (plain.startsWith('[')) return `[${this.#ip(plain.slice(1, -1).replace(/^ipv6:/, ''))}]`
    const provider = providerOf(plain)
    if (provider !== undefined) return provider === plain ? plain : `host-${this.#hash(plain)}.${provider}`
    return `domain-${this.#hash(plain)}.invalid`
  }

  /** A person's or a customer's name, a login. */
  name(name: string): string {
    return name === '' ? '' : `name-${this.#hash(name)}`
  }

  /** Any value that JSON has, by the names of its fields and by its texts. */
  value(value: unknown, field = ''): unknown {
    if (typeof value === 'string') return this.#field(value, field)
    if (Array.isArray(value)) return value.map((one) => this.value(one, field))
    if (typeof value !== 'object' || value === null) return SECRET_FIELD.test(field) && typeof value === 'number' ? REMOVED : value
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [this.text(name), this.value(one, field === ALL_IDS ? 'clientId' : name)]),
    )
  }

  /** A log: lines of JSON where they are, else any text. Keys over several lines go first, as lines would be looked at one by one. */
  lines(text: string): string {
    const lines = text.replaceAll(new RegExp(PEM, 'g'), REMOVED).split('\n')
    return lines.map((line) => this.#line(line)).join('\n')
  }

  #line(line: string): string {
    if (!line.startsWith('{')) return this.text(line)
    try {
      return JSON.stringify(this.value(JSON.parse(line)))
    } catch {
      return this.text(line)
    }
  }

  #field(value: string, field: string): string {
    if (value === '') return ''
    if (Object.hasOwn(OPTIONS, field)) return this.text(value)
    if (SECRET_FIELD.test(field)) return REMOVED
    if (NAME_FIELD.has(field)) return this.name(value)
    if (ID_FIELD.has(field)) return `id-${this.#hash(value)}`
    if (ADDRESS_FIELD.has(field)) return this.address(value)
    return field === 'domain' ? this.domain(value) : this.text(value)
  }

  #url(url: string): string {
    const [, scheme = '', userinfo, host = '', port = '', rest = ''] =
      /^([^:]+:\/\/)([^/?#]*@)?(\[[^\]]*\]|[^/:?#]*)(:\d+)?(.*)$/su.exec(url) ?? []
    const shown = ipaddr.isValid(host) ? this.#ip(host) : this.domain(host)
    return `${scheme}${userinfo === undefined ? '' : `${REMOVED}@`}${shown}${port}${rest.length > 1 ? '/…' : rest}`
  }

  #ip(text: string): string {
    if (!ipaddr.isValid(text) || (!text.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(text))) return text
    const address = ipaddr.process(text)
    const range = address.range()
    if (range === 'loopback' || range === 'unspecified') return text
    return `${range === 'unicast' ? '' : 'private-'}ip-${this.#hash(address.toNormalizedString())}`
  }

  #dotted(text: string): string {
    const last = text.slice(text.lastIndexOf('.') + 1).toLowerCase()
    // A number at the end: a version, a time, an enhanced status code.
    if (/^\p{N}+$/u.test(last) || /^\d/.test(last) || last.length < 2) return text
    return FILES.has(last) || NAMES_OF_OURS.has(text) ? text : this.domain(text)
  }

  /** Long, and no word and no path: a key, a digest, a ticket. */
  #token(text: string): string {
    const mixed = /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text)
    const plain = !text.includes('/') && /\d/.test(text) && /[a-z]/i.test(text)
    return mixed || plain ? `token-${this.#hash(text)}` : text
  }

  #hash(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('hex').slice(0, 10)
  }
}
