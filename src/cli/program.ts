// The tree of commands that commander reads a line with.
import { Command, type HelpContext, type Option } from 'commander'
import { Fault } from '../base/fault.ts'
import type { Cli } from './cli.ts'
import { COMMAND_GROUPS } from './commands.ts'

/** A command with others below it that is called without one says which there are. */
class HmsCommand extends Command {
  override createCommand(name?: string): Command {
    return new HmsCommand(name)
  }

  override help(how?: HelpContext | ((text: string) => string)): never {
    if (typeof how !== 'object' || how.error !== true || this.parent === null) return super.help(how as HelpContext)
    const names = this.commands.map((command) => command.name())
    throw new Fault('usage', `Say what to do: ${wayTo(this)} ${names.join(', ')}.`, {
      blame: 'caller',
      mend: `'${wayTo(this)} --help' tells more of each.`,
    })
  }
}

function wayTo(command: Command): string {
  return command.parent === null ? command.name() : `${wayTo(command.parent)} ${command.name()}`
}

/** Loads every command, as the reference does. No command has this name. */
export const ALL = Symbol('all commands')

/** `called`: the command whose module is loaded. */
export async function buildProgram(cli: Cli, called: string | typeof ALL | undefined): Promise<Command> {
  const program: Command = new HmsCommand('hms')
    .description('Hurricane MTA Server: takes mail, keeps it safe and delivers it.')
    .version(cli.version, '-V, --version', 'print the version')
    .option('--home <dir>', 'the home folder (else HMS_HOME, ./hms-home in a checkout, /var/lib/hms)')
    .option('--json', 'answer in JSON, errors too')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .exitOverride()
    .configureHelp({
      showGlobalOptions: true,
      // Those of `hms backup` itself mean nothing to `hms backup verify`.
      visibleGlobalOptions: (command): Option[] => (command.parent === null ? [] : [...program.options]),
    })
    .configureOutput({
      writeErr: () => {},
      writeOut: (text) => cli.terminal.write(text),
      getOutHelpWidth: () => Math.min(cli.terminal.width, 110),
    })
    .addHelpText(
      'after',
      "\n'hms COMMAND --help' tells more of a command.\n\nExit codes: 0 done, 1 not done, 64 the command line is wrong, 78 the home must be looked at first, 79 it is of a newer release; those of 'hms send' are in its help.",
    )
  for (const [group, commands] of Object.entries(COMMAND_GROUPS)) {
    program.commandsGroup(`${group}:`)
    for (const [name, { summary, load }] of Object.entries(commands)) {
      const command = program.command(name).description(summary).helpCommand(false)
      if (name === called || called === ALL) (await load()).register(command, cli)
    }
  }
  return program
}
