// `hms queue dialog`: what was said in attempts at a message, line by line.
import type { Command } from 'commander'
import type { AttemptDialog, DialogLine } from '../../../contract/dialogs.ts'
import { type Cli, messageId } from '../../cli.ts'
import { SIGNS } from '../../output/dialog-signs.ts'
import { visible } from '../../output/visible.ts'
import { counted, dateTime } from '../../output/when.ts'

export function registerDialog(command: Command, cli: Cli): void {
  command
    .command('dialog <id>')
    .description('show what was said in attempts at a message that did not deliver (data.dialogs)')
    .option('--recipient <address>', 'of attempts at this recipient')
    .action(async (id: string, { recipient }: { recipient?: string }) => {
      const asked = { id: messageId(id), ...(recipient !== undefined && { recipient }) }
      cli.answer(await cli.call('queue.dialogs', asked), ({ dialogs }) =>
        dialogs.length === 0
          ? "No dialog is kept of it: it was delivered, was not tried yet, or that was too long ago; data.dialogs says which are kept.\n'hms trace' shows the next attempt as it happens.\n"
          : dialogs.map(shown).join('\n'),
      )
    })
}

function shown({ at, recipients, more, again, host, address, port, lines }: AttemptDialog): string {
  const whom = `${recipients.map(visible).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  const what = again ? 'broke off, and went on by another connection' : `with ${counted(lines.length, 'line')}`
  const head = `${dateTime(at)}  ${visible(host)} [${address}]:${port}  ${what}\n${whom}\n`
  return `${head}${lines.map(line).join('')}`
}

function line({ from, after, text }: DialogLine): string {
  return `${`+${(after / 1000).toFixed(3)}`.padStart(10)} ${SIGNS[from]} ${visible(text)}\n`
}
