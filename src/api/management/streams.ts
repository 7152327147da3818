// Server-sent events: what is new, or the whole each time that it changed. Whoever listens is asked for again and again who he is, so that a
// stream ends with the session, the key or the right that it came by, within a second.
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { OctetPiece } from '../../contract/forms.ts'
import { cursorOf } from './parameters.ts'

const LOOK_EVERY: Ms = 500
const CHANGED_EVERY: Ms = 1000
/** Whoever is behind; others have their turns. */
const MORE_AFTER: Ms = 50
/** Proxies end what says nothing. */
const BREATH_EVERY: Ms = 10_000
/** Who listens is asked who he is at least so often, however seldom there is something new to look for. */
const ASKED_EVERY: Ms = 500

export interface StreamParts {
  readonly clock: Clock
  /** Ends the stream where it throws. */
  readonly allowed: () => Promise<void>
  /** What an end by that is told as. */
  readonly farewell: (error: unknown) => string
}

/** What is told at once, and where to go on. */
export interface Told {
  readonly text: string
  readonly next: unknown
  /** There may be more by now. */
  readonly isFull: boolean
}

/** Of rows that came after a place. */
export function toldOf(rows: readonly unknown[], next: unknown, isFull: boolean): Told {
  // The place belongs to all of them: after the last one it is told.
  return { text: `${rows.map((row) => message(kindOf(row), row)).join('')}id: ${cursorOf(next)}\n\n`, next, isFull }
}

/** Of an answer that tells in one what came after a place; `isNothing`: none of it concerns who listens. */
export function toldInOne(answer: unknown, next: string, isNothing: boolean): Told {
  return { text: `${isNothing ? '' : `event: newest\ndata: ${JSON.stringify(answer)}\n`}id: ${next}\n\n`, next, isFull: false }
}

/** Answers for many readers of the same: who asks for one that was made a moment ago gets that. */
export class SharedAnswers<T> {
  readonly #clock: Clock
  readonly #age: Ms
  readonly #made = new Map<string, Promise<T>>()

  constructor(clock: Clock, age: Ms) {
    this.#clock = clock
    this.#age = age
  }

  of(what: string, make: () => Promise<T>): Promise<T> {
    const known = this.#made.get(what)
    if (known !== undefined) return known
    const answer = make()
    this.#made.set(what, answer)
    const forget = (): void => void this.#made.delete(what)
    const timer = this.#clock.after(this.#age, forget)
    // What failed for one is tried again by the next.
    answer.catch(() => {
      timer[Symbol.dispose]()
      forget()
    })
    return answer
  }
}

/** Events as they come; `next` gives those after a cursor, and the next. */
export async function* tailed(
  next: (after: unknown) => Promise<Told>,
  after: unknown,
  parts: StreamParts,
  gone: AbortSignal,
): AsyncGenerator<string> {
  let cursor = after
  yield* stepsOf(parts, LOOK_EVERY, gone, async () => {
    const told = await next(cursor)
    if (told.next === cursor) return null
    cursor = told.next
    return told
  })
}

/** The whole, when it is another than before. */
export async function* changes(name: string, look: () => Promise<string>, parts: StreamParts, gone: AbortSignal): AsyncGenerator<string> {
  let before = ''
  yield* stepsOf(parts, CHANGED_EVERY, gone, async () => {
    const now = await look()
    if (now === before) return null
    before = now
    return { text: `event: ${name}\ndata: ${now}\n\n`, isFull: false }
  })
}

/** A step that gives null had nothing to tell. */
async function* stepsOf(
  { clock, allowed, farewell }: StreamParts,
  interval: Ms,
  gone: AbortSignal,
  step: () => Promise<Pick<Told, 'text' | 'isFull'> | null>,
): AsyncGenerator<string> {
  yield 'retry: 2000\n\n'
  const wait = Math.min(ASKED_EVERY, interval)
  let [spoke, left] = [clock.mono(), 0]
  while (!gone.aborted) {
    const isDue = left <= 0
    if (isDue) left = interval
    left -= wait
    const said = await allowed()
      .then(() => (isDue ? step() : null))
      // What took its time to find is not told to who may not see it by now.
      .then(async (found) => (found === null ? null : allowed().then(() => found)))
      .catch((error: unknown) => ({ end: `event: end\ndata: ${farewell(error)}\n\n` }))
    if (said !== null && 'end' in said) return void (yield said.end)
    const told = said?.text ?? (clock.mono() - spoke >= BREATH_EVERY ? ': still here\n\n' : null)
    if (told !== null) {
      yield told
      spoke = clock.mono()
    }
    const isBehind = said?.isFull === true
    if (isBehind) left = 0
    await pause(clock, isBehind ? MORE_AFTER : wait, gone)
  }
}

function pause(clock: Clock, delay: Ms, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(delay, resolve)
    gone.addEventListener(
      'abort',
      () => {
        timer[Symbol.dispose]()
        resolve()
      },
      { once: true },
    )
  })
}

function message(kind: string, row: unknown): string {
  return `event: ${kind}\ndata: ${JSON.stringify(row)}\n\n`
}

function kindOf(row: unknown): string {
  const { kind } = row as { readonly kind?: unknown }
  return typeof kind === 'string' ? kind : 'message'
}

/** The octets of all pieces, one read when the one before was taken. `place`: let go of at its end. */
export async function* whole(
  first: OctetPiece,
  next: (from: number) => Promise<OctetPiece>,
  gone: AbortSignal,
  place: Disposable,
): AsyncGenerator<Uint8Array> {
  using _place = place
  for (let piece = first; !gone.aborted; piece = await next(piece.next)) {
    yield Buffer.from(piece.octets, 'base64')
    if (piece.next === null) return
  }
}
