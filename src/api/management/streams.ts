// Server-sent events: what is new, or the whole each time that it changed. Whoever listens is asked for again and again who he is, so that a
// stream ends with the session, the key or the right that it came by, within a second.
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { OctetPiece } from '../../contract/forms.ts'
import { cursorOf } from './parameters.ts'

const LOOK_EVERY: Ms = 500
const CHANGED_EVERY: Ms = 1000
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

/** Events as they come; `next` gives those after a cursor, and the next. */
export async function* tailed(
  next: (after: unknown) => Promise<{ readonly rows: readonly unknown[]; readonly next: unknown }>,
  after: unknown,
  parts: StreamParts,
  gone: AbortSignal,
): AsyncGenerator<string> {
  let cursor = after
  const steps = stepsOf(parts, LOOK_EVERY, gone, async () => {
    const { rows, next: at } = await next(cursor)
    if (at === cursor) return null
    cursor = at
    // The place belongs to all of them: after the last one it is told.
    return `${rows.map((row) => message(kindOf(row), row)).join('')}id: ${cursorOf(at)}\n\n`
  })
  yield* steps
}

/** The whole, when it is another than before. */
export async function* changes(name: string, look: () => Promise<unknown>, parts: StreamParts, gone: AbortSignal): AsyncGenerator<string> {
  let before = ''
  yield* stepsOf(parts, CHANGED_EVERY, gone, async () => {
    const now = JSON.stringify(await look())
    if (now === before) return null
    before = now
    return `event: ${name}\ndata: ${now}\n\n`
  })
}

/** A step that gives null had nothing to tell. */
async function* stepsOf(
  { clock, allowed, farewell }: StreamParts,
  interval: Ms,
  gone: AbortSignal,
  step: () => Promise<string | null>,
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
    if (said !== null && typeof said !== 'string') return void (yield said.end)
    const told = said ?? (clock.mono() - spoke >= BREATH_EVERY ? ': still here\n\n' : null)
    if (told !== null) {
      yield told
      spoke = clock.mono()
    }
    await pause(clock, wait, gone)
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
