// The `hms` command. `--home` and `--json` are understood anywhere in the line; the first word picks the command, and only
// that command's file is loaded.
import { resolve } from 'node:path'
import { programFolder, programVersion } from '../lifecycle/program.ts'
import { badArgument, type Cli, usualHome } from './cli.ts'
import { ALIASES, COMMANDS } from './commands.ts'
import { reportFailure } from './failure.ts'
import { actAsOwner } from './home-owner.ts'
import { readInvocation } from './invocation.ts'
import { connectCaller, type OpenCaller } from './operations.ts'
import { buildProgram } from './program.ts'
import { processTerminal } from './terminal.ts'

async function main(): Promise<number> {
  const { home, json, words } = readInvocation(process.argv.slice(2), { commands: COMMANDS, aliases: ALIASES })
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
