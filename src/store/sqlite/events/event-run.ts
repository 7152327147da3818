// A search through the days of a home, newest first, in steps of a block or less, so that others have their turn between them. It may be
// ended at any step: then it says up to where it came, and the next one goes on there.
import { join } from 'node:path'
import type { EpochMs, Ms } from '../../../base/brand.ts'
import type { EventFilter, EventPage } from '../../../engine/ports/stores.ts'
import { eventDays } from './day-reader.ts'
import { EventMatcher } from './event-match.ts'
import { SearchedDay } from './searched-day.ts'
import { DaySearch, type EventPlace, type Search } from './event-search.ts'

const DAY = 86_400_000
const LATEST = Number.MAX_SAFE_INTEGER

/** `before`: the id of an event, or `@` and the time up to which a search came. */
export interface EventQuestion {
  readonly filter: EventFilter
  readonly before: string | null
  readonly limit: number
  /** It ends itself that long after its first step. */
  readonly patience?: Ms | undefined
}

export class EventRun implements Disposable {
  readonly #folder: string
  readonly #limit: number
  readonly #filter: EventFilter
  /** The event whose time is looked for first. */
  #sought: string | null = null
  #search: Search
  /** Days that are left, the newest at the end. */
  #days: string[]
  #day: SearchedDay | null = null
  #inDay: DaySearch | null = null
  readonly #patience: Ms
  #deadline: number | null = null
  #isEnded = false
  #isDone = false
  page: EventPage = { events: [], reached: null }

  constructor(folder: string, { filter, before, limit, patience = Infinity }: EventQuestion) {
    this.#patience = patience
    const reached = before?.startsWith('@') === true ? Number(before.slice(1)) : LATEST
    this.#folder = folder
    this.#limit = limit
    this.#filter = { ...filter, until: Math.min(filter.until ?? LATEST, reached) }
    this.#search = { filter: this.#filter, matcher: new EventMatcher(this.#filter), before: null }
    this.#sought = before === null || reached !== LATEST ? null : before
    this.#days = [...eventDays(folder)]
  }

  [Symbol.dispose](): void {
    this.#close()
    this.#isDone = true
  }

  /** The next steps end it, as soon as it has come further than where it began. */
  end(): void {
    this.#isEnded = true
  }

  /** False when `page` is whole. */
  step(): boolean {
    if (this.#isDone) return false
    this.#deadline ??= performance.now() + this.#patience
    if (performance.now() > this.#deadline) this.end()
    if (this.#sought !== null) return this.#seek(this.#sought)
    if (this.#inDay === null) return this.#nextDay()
    const isMore = this.#inDay.step()
    if (isMore && !this.#isCut(this.#inDay.reached)) return true
    const { found, reached } = this.#inDay
    if (isMore)
      return this.#finish(
        found.filter(({ at }) => at > reached),
        reached,
      )
    this.#close()
    this.page = { events: [...this.page.events, ...found], reached: null }
    return true
  }

  #isCut(reached: EpochMs): boolean {
    return this.#isEnded && reached < (this.#search.before?.at ?? this.#filter.until ?? LATEST)
  }

  #finish(more: EventPage['events'], reached: EpochMs | null): boolean {
    this.#close()
    this.page = { events: [...this.page.events, ...more], reached }
    this.#isDone = true
    return false
  }

  /** A day a step; one that nobody knows is before everything. */
  #seek(id: string): boolean {
    const names = eventDays(this.#folder)
    const name = this.#days.pop()
    if (name === undefined) return this.#finish([], null)
    using day = SearchedDay.open(this.#pathOf(name))
    const at = day?.timeOf(id) ?? null
    if (at === null) return true
    const before: EventPlace = { id, at }
    this.#search = { ...this.#search, before }
    this.#sought = null
    this.#days = [...names]
    return true
  }

  #nextDay(): boolean {
    const { since, until = LATEST } = this.#filter
    const newest = Math.min(until, this.#search.before?.at ?? LATEST)
    this.#days = this.#days.filter((day) => Date.parse(day) <= newest)
    const name = this.#days.pop()
    const left = this.#limit - this.page.events.length
    if (name === undefined || left <= 0 || (since !== undefined && Date.parse(name) + DAY <= since)) return this.#finish([], null)
    const end = Date.parse(name) + DAY - 1
    if (this.#isCut(end)) return this.#finish([], end)
    this.#day = SearchedDay.open(this.#pathOf(name))
    if (this.#day !== null) this.#inDay = new DaySearch(this.#search, left, this.#day)
    return true
  }

  #close(): void {
    this.#day?.[Symbol.dispose]()
    this.#day = null
    this.#inDay = null
  }

  #pathOf(name: string): string {
    return join(this.#folder, `${name}.db`)
  }
}
