// JSON objects, one a line, in both directions over a socket that a process was started with: how launchers and their children speak.
import type { Duplex } from 'node:stream'

/** Longer lines are dropped: nobody who belongs here says so much at once. */
const MOST_LINE = 256 * 1024

export interface LineOptions {
  /** Each object that the other side said. */
  readonly heard: (said: unknown) => void
  readonly nonsense: (line: string) => void
}

export interface LineWriter {
  /** Resolves when the kernel has it, or when nobody is there any more. */
  say(object: object): Promise<void>
}

/** Items of a long list that one line may hold. */
const ITEMS_A_LINE = 200

/** A list that may be long, in parts that fit a line. */
export function* inLines<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += ITEMS_A_LINE) yield all.slice(at, at + ITEMS_A_LINE)
}

/** Never throws: that the other side is gone is told by the socket's `close`. */
export function speakLines(socket: Duplex, { heard, nonsense }: LineOptions): LineWriter {
  let rest = ''
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n')
    rest = (lines.pop() ?? '').slice(0, MOST_LINE)
    for (const line of lines) {
      const said = parsed(line)
      if (said === undefined) nonsense(line.slice(0, 200))
      else heard(said)
    }
  })
  return {
    say: (object) =>
      new Promise((resolve) => {
        if (socket.writable) socket.write(`${JSON.stringify(object)}\n`, () => resolve())
        else resolve()
      }),
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
