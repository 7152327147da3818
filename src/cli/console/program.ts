// The commands that the console has: those that ask operations and nothing else. What is about the program, its processes or the files of the
// machine is not among them, and an option or argument that names a file is refused before anything is done.
import type { Argument, Command, Option } from 'commander'
import type { ConsoleCommand } from '../../contract/console.ts'
import { badArgument, type Cli } from '../cli.ts'
import { COMMANDS } from '../commands.ts'
import { type ALL, buildProgram } from '../program.ts'

/** A new command is not among them until somebody looked that it opens no file, socket or process. */
const NAMES =
  `status account credential brakes relay domain dkim template user key session assemble route rules export sources warmup trust queue
  why top effects events webhook erase kept sent alarms alerts audit inbound feedback suppression report reports`.split(/\s+/)
export const CONSOLE_COMMANDS: Readonly<Record<string, unknown>> = Object.fromEntries(
  NAMES.filter((name) => Object.hasOwn(COMMANDS, name)).map((name) => [name, true]),
)

/** Of those: what reads the home or the network itself. */
const NOT_HERE: ReadonlySet<string> = new Set(['account pickup', 'inbound check'])
/** Arguments that name a file without saying so. */
const FILES_TOO: Readonly<Record<string, string>> = { assemble: 'job' }

const NAMES_A_FILE = /\b(?:file|files|dir|folder|path|home)\b/i

export async function consoleProgram(cli: Cli, called: string | typeof ALL | undefined): Promise<Command> {
  const program = await buildProgram(cli, typeof called !== 'string' || Object.hasOwn(CONSOLE_COMMANDS, called) ? called : undefined)
  program.addHelpText('after', "\nIn the console there is what needs no file of the server: 'hms' at its shell has the rest.")
  keep(program, (command) => Object.hasOwn(CONSOLE_COMMANDS, command.name()))
  narrow(program, '')
  return program
}

function narrow(command: Command, words: string): void {
  for (const option of command.options) if (NAMES_A_FILE.test(placeOf(option))) refuse(option, option.long ?? option.flags)
  for (const argument of command.registeredArguments)
    if (NAMES_A_FILE.test(argument.name()) || FILES_TOO[words] === argument.name()) refuse(argument, argument.name())
  keep(command, (one) => !NOT_HERE.has(`${words} ${one.name()}`.trim()))
  for (const one of command.commands) narrow(one, `${words} ${one.name()}`.trim())
}

const placeOf = ({ flags }: Option): string => /[<[].*[>\]]/.exec(flags)?.[0] ?? ''

function refuse(named: Option | Argument, what: string): void {
  named.argParser(() => {
    throw badArgument(`${what} names a file, and the console has none.`, "Use 'hms' at the shell of the server, or the page of the panel.")
  })
  if ('hideHelp' in named) named.hideHelp()
}

/** Commander has no way to take a command away. */
function keep(command: Command, stays: (one: Command) => boolean): void {
  const commands = command.commands as Command[]
  commands.splice(0, commands.length, ...commands.filter(stays))
}

/** What can be typed, by its words. */
export function consoleCommands(program: Command): readonly ConsoleCommand[] {
  return program.commands.flatMap((command) => listed(command, command.name()))
}

function listed(command: Command, words: string): ConsoleCommand[] {
  const below = command.commands.flatMap((one) => listed(one, `${words} ${one.name()}`))
  const acts = typeof (command as unknown as { readonly _actionHandler?: unknown })._actionHandler === 'function'
  const isShut = command.registeredArguments.some(
    (one) => (one.required && NAMES_A_FILE.test(one.name())) || FILES_TOO[words] === one.name(),
  )
  if (!acts || isShut) return below
  const options = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ flags, description, argChoices }) => ({ flags, summary: description, values: argChoices ?? valuesOf(flags) }))
  return [{ words, summary: command.description(), usage: command.usage(), options }, ...below]
}

/** `<on|off>` says which there are. */
function valuesOf(flags: string): readonly string[] {
  const [, named = ''] = /<([a-z0-9-]+(?:\|[a-z0-9-]+)+)>/.exec(flags) ?? []
  return named === '' ? [] : named.split('|')
}
