// `hms cleanup`: removes what conversions of formats left beside what is in use, after showing it.
import type { Command } from 'commander'
import { leftOvers, removeLeftOvers } from '../../../lifecycle/formats/cleanup.ts'
import { requireHome } from '../../../lifecycle/home-state.ts'
import type { Cli } from '../../cli.ts'
import { octets } from '../../output/when.ts'

export function register(command: Command, cli: Cli): void {
  command
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      '\nAfter it an older release that needs them cannot go on where it was; its backups can be restored all the same.\n\nExamples:\n  hms cleanup\n  hms cleanup --yes',
    )
    .action(async ({ yes }: { yes?: true }) => {
      requireHome(cli.home)
      const found = leftOvers(cli.home)
      const sum = octets(found.reduce((total, { size }) => total + size, 0))
      if (!cli.json) for (const { path, size, what } of found) cli.terminal.write(`${octets(size).padStart(10)}  ${path}: ${what}\n`)
      const goes = found.length > 0 && (yes === true || (await cli.terminal.confirm(`Remove ${sum}?`)))
      if (goes) removeLeftOvers(found)
      const text = found.length === 0 ? 'There is nothing to remove.' : goes ? `Removed ${sum}.` : 'Nothing was removed; --yes removes it.'
      cli.answer({ removed: goes, found }, () => `${text}\n`)
    })
}
