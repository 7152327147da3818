// A command of `hms` in a process of its own: what it answered, or why it failed.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { fileURLToPath } from 'node:url'

export interface CommandFailure {
  readonly code: string
  readonly message: string
  readonly mend: string | null
}

export interface CommandEnd {
  /** What it answered; null: nothing. */
  readonly answer: unknown
  readonly failure: CommandFailure | null
}

export interface CommandProgress {
  readonly doing: string
  readonly done: number
  readonly total: number
}

export interface Command {
  readonly home: string
  readonly words: readonly string[]
  readonly progress?: (progress: CommandProgress) => void
  /** On whose behalf, for the audit; else whoever runs the server. */
  readonly by?: string
}

export interface RunningCommand {
  readonly ended: Promise<CommandEnd>
  /** It ends as soon as it may. */
  stop(): void
}

/** The command writes how far it is to this descriptor, one JSON object a line. */
export const PROGRESS_VARIABLE = 'HMS_PROGRESS'
const PROGRESS = 3
const MOST_SAID = 64 * 1024
const MOST_ANSWERED = 32 * 1024 * 1024

export function startCommand({ home, words, progress, by }: Command): RunningCommand {
  const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
  const args = ['--disable-warning=ExperimentalWarning', main, ...words, '--json', '--home', home]
  const env = {
    ...process.env,
    ...(progress !== undefined && { [PROGRESS_VARIABLE]: String(PROGRESS) }),
    ...(by !== undefined && { USER: by, SUDO_USER: undefined }),
  }
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', progress === undefined ? 'ignore' : 'pipe'], env })
  const [answered, said] = [textOf(child.stdout, MOST_ANSWERED), textOf(child.stderr, MOST_SAID)]
  const followed = child.stdio[PROGRESS]
  if (progress !== undefined && followed !== null && followed !== undefined) follow(followed as Readable, progress)
  return { ended: endOf(child, answered, said), stop: () => void child.kill('SIGTERM') }
}

/** What comes of a stream; null: more than may. */
function textOf(stream: Readable | null, most: number): () => string | null {
  const decoder = new StringDecoder('utf8')
  let text = ''
  let isTooLong = false
  stream?.on('data', (chunk: Buffer) => {
    if (isTooLong) return
    text += decoder.write(chunk)
    isTooLong = text.length > most
    if (isTooLong) text = ''
  })
  return () => (isTooLong ? null : text)
}

function endOf(child: ChildProcess, answered: () => string | null, said: () => string | null): Promise<CommandEnd> {
  const { promise, resolve } = Promise.withResolvers<CommandEnd>()
  child.once('error', (error) => resolve({ answer: null, failure: { code: 'internal', message: `${error.message}.`, mend: null } }))
  child.once('close', (code) => {
    const text = answered()
    const answer = text === null ? null : (jsonOf(text) ?? null)
    resolve({ answer, failure: code === 0 && text !== null ? null : failureOf(said() ?? '', answer, text === null) })
  })
  return promise
}

function failureOf(said: string, answer: unknown, isTooLong: boolean): CommandFailure {
  if (isTooLong)
    return { code: 'answer-too-long', message: 'The answer is longer than is kept.', mend: "Use 'hms' at the shell of the server." }
  const told = jsonOf(said.trim().split('\n').at(-1) ?? '') as { readonly error?: CommandFailure } | undefined
  if (told?.error !== undefined) return { code: told.error.code, message: told.error.message, mend: told.error.mend }
  const problem = (answer as { readonly problem?: unknown } | null)?.problem
  if (typeof problem === 'string') return { code: 'backup-damaged', message: problem, mend: null }
  if (answer !== null) return { code: 'check-failed', message: 'Not all is as it should be: the answer says what.', mend: null }
  return { code: 'run-ended', message: said.trim() === '' ? 'it was ended.' : said.trim(), mend: null }
}

function follow(stream: Readable, told: (progress: CommandProgress) => void): void {
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = (lines.pop() ?? '').slice(0, MOST_SAID)
    const last = jsonOf(lines.at(-1) ?? '') as CommandProgress | undefined
    if (last !== undefined) told(last)
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
