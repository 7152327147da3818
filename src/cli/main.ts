// The `hms` command. `--home` and `--json` are understood anywhere in the line; the first word picks the command, and only
// that command's file is loaded.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import type { Cli } from './cli.ts'
import { COMMANDS } from './commands.ts'
import { reportFailure } from './failure.ts'
import { connectCaller, type OpenCaller } from './operations.ts'
import { processTerminal } from './terminal.ts'

interface Invocation {
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
    else if (word === '--home') home = argv[++i] ?? ''
    else if (word.startsWith('--home=')) home = word.slice('--home='.length)
    else words.push(word)
  }
  return { home, json, words: words[0] === 'help' ? [...words.slice(1), '--help'] : words }
}

const packageRoot = join(import.meta.dirname, '../..')

function homeFolder(given: string | undefined): string {
  const fromEnvironment = process.env['HMS_HOME']
  if (given !== undefined && given !== '') return resolve(given)
  if (fromEnvironment !== undefined && fromEnvironment !== '') return resolve(fromEnvironment)
  return existsSync(join(packageRoot, 'src')) ? join(packageRoot, 'hms-home') : '/var/lib/hms'
}

function programVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version
}

async function buildProgram(cli: Cli, called: string | undefined): Promise<Command> {
  const program = new Command('hms')
    .description('Hurricane MTA Server: takes mail, keeps it safe and delivers it.')
    .version(cli.version, '-V, --version', 'print the version')
    .option('--home <dir>', 'the home folder (else HMS_HOME, ./hms-home in a checkout, /var/lib/hms)')
    .option('--json', 'answer in JSON, errors too')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeErr: () => {},
      writeOut: (text) => cli.terminal.write(text),
      getOutHelpWidth: () => Math.min(cli.terminal.width, 110),
    })
    .addHelpText('after', "\n'hms COMMAND --help' tells more of a command.")
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).description(summary)
    if (name === called) (await load()).register(command, cli)
  }
  return program
}

async function main(): Promise<number> {
  const { home, json, words } = readInvocation(process.argv.slice(2))
  const terminal = processTerminal()
  let caller: OpenCaller | undefined
  const cli: Cli = {
    home: homeFolder(home),
    json,
    version: programVersion(),
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
