// Counts what providers refused since the domain in From does not prove itself: Microsoft's 550 5.7.515 and Gmail's 5.7.26. Nobody's address
// is to blame for it, the sender's records are.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Reading } from '../../policy/alarms/machine.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { LinedEvent } from '../../message/event-line.ts'
import type { FeedbackConsumer, FeedbackSink } from '../desk/outbox-pump.ts'

const CODES: ReadonlySet<string | null> = new Set(['5.7.515', '5.7.26', '4.7.26'])
/** So long after the last it counts as over. */
const WITHIN: Ms = 3_600_000
const MOST_DOMAINS = 1000
const LONGEST_REPLY = 200
const SENDING_DOMAIN = /sending domain \[?([a-z0-9.-]{1,253})/i

interface Refused {
  count: number
  last: EpochMs
  readonly words: string
}

export class Refusals implements FeedbackConsumer {
  readonly #domains = new Map<string, Refused>()
  readonly #since: EpochMs

  constructor(now: EpochMs) {
    this.#since = now
  }

  begin(): Promise<FeedbackSink> {
    const found: { readonly domain: string; readonly at: EpochMs; readonly words: string }[] = []
    return Promise.resolve({
      add: ({ event }: LinedEvent) => {
        if (event.kind !== 'failed' && event.kind !== 'deferred' && event.kind !== 'bounced') return
        const said = saidIn(event)
        if (said === null) return
        const domain = domainOf(event, said)
        if (domain !== '') found.push({ domain, at: event.at, words: `${event.domain} refused mail of ${domain}: ${plain(said)}` })
      },
      commit: () => {
        for (const one of found.splice(0)) this.#count(one)
        return Promise.resolve()
      },
    })
  }

  /** One for each domain of which something was refused in the last hour; null: that is not known yet. */
  readings(now: EpochMs): readonly Reading[] | null {
    for (const [domain, { last }] of this.#domains) if (now - last >= WITHIN) this.#domains.delete(domain)
    if (this.#domains.size === 0 && now - this.#since < WITHIN) return null
    return [...this.#domains].map(([subject, { count, words }]) => ({ subject, value: count, words, mend: mendOf(subject) }))
  }

  #count({ domain, at, words }: { readonly domain: string; readonly at: EpochMs; readonly words: string }): void {
    const known = this.#domains.get(domain)
    if (known === undefined) {
      if (this.#domains.size < MOST_DOMAINS) this.#domains.set(domain, { count: 1, last: at, words })
      return
    }
    known.count++
    known.last = Math.max(known.last, at)
  }
}

const mendOf = (domain: string): string => `'hms domain check ${domain}' shows which record is missing or incorrect.`

type Told = Extract<NumberedEvent, { readonly kind: 'failed' | 'expired' | 'deferred' | 'bounced' }>

function saidIn(event: Told): string | null {
  if (event.kind === 'bounced') return CODES.has(event.status) ? event.response : null
  return event.reply !== null && CODES.has(event.reply.enhanced) ? `${event.reply.code} ${event.reply.enhanced} ${event.reply.text}` : null
}

/** As the provider names it, or that of the envelope. */
function domainOf(event: Told, said: string): string {
  const named = SENDING_DOMAIN.exec(said)?.[1]?.toLowerCase().replace(/\.$/, '')
  if (named !== undefined && named.includes('.')) return named
  return event.kind === 'bounced' ? '' : event.sender.slice(event.sender.lastIndexOf('@') + 1).toLowerCase()
}

function plain(text: string): string {
  return text.slice(0, LONGEST_REPLY).replaceAll(/[^\x20-\x7e]/g, ' ')
}
