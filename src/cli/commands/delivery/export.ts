// `hms export`: the delivery rules as `hms apply` takes them.
import type { Command } from 'commander'
import { type Cli, wholeNumber } from '../../cli.ts'

interface ExportOptions {
  readonly at?: number
  readonly smart?: true
}

export function register(command: Command, cli: Cli): void {
  command
    .option('--at <version>', 'an earlier version', wholeNumber(0, 2 ** 31))
    .option('--smart', 'the Smart rules that are in force, in place of your own')
    .addHelpText('after', '\nExamples:\n  hms export > rules.yaml\n  hms export --at 12\n  hms export --smart')
    .action(async ({ at, smart }: ExportOptions) => {
      const params = { ...(at !== undefined && { version: at }), ...(smart === true && { whose: 'smart' as const }) }
      cli.answer(await cli.call('rules.get', params), ({ text }) => text)
    })
}
