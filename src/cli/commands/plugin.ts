// `hms plugin`: the owner's own code that looks at mail.
import type { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { registerTest } from './plugin-test.ts'

export function register(command: Command, cli: Cli): void {
  registerTest(command, cli)
  command.addHelpText('after', '\nExamples:\n  hms plugin test ./disclaimer --show')
}
