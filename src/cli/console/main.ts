// The process that runs one line of the console. It has no home, no environment, no standard input, and may read nothing but the program
// itself (the runtime refuses); all that it can do is ask the desk for operations, which judges each by what the user may.
import { programVersion } from '../../lifecycle/program.ts'
import { Fault } from '../../base/fault.ts'
import type { ConsoleAsk, ConsoleNews, ConsoleReply } from '../../contract/console.ts'
import type { OperationName, OperationParams, OperationResult } from '../../contract/operations.ts'
import { badArgument, type Cli } from '../cli.ts'
import { ALIASES } from '../commands.ts'
import { failureOf, reportFailure } from '../failure.ts'
import { readInvocation } from '../invocation.ts'
import { ALL } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { CONSOLE_COMMANDS, consoleCommands, consoleProgram } from './program.ts'
import { wordsOf } from './words.ts'

const USUAL_WIDTH = 110

/** Calls that wait for the desk. */
class Desk {
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #asked = 0

  async call<N extends OperationName>(name: N, params: OperationParams<N>): Promise<OperationResult<N>> {
    const answer = Promise.withResolvers<unknown>()
    const n = ++this.#asked
    this.#waiting.set(n, answer)
    tell({ kind: 'call', n, name, params })
    return (await answer.promise) as OperationResult<N>
  }

  took(reply: ConsoleReply): void {
    const answer = this.#waiting.get(reply.n)
    this.#waiting.delete(reply.n)
    if (reply.kind === 'answer') return answer?.resolve(reply.result)
    const { code, message, mend, temporary } = reply
    answer?.reject(new Fault(code, message, { blame: 'caller', temporary, ...(mend !== null && { mend }) }))
  }
}

function tell(news: ConsoleNews): void {
  process.send?.(news)
}

const nobody = async (): Promise<undefined> => undefined

function terminalOf(width: number): Terminal {
  const write = (text: string): void => tell({ kind: 'text', text })
  return {
    width,
    height: Number.POSITIVE_INFINITY,
    interactive: false,
    watched: false,
    write,
    warn: write,
    confirm: async () => false,
    ask: nobody,
    secret: nobody,
  }
}

function cliOf(desk: Desk, { width, json }: { readonly width: number; readonly json: boolean }): Cli {
  const terminal = terminalOf(width)
  return {
    home: '/',
    json,
    isConsole: true,
    version: programVersion(),
    programRoot: '/',
    terminal,
    call: (name, params) => desk.call(name, params),
    answer: (result, text) => terminal.write(json ? `${JSON.stringify(result)}\n` : text(result)),
  }
}

type Ended = Omit<Extract<ConsoleNews, { kind: 'end' }>, 'kind'>

async function run(desk: Desk, line: string, width: number): Promise<Ended> {
  let json = false
  try {
    const invocation = readInvocation(wordsOf(line), { commands: CONSOLE_COMMANDS, aliases: ALIASES })
    ;({ json } = invocation)
    if (invocation.home !== undefined) throw badArgument('--home is not for the console: it is about this server.')
    const [first] = invocation.words
    const program = await consoleProgram(cliOf(desk, { width, json }), first)
    if (first === undefined) program.outputHelp()
    else await program.parseAsync(invocation.words as string[], { from: 'user' })
    return { code: typeof process.exitCode === 'number' ? process.exitCode : 0, failure: null }
  } catch (error) {
    const code = reportFailure(error, json, terminalOf(width))
    return { code, failure: code === 0 ? null : failureOf(error).code }
  }
}

async function serve(desk: Desk, ask: ConsoleAsk): Promise<void> {
  if (ask.kind === 'commands') {
    const cli = cliOf(desk, { width: USUAL_WIDTH, json: false })
    return tell({ kind: 'commands', commands: consoleCommands(await consoleProgram(cli, ALL)) })
  }
  tell({ kind: 'end', ...(await run(desk, ask.line, ask.width)) })
}

const desk = new Desk()
process.on('message', (message: ConsoleAsk | ConsoleReply) => {
  if (message.kind === 'run' || message.kind === 'commands') void serve(desk, message)
  else desk.took(message)
})
// Without the desk there is nothing to do and nobody to tell.
process.on('disconnect', () => process.exit(1))
