// How a command says that it failed: a sentence and how to mend it on standard error, or one JSON object there.
import { CommanderError } from 'commander'
import { isDiskFull } from '../base/disk-full.ts'
import { Fault, messageOf } from '../base/fault.ts'
import { visible, visibleLines } from './output/visible.ts'
import type { Terminal } from './terminal.ts'

const EXIT_FAILED = 1
/** EX_USAGE of sysexits.h. */
const EXIT_USAGE = 64
/** EX_CONFIG, as children of the launcher say it: the owner has to do something before a start can succeed. */
const EXIT_CONFIG = 78
/** A store is of a newer release. */
const EXIT_FORMAT = 79
const EXITS: Readonly<Record<string, number>> = {
  usage: EXIT_USAGE,
  'format-newer': EXIT_FORMAT,
  'home-copied': EXIT_CONFIG,
  'home-behind': EXIT_CONFIG,
  'journal-foreign': EXIT_CONFIG,
  'journal-unreadable': EXIT_CONFIG,
}

/** What other programs say often has no end. */
const sentence = (text: string): string => (/[.?!)]$/.test(text) ? text : `${text}.`)

interface Failure {
  readonly code: string
  readonly message: string
  readonly mend: string | null
}

/** Tells the failure and returns the exit code. What commander has already said (help, version) passes silently. */
export function reportFailure(error: unknown, json: boolean, terminal: Terminal): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  const failure = failureOf(error)
  if (json) {
    const problems = error instanceof Fault && 'problems' in error ? { problems: error.problems } : {}
    terminal.warn(`${JSON.stringify({ error: { ...failure, ...problems } })}\n`)
  } else {
    // What was typed stands in one line, whatever is in it.
    const words = failure.code === 'usage' ? visible(failure.message) : visibleLines(failure.message)
    terminal.warn(`hms: ${words}\n${failure.mend === null ? '' : `     ${visibleLines(failure.mend)}\n`}`)
  }
  if (process.env['HMS_DEBUG'] !== undefined && error instanceof Error) terminal.warn(`${error.stack ?? ''}\n`)
  return EXITS[failure.code] ?? EXIT_FAILED
}

/** In words, as whoever called is told. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) {
    // A command with subcommands, called without one.
    if (error.code === 'commander.help') return { code: 'usage', message: 'Say what to do.', mend: 'Add --help to see what there is.' }
    const said = error.message.replace(/^error: /, '')
    const message = said.charAt(0).toUpperCase() + said.slice(1).replaceAll('\n', ' ')
    return { code: 'usage', message: sentence(message), mend: 'Add --help to see what there is.' }
  }
  if (error instanceof Fault) return { code: error.code, message: sentence(error.message), mend: error.mend ?? null }
  if (isUnwritable(error)) {
    const mend = "Run hms as the user that owns the home, and let that user write all in it; 'hms doctor' tells where that is not so."
    return { code: 'home-unusable', message: `The home cannot be written: ${messageOf(error)}.`, mend }
  }
  if (isOfFile(error)) {
    const mend = 'See that what was named is there, is a file, and may be used by you.'
    return { code: 'file-unusable', message: `A file cannot be used: ${messageOf(error)}.`, mend }
  }
  if (isDiskFull(error)) return { code: 'disk-full', message: `A disk is full: ${messageOf(error)}.`, mend: 'Make room, and do it again.' }
  return {
    code: 'internal',
    message: `That is a bug in hms: ${messageOf(error)}`,
    mend: 'Run the same again with HMS_DEBUG=1 in the environment and report what it prints.',
  }
}

/** What a path that somebody named may be, wherever it is opened. */
const OF_FILES: ReadonlySet<unknown> = new Set([
  'ENOENT',
  'EISDIR',
  'ENOTDIR',
  'ENAMETOOLONG',
  'EACCES',
  'EPERM',
  'EEXIST',
  'ELOOP',
  'EROFS',
  'ENXIO',
])

function isOfFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && 'syscall' in error && OF_FILES.has(error.code)
}

/** SQLITE_READONLY and SQLITE_CANTOPEN: a file's rights, or a disk that is mounted read-only. */
function isUnwritable(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && [8, 14].includes(error.errcode & 0xff)
}
