// What every command gets: the home, how to answer (for people or as JSON), and a way to call operations.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { type AccountId, ANONYMOUS_ACCOUNT, type Domain, type MessageId } from '../base/brand.ts'
import { Fault } from '../base/fault.ts'
import { parseDuration } from '../base/quantities.ts'
import { parseMessageId } from '../base/message-id.ts'
import type { OperationName, OperationParams, OperationResult } from '../contract/operations.ts'
import { homeOf, layoutOf } from '../lifecycle/release/layout.ts'
import type { Terminal } from './terminal.ts'

export interface Cli {
  /** The home's folder, absolute. It need not exist. */
  readonly home: string
  readonly json: boolean
  /** In the console of the Control Panel: there is no home to look into, only what operations tell. */
  readonly isConsole?: true
  readonly version: string
  /** The folder of this program, with package.json in it. */
  readonly programRoot: string
  readonly terminal: Terminal
  /** Calls the running server, or does it in this process where none runs. */
  call<N extends OperationName>(name: N, params: OperationParams<N>): Promise<OperationResult<N>>
  /** Prints `result` as JSON, or the words that `text` makes of it. */
  answer<R>(result: R, text: (result: R) => string): void
}

/** A module in commands/: adds options, arguments, subcommands and actions to its command. */
export interface CommandModule {
  register(command: Command, cli: Cli): void
}

/** Who did it, for the audit and the events. */
export function actor(): string {
  return `hms (${process.env['SUDO_USER'] ?? process.env['USER'] ?? `uid ${process.getuid?.() ?? '?'}`})`
}

export function badArgument(what: string, mend?: string): Fault {
  return new Fault('usage', what, { blame: 'caller', ...(mend === undefined ? {} : { mend }) })
}

export function accountId(text: string): AccountId {
  const id = /^\d{4,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(id >= ANONYMOUS_ACCOUNT)) {
    throw badArgument(`"${text}" is no account.`, "Accounts are numbers from 1000 up; 'hms account ls' lists them.")
  }
  return id as AccountId
}

export function messageId(text: string): MessageId {
  const id = parseMessageId(text)
  if (id === undefined) throw badArgument(`"${text}" is no message id.`, "An id has 16 letters and digits; 'hms queue ls' lists them.")
  return id
}

/** As typed; the operation makes it canonical or refuses it. */
export function domainName(text: string): Domain {
  return text.trim().toLowerCase().replace(/\.$/, '') as Domain
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= least && value <= most)) throw badArgument(`"${text}" is no whole number from ${least} to ${most}.`)
    return value
  }
}

/** As `500ms`, `10s`, `2m`. */
export function timeSpan(text: string): number {
  const found = parseDuration(text)
  if (found === undefined) throw badArgument(`"${text}" is no time: write 500ms, 10s or 2m.`)
  return found
}

/** With commas between them; `0` alone: of none in particular. */
export function wholeNumbers(text: string): readonly number[] {
  const found = text.split(',').map((one) => one.trim())
  for (const one of found) if (!/^\d{1,10}$/.test(one)) throw badArgument(`"${one}" is no whole number.`)
  return found.length === 1 && found[0] === '0' ? [] : found.map(Number)
}

export const accountIds = (text: string): readonly AccountId[] => wholeNumbers(text) as readonly AccountId[]

export function onOff(text: string): boolean {
  if (text === 'on' || text === 'true' || text === 'yes') return true
  if (text === 'off' || text === 'false' || text === 'no') return false
  throw badArgument(`"${text}" is neither on nor off.`)
}

export function list(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').map((part) => part.trim())]
}

/** How a person calls the program: an installed one is in the path, a checkout is run where it is. */
export function calledAs({ programRoot }: Pick<Cli, 'programRoot'>): string {
  return layoutOf(programRoot) === null ? './hms' : 'hms'
}

/** What to add to a command that is shown to a person, so that it is about the same home. */
export function homeOption({ home, programRoot }: Pick<Cli, 'home' | 'programRoot'>): string {
  return home === usualHome(programRoot) ? '' : ` --home ${/^[\w./-]+$/.test(home) ? home : `'${home}'`}`
}

/** What commands are about where no home is named. */
export function usualHome(programRoot: string): string {
  const fromEnvironment = process.env['HMS_HOME']
  if (fromEnvironment !== undefined && fromEnvironment !== '') return resolve(fromEnvironment)
  if (existsSync(join(programRoot, 'src'))) return join(programRoot, 'hms-home')
  const layout = layoutOf(programRoot)
  return (layout === null ? null : homeOf(layout)) ?? '/var/lib/hms'
}
