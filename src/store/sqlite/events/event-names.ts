// The names by which events are found, as hashes: spread, not secrecy. A block has a hash of each name in it; what is asked for is said as
// clauses, all of which have to be there, each as one of several hashes.
import type { AcceptedEvent, NumberedEvent } from '../../../contract/events.ts'
import { canonicalDomain } from '../../../message/addresses.ts'
import { folded, MOST_TERMS, termsOf } from '../../../message/subject.ts'

export type Name = 'message' | 'recipient' | 'mailing' | 'account' | 'client' | 'domain' | 'header' | 'subject' | 'term'

/** Those of format 1: of its days nothing else is known. */
export const FIRST_NAMES: ReadonlySet<Name> = new Set(['message', 'recipient', 'mailing', 'account'])

const SALT: Readonly<Record<Name, number>> = {
  message: 109,
  recipient: 114,
  mailing: 109,
  account: 97,
  client: 99,
  domain: 100,
  header: 104,
  subject: 115,
  term: 116,
}

const PRIME = 0x01000193
const PLAIN = /^[\x20-\x7e]*$/
const SPACE = 32

/** FNV-1a over UTF-16 units of the lower-cased name. */
export function hashOf(of: Name, name: string | number): number {
  const text = String(name)
  let hash = seedOf(of)
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit > 126) return hashOfAny(of, text)
    hash = Math.imul(hash ^ lower(unit), PRIME)
  }
  return hash >>> 0
}

function hashOfAny(of: Name, name: string): number {
  const text = name.toLowerCase()
  let hash = seedOf(of)
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME)
  return hash >>> 0
}

function seedOf(of: Name): number {
  return 0x811c9dc5 ^ SALT[of]
}

function lower(unit: number): number {
  return unit >= 65 && unit <= 90 ? unit | 32 : unit
}

/** Of an address as it is in an event, in lower case and ASCII. */
export function domainOfAddress(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1)
  return PLAIN.test(domain) ? domain.toLowerCase() : (canonicalDomain(domain) ?? domain.toLowerCase())
}

/** Of a block in the making: names that many of its events share are hashed once. */
export class NameHashes {
  readonly hashes = new Set<number>()
  readonly #accounts = new Set<number>()
  readonly #mailings = new Set<string>()
  readonly #domains = new Set<string>()
  readonly #subjects = new Set<string>()

  add(event: NumberedEvent): void {
    const { message, recipient, mailing, account, clientId } = event
    this.hashes.add(hashOf('message', message)).add(hashOf('recipient', recipient))
    if (isNew(this.#accounts, account)) this.hashes.add(hashOf('account', account))
    if (mailing !== null && isNew(this.#mailings, mailing)) this.hashes.add(hashOf('mailing', mailing))
    if (clientId != null) this.hashes.add(hashOf('client', clientId))
    this.#domain('domain' in event ? event.domain : domainOfAddress(recipient))
    if (event.kind === 'accepted') this.#accepted(event)
  }

  #accepted({ others = [], clientIds = [], headerId, subject }: AcceptedEvent): void {
    for (const other of others) {
      this.hashes.add(hashOf('recipient', other))
      this.#domain(domainOfAddress(other))
    }
    for (const own of clientIds) if (own !== null) this.hashes.add(hashOf('client', own))
    if (headerId !== undefined) this.hashes.add(hashOf('header', headerId))
    if (subject !== undefined && isNew(this.#subjects, subject)) for (const hash of subjectHashes(subject)) this.hashes.add(hash)
  }

  #domain(domain: string): void {
    if (isNew(this.#domains, domain)) this.hashes.add(hashOf('domain', domain))
  }
}

function isNew<T>(seen: Set<T>, one: T): boolean {
  if (seen.has(one)) return false
  seen.add(one)
  return true
}

function subjectHashes(subject: string): readonly number[] {
  if (PLAIN.test(subject)) return plainHashes(subject)
  const text = folded(subject)
  return [hashOf('subject', text), ...termsOf(text).map((term) => hashOf('term', term))]
}

/** The same of ASCII, in one pass: most subjects that differ from message to message are. */
function plainHashes(subject: string): readonly number[] {
  const [seed, terms]: [number, number[]] = [seedOf('term'), []]
  let whole = seedOf('subject')
  let term = seed
  let before = 0
  for (let at = 0; at <= subject.length; at++) {
    const unit = at < subject.length ? lower(subject.charCodeAt(at)) : SPACE
    if (at < subject.length && (unit !== SPACE || before !== SPACE)) whole = Math.imul(whole ^ unit, PRIME)
    before = unit
    if ((unit >= 97 && unit <= 122) || (unit >= 48 && unit <= 57)) term = Math.imul(term ^ unit, PRIME)
    else if (term !== seed) {
      const hash = term >>> 0
      if (terms.length < MOST_TERMS && !terms.includes(hash)) terms.push(hash)
      term = seed
    }
  }
  return [whole >>> 0, ...terms]
}

export function namesOfEvents(events: readonly NumberedEvent[]): Set<number> {
  const names = new NameHashes()
  for (const event of events) names.add(event)
  return names.hashes
}
