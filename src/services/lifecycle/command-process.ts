// A command of `hms` in a process of its own: what it answered, or why it failed.
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
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
export const MOST_SAID = 64 * 1024
export const MOST_ANSWERED = 32 * 1024 * 1024

export function startCommand({ home, words, progress, by }: Command): RunningCommand {
  const env = {
    ...process.env,
    ...(progress !== undefined && { [PROGRESS_VARIABLE]: String(PROGRESS) }),
    ...(by !== undefined && named(by)),
  }
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', progress === undefined ? 'ignore' : 'pipe']
  const child = spawn(process.execPath, argumentsOf(home, words), { stdio, env })
  const [answered, said] = [textOf(child.stdout, MOST_ANSWERED), textOf(child.stderr, MOST_SAID)]
  const followed = child.stdio[PROGRESS]
  if (progress !== undefined && followed !== null && followed !== undefined) follow(followed as Readable, progress)
  return { ended: endOf(child, answered, said), stop: () => void child.kill('SIGTERM') }
}

/** Open files that what a command says goes to. */
export interface CommandFiles {
  readonly answer: number
  readonly failure: number
  readonly progress: number
}

/** One that goes on when this process ends: it is of a session of its own, holds nothing of this one, and what it says goes to files. */
export function startLasting({ home, words, by }: Command & { readonly by: string }, files: CommandFiles): ChildProcess {
  const { HMS_LAUNCH: _launch, NOTIFY_SOCKET: _socket, ...env } = process.env
  const child = spawn(process.execPath, argumentsOf(home, words), {
    stdio: ['ignore', files.answer, files.failure, files.progress],
    env: { ...env, [PROGRESS_VARIABLE]: String(PROGRESS), ...named(by) },
    detached: true,
  })
  child.unref()
  return child
}

function argumentsOf(home: string, words: readonly string[]): string[] {
  const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
  return ['--disable-warning=ExperimentalWarning', main, ...words, '--json', '--home', home]
}

/** As the audit has it. */
function named(by: string): NodeJS.ProcessEnv {
  return { USER: by, SUDO_USER: undefined }
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
    resolve(commandEnd(code, answered(), said() ?? ''))
  })
  return promise
}

/** Of its code (null: a signal ended it), its answer (null: too long) and what it said of its failure. */
export function commandEnd(code: number | null, answered: string | null, said: string): CommandEnd {
  const answer = answered === null ? null : (jsonOf(answered) ?? null)
  return { answer, failure: code === 0 && answered !== null ? null : failureOf(said, answer, answered === null) }
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

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
