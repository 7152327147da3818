// What a search asks for, made ready once: the clauses by which a block is passed over, what a line must have in it to be worth reading as
// JSON, and whether an event fits.
import type { NumberedEvent } from '../../../contract/events.ts'
import type { EventFilter } from '../../../engine/ports/stores.ts'
import { folded, termsOf } from '../../../message/subject.ts'
import { matchesGlob } from '../../../policy/criteria.ts'
import { kindBits } from './event-block.ts'
import { domainOfAddress, FIRST_NAMES, hashOf, type Name } from './event-names.ts'

/** One of the hashes is in each block that has what is asked for. */
interface Clause {
  readonly of: Name
  readonly hashes: readonly number[]
}

type Test = (event: NumberedEvent) => boolean

export class EventMatcher {
  /** No bits: of every kind. */
  readonly kinds: number
  readonly #clauses: Clause[] = []
  readonly #tests: Test[] = []
  /** In lower case; each is in the line of every event that fits, without regard to case. */
  readonly #needles: string[] = []
  readonly #kindNeedles: readonly string[]

  constructor(filter: EventFilter) {
    const { kinds, since = 0, until = Infinity } = filter
    this.kinds = kindBits(kinds ?? [])
    this.#kindNeedles = (kinds ?? []).map((kind) => `"kind":"${kind.toLowerCase()}"`)
    this.#test(({ at }) => at >= since && at <= until)
    if (kinds !== undefined) this.#test(({ kind }) => kinds.includes(kind))
    this.#names(filter)
    if (filter.recipient !== undefined) this.#recipient(filter.recipient.toLowerCase())
    if (filter.domain !== undefined) this.#domain(filter.domain.toLowerCase())
    if (filter.address !== undefined) this.#address(filter.address.toLowerCase())
    if (filter.subject !== undefined) this.#subject(filter.subject)
  }

  /** As far as blocks of a format know names. */
  clauses(format: number): readonly (readonly number[])[] {
    const known = format > 1 ? this.#clauses : this.#clauses.filter(({ of }) => FIRST_NAMES.has(of))
    return known.map(({ hashes }) => hashes)
  }

  /** `line`: of an event; false: it need not be read. */
  mayFit(line: string): boolean {
    const text = line.toLowerCase()
    if (this.#kindNeedles.length > 0 && !this.#kindNeedles.some((needle) => text.includes(needle))) return false
    return this.#needles.every((needle) => text.includes(needle))
  }

  fits(event: NumberedEvent): boolean {
    return this.#tests.every((test) => test(event))
  }

  #test(test: Test): void {
    this.#tests.push(test)
  }

  #clause(of: Name, name: string | number): void {
    this.#clauses.push({ of, hashes: [hashOf(of, name)] })
  }

  #needle(text: string): void {
    if (text !== '') this.#needles.push(JSON.stringify(text.toLowerCase()).slice(1, -1))
  }

  #names({ message, account, mailing, clientId, headerId }: EventFilter): void {
    if (message !== undefined) {
      this.#clause('message', message)
      this.#needle(message)
      this.#test((event) => event.message === message)
    }
    if (account !== undefined) {
      this.#clause('account', account)
      this.#test((event) => event.account === account)
    }
    if (mailing !== undefined) {
      this.#clause('mailing', mailing)
      this.#needle(mailing)
      this.#test((event) => event.mailing === mailing)
    }
    if (clientId !== undefined) {
      this.#clause('client', clientId)
      this.#needle(clientId)
      this.#test((event) => event.clientId === clientId || (event.kind === 'accepted' && event.clientIds?.includes(clientId) === true))
    }
    if (headerId !== undefined) {
      this.#clause('header', headerId)
      this.#needle(headerId)
      this.#test((event) => event.kind === 'accepted' && event.headerId === headerId)
    }
  }

  #recipient(wanted: string): void {
    this.#clause('recipient', wanted)
    this.#needle(wanted)
    this.#test((event) => recipientsOf(event).some((one) => one.toLowerCase() === wanted))
  }

  #domain(wanted: string): void {
    this.#clause('domain', wanted)
    if (/^[\x20-\x7e]*$/.test(wanted) && !wanted.includes('xn--')) this.#needle(`@${wanted}`)
    this.#test(
      (event) => ('domain' in event && event.domain === wanted) || recipientsOf(event).some((one) => domainOfAddress(one) === wanted),
    )
  }

  #address(pattern: string): void {
    const domain = pattern.slice(pattern.lastIndexOf('@') + 1)
    if (pattern.includes('@') && !/[*?]/.test(domain)) this.#clause('domain', domainOfAddress(pattern))
    this.#needle(longest(pattern))
    this.#test((event) => recipientsOf(event).some((one) => matchesGlob(pattern, one.toLowerCase())))
  }

  #subject(asked: string): void {
    this.#needles.push('"subject":')
    const text = folded(asked.trim())
    const whole = /^"(.*)"$/.exec(text)?.[1]
    if (whole !== undefined) {
      this.#clause('subject', whole)
      this.#ofSubject((subject) => subject === whole)
      return
    }
    const terms = termsOf(text)
    if (!text.includes('*') && terms.length > 0) {
      for (const term of terms) this.#clause('term', term)
      this.#ofSubject((subject) => {
        const its = termsOf(subject)
        return terms.every((term) => its.includes(term))
      })
      return
    }
    const pattern = text.includes('*') ? text : `*${text}*`
    this.#ofSubject((subject) => matchesGlob(pattern, subject))
  }

  #ofSubject(test: (folded: string) => boolean): void {
    this.#test((event) => event.kind === 'accepted' && event.subject !== undefined && test(folded(event.subject)))
  }
}

function recipientsOf(event: NumberedEvent): readonly string[] {
  return event.kind === 'accepted' && event.others !== undefined ? [event.recipient, ...event.others] : [event.recipient]
}

/** The longest part of a pattern that has to be there as it is. */
function longest(pattern: string): string {
  return pattern.split(/[*?]+/).reduce((best, part) => (part.length > best.length ? part : best), '')
}
