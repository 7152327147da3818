// The `hms` command. `--home` and `--json` are understood anywhere in the line; the first word picks the command, and only
// that command's file is loaded.
import { resolve } from 'node:path'
import { programFolder, programVersion } from '../lifecycle/program.ts'
import { badArgument, type Cli, usualHome } from './cli.ts'
import { ALIASES, COMMANDS } from './commands.ts'
import { reportFailure } from './failure.ts'
import { actAsOwner } from './home-owner.ts'
import { connectCaller, type OpenCaller } from './operations.ts'
import { buildProgram } from './program.ts'
import { processTerminal } from './terminal.ts'

interface Invocation {
  /** As it was typed; undefined where it was not. */
  readonly home: string | undefined
  readonly json: boolean
  readonly words: readonly string[]
}

/** Takes the options that hold for every command out of the line. */
function readInvocation(argv: readonly string[]): Invocation {
  const words: string[] = []
  let home: string | undefined
  let json = false
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '--') {
      words.push(...argv.slice(i))
      break
    }
    if (word === '--json') json = true
    else if (word === '--home') home = argv[i + 1]?.startsWith('-') === false ? argv[++i] : ''
    else if (word.startsWith('--home=')) home = word.slice('--home='.length)
    else words.push(word)
  }
  return { home, json, words: askedForHelp(usualNames(words)) }
}

/** `hms domains check` is `hms domain check`. */
function usualNames([first, ...rest]: readonly string[]): readonly string[] {
  if (first === undefined) return []
  if (first === 'help') return [first, ...usualNames(rest)]
  return [Object.hasOwn(ALIASES, first) ? (ALIASES[first] ?? first) : first, ...rest]
}

/** `hms help account add` and `hms account help add` are `hms account add --help`. */
function askedForHelp(words: readonly string[]): readonly string[] {
  const at = words.slice(0, 2).indexOf('help')
  if (at < 0) return words
  const rest = words.toSpliced(at, 1)
  // A command that is not there is told by its mistake, not by the help of all.
  return rest[0] !== undefined && !Object.hasOwn(COMMANDS, rest[0]) ? rest : [...rest, '--help']
}

async function main(): Promise<number> {
  const { home, json, words } = readInvocation(process.argv.slice(2))
  const terminal = processTerminal()
  let caller: OpenCaller | undefined
  const cli: Cli = {
    home: home === undefined ? usualHome(programFolder) : resolve(home),
    json,
    version: programVersion(),
    programRoot: programFolder,
    terminal,
    async call(name, params) {
      caller ??= await connectCaller({ home: cli.home, version: cli.version })
      return caller.call(name, params)
    },
    answer(result, text) {
      terminal.write(json ? `${JSON.stringify(result)}\n` : text(result))
    },
  }
  try {
    // `--home "$DIR"` with nothing in it is a slip, and must not be about another home.
    if (home === '') throw badArgument('--home names no folder.')
    if (words[0] !== undefined && COMMANDS[words[0]]?.asRoot !== true) actAsOwner(cli.home)
    const program = await buildProgram(cli, words[0])
    if (words.length === 0) {
      program.outputHelp()
      return 0
    }
    await program.parseAsync(words as string[], { from: 'user' })
    return typeof process.exitCode === 'number' ? process.exitCode : 0
  } catch (error) {
    return reportFailure(error, json, terminal)
  } finally {
    await caller?.[Symbol.asyncDispose]()
  }
}

// Whatever is made in a home (databases, logs, sockets) is for its owner alone.
process.umask(0o077)
process.exitCode = await main()
