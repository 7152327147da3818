// Where a command's words go: standard output for results, standard error for everything else. Knows whether a person looks on.
import { Fault } from '../base/fault.ts'

export interface Terminal {
  /** Columns of standard output; Infinity where it is no terminal. */
  readonly width: number
  /** Its lines. */
  readonly height: number
  /** Whether a person can be asked. */
  readonly interactive: boolean
  /** Whether standard error is a terminal, wherever the answer goes: progress is shown there. */
  readonly watched: boolean
  write(text: string): void
  warn(text: string): void
  /** Whether the person says yes. False where nobody can be asked. */
  confirm(question: string): Promise<boolean>
  /** A line that a person types; undefined where nobody can be asked. */
  ask(question: string): Promise<string | undefined>
  /** A line that a person types unseen; undefined where standard input is no terminal. */
  secret(question: string): Promise<string | undefined>
}

/** Lines as the terminal gives them. What is typed ahead of a question stays for the next one; between two nothing is read. */
class TypedLines {
  readonly #input: NodeJS.ReadStream
  #ahead = ''
  #isOver = false

  constructor(input: NodeJS.ReadStream) {
    this.#input = input
  }

  /** Undefined where no more come (Ctrl-D). */
  async next(): Promise<string | undefined> {
    while (!this.#ahead.includes('\n') && !this.#isOver) await this.#more()
    const end = this.#ahead.indexOf('\n')
    if (end < 0) return undefined
    const line = this.#ahead.slice(0, end)
    this.#ahead = this.#ahead.slice(end + 1)
    return line
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      const came = (chunk: Buffer): void => {
        this.#ahead += chunk.toString('utf8')
        done()
      }
      const over = (): void => {
        this.#isOver = true
        done()
      }
      const done = (): void => {
        this.#input.off('data', came).off('end', over).pause()
        resolve()
      }
      this.#input.on('data', came).on('end', over).resume()
    })
  }
}

export function processTerminal(): Terminal {
  // `hms events | head` closes the pipe: that is an end, not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  const interactive = process.stdin.isTTY && process.stdout.isTTY
  const typed = new TypedLines(process.stdin)
  const ask = async (question: string): Promise<string | undefined> => {
    if (!interactive) return undefined
    process.stdout.write(question)
    return (await typed.next())?.trim()
  }
  return {
    width: process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
    height: process.stdout.isTTY ? process.stdout.rows : Number.POSITIVE_INFINITY,
    interactive,
    watched: process.stderr.isTTY,
    write: (text) => void process.stdout.write(text),
    warn: (text) => void process.stderr.write(text),
    ask,
    async confirm(question) {
      return /^y(es)?$/i.test((await ask(`${question} [y/N] `)) ?? '')
    },
    secret: typeUnseen,
  }
}

async function typeUnseen(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined
  const { createInterface } = await import('node:readline/promises')
  const { Writable } = await import('node:stream')
  process.stderr.write(`${question}: `)
  // The terminal is in raw mode meanwhile, so that only what readline writes would be seen: nothing.
  using reader = createInterface({
    input: process.stdin,
    output: new Writable({ write: (_chunk, _encoding, done) => done() }),
    terminal: true,
  })
  const { promise: left, reject } = Promise.withResolvers<never>()
  // Ctrl-C and Ctrl-D.
  for (const event of ['SIGINT', 'close']) reader.on(event, () => reject(new Fault('usage', 'Nothing was changed.', { blame: 'caller' })))
  try {
    return await Promise.race([reader.question(''), left])
  } finally {
    process.stderr.write('\n')
  }
}
