// Blocklists of addresses that receivers ask, with what they say of their answers: as data. An address counts as listed only where the list
// answers with a code that it documents; everything else says nothing of the address. `seen`: where the codes are said.
import { dotted } from '../spf/macros.ts'

export interface Blocklist {
  readonly name: string
  readonly zone: string
  /** Where a key is asked by; it stands before it. */
  readonly keyed?: string
  /** The zone is that of a key. */
  readonly isKeyed?: true
  readonly ipv6: boolean
  /** Code → what it means, as the end of a sentence. */
  readonly codes: Readonly<Record<string, string>>
  readonly removal: string
  readonly seen: string
}

export const BLOCKLISTS: readonly Blocklist[] = [
  {
    name: 'Spamhaus ZEN',
    zone: 'zen.spamhaus.org',
    keyed: 'zen.dq.spamhaus.net',
    ipv6: true,
    codes: {
      '127.0.0.2': 'SBL, a source of spam',
      '127.0.0.3': 'CSS, mail of low reputation',
      '127.0.0.4': 'XBL, a machine that was broken into',
      '127.0.0.9': 'DROP, a network of criminals',
      '127.0.0.10': 'PBL, an address that its network lets send no mail',
      '127.0.0.11': 'PBL, an address that is not to send mail directly',
      '127.0.0.30': 'BCL, a controller of a botnet',
    },
    removal: 'https://check.spamhaus.org/',
    seen: 'docs.spamhaus.com, Available Zones',
  },
  {
    name: 'SpamCop',
    zone: 'bl.spamcop.net',
    ipv6: false,
    codes: { '127.0.0.2': 'reported as a source of spam' },
    removal: 'https://www.spamcop.net/bl.shtml',
    // Its own pages name no code: it has one kind of entry, whose value is the usual one.
    seen: 'rfc:5782#2.1, and what mail servers that use it are set to (Postfix: bl.spamcop.net=127.0.0.2)',
  },
  {
    name: 'Barracuda',
    zone: 'b.barracudacentral.org',
    ipv6: false,
    codes: { '127.0.0.2': 'an address of poor reputation' },
    removal: 'https://www.barracudacentral.org/rbl/removal-request',
    seen: 'barracudacentral.org, How to use the BRBL',
  },
]

/** As somebody asks who has a key. */
export function withKey(lists: readonly Blocklist[], key: string | null): readonly Blocklist[] {
  if (key === null) return lists
  return lists.map((list) => (list.keyed === undefined ? list : { ...list, zone: `${key}.${list.keyed}`, isKeyed: true }))
}

/** Resolvers that everybody shares: lists refuse them, or answer them with what is not true. */
const PUBLIC_RESOLVERS: ReadonlySet<string> = new Set(
  [
    '8.8.8.8 8.8.4.4 2001:4860:4860::8888 2001:4860:4860::8844',
    '1.1.1.1 1.0.0.1 2606:4700:4700::1111 2606:4700:4700::1001',
    '9.9.9.9 149.112.112.112 9.9.9.10 2620:fe::fe 2620:fe::9',
    '208.67.222.222 208.67.220.220 2620:119:35::35 2620:119:53::53',
    '94.140.14.14 94.140.15.15 76.76.2.0 76.76.10.0 4.2.2.1 4.2.2.2 64.6.64.6 64.6.65.6',
  ].flatMap((line) => line.split(' ')),
)

export const isPublicResolver = (address: string): boolean => PUBLIC_RESOLVERS.has(address)

/** The name to ask for (rfc:5782#2.1). */
export function listName({ zone }: Pick<Blocklist, 'zone'>, address: string): string {
  return `${dotted(address).split('.').toReversed().join('.')}.${zone}`
}

export interface ListingFacts {
  readonly address: string
  readonly list: Blocklist
  readonly answer: ListAnswer
}

export type ListAnswer =
  | { readonly kind: 'listed'; readonly codes: readonly string[]; readonly why: string }
  | { readonly kind: 'not-listed' }
  /** `why`: the end of a sentence. */
  | { readonly kind: 'unknown'; readonly why: string }

/** What every list has, and none may have (rfc:5782#5). */
export const TEST_ENTRIES = { listed: '127.0.0.2', notListed: '127.0.0.1' } as const

/** Whether a list that names an address is to be believed: one that was given up often names all of them. Null: it is. */
export function whyNotBelieved(list: Blocklist, listed: readonly string[] | null, notListed: readonly string[] | null): string | null {
  if (listed === null || notListed === null) return 'it names the address, and whether it names all of them cannot be told'
  if (notListed.length > 0) return `it names every address, also ${TEST_ENTRIES.notListed}: it was given up, or is broken`
  if (readListAnswer(list, listed).kind === 'listed') return null
  return `it does not name its own test entry, ${TEST_ENTRIES.listed}: it was given up, or is broken`
}

/** What the answer of a list means. `codes` null: nobody answered. */
export function readListAnswer(list: Blocklist, codes: readonly string[] | null): ListAnswer {
  if (codes === null) return { kind: 'unknown', why: 'the list does not answer' }
  if (codes.length === 0) return { kind: 'not-listed' }
  // Spamhaus answers with these where it refuses to; others took that up.
  const refused = codes.find((code) => code.startsWith('127.255.255.'))
  if (refused !== undefined) return { kind: 'unknown', why: `the list refuses this server's name servers (${refused})` }
  const known = codes.filter((code) => Object.hasOwn(list.codes, code))
  if (known.length === 0) return { kind: 'unknown', why: `the list answers ${codes.slice(0, 3).join(', ')}, which it does not document` }
  return { kind: 'listed', codes: known, why: known.map((code) => list.codes[code]).join('; ') }
}
