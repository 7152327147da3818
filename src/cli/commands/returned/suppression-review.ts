// `hms suppression review` and `undo`: what a flood of failures would have suppressed, and what was suppressed wrongly.
import type { Command } from 'commander'
import type { OperationResult } from '../../../contract/operations.ts'
import type { SuppressionFlood } from '../../../contract/suppression.ts'
import { type Cli } from '../../cli.ts'
import { momentAgo } from '../../moment-ago.ts'
import { visible } from '../../output/visible.ts'
import { dateTime } from '../../output/when.ts'
import { notFound } from '../../not-found.ts'

interface UndoOptions {
  readonly site: string
  readonly from: number
  readonly to?: number
  readonly reply?: string
  readonly dryRun?: boolean
  readonly yes?: true
}

export function registerReview(command: Command, cli: Cli): void {
  const review = command.command('review').description('show suppressions that wait for you: a site failed far more recipients than usual')
  review
    .command('ls', { isDefault: true })
    .description('show them')
    .action(async () => cli.answer(await cli.call('suppression.review', {}), floods))
  for (const [action, words] of [
    ['accept', 'the failures are true: suppress what waits'],
    ['discard', 'they are not: forget what waits'],
  ] as const)
    review
      .command(`${action} <site>`)
      .description(words)
      .action(async (site: string) => {
        const result = await cli.call('suppression.settle', { site, accept: action === 'accept' })
        if (result.entries === null) throw notFound(`Nothing waits of ${visible(site)}.`, "'hms suppression review' shows what does.")
        cli.answer(result, ({ entries }) => (action === 'accept' ? `Suppressed ${entries}.\n` : `Forgot ${entries}.\n`))
      })
  command
    .command('undo')
    .description('take back what a site or a domain had suppressed in a time')
    .requiredOption('--site <name>', 'site as hms top names it, or a recipient domain')
    .requiredOption('--from <time>', '2026-11-22T07:00, or 3h for so long ago', momentAgo)
    .option('--to <time>', 'the same; otherwise now', momentAgo)
    .option('--reply <pattern>', 'only where the reply matches this regular expression')
    .option('--dry-run', 'only count them')
    .option('-y, --yes', 'do not ask')
    .action((options: UndoOptions) => undo(cli, options))
}

async function undo(cli: Cli, { site, from, to, reply, dryRun = false, yes }: UndoOptions): Promise<void> {
  const asked = { site, since: from, until: to ?? Date.now(), ...(reply !== undefined && { reply }) }
  const trial = await cli.call('suppression.undo', { ...asked, dryRun: true })
  if (dryRun || trial.found === 0) return cli.answer(trial, undoWords)
  if (yes !== true && cli.terminal.interactive && !cli.json) {
    cli.terminal.write(undoWords(trial))
    if (!(await cli.terminal.confirm(`Take back ${trial.found}?`))) return
  }
  cli.answer(await cli.call('suppression.undo', asked), undoWords)
}

function undoWords({ found, undone, examples }: OperationResult<'suppression.undo'>): string {
  const some = examples.map(({ target, reply }) => `  ${visible(target)}: ${visible(reply)}\n`).join('')
  const what = undone > 0 ? `Took back ${undone}.` : `${found} would be taken back.`
  return found === 0 ? 'Nothing was suppressed there in that time.\n' : `${what}\n${some}`
}

function floods(all: readonly SuppressionFlood[]): string {
  if (all.length === 0) return 'Nothing waits.\n'
  return all
    .map(({ site, since, last, open, tried, hard, usual, held, examples }) => {
      const share = (part: number): string => `${(100 * part).toFixed(1)} %`
      const head = `${visible(site)}: ${held} wait. ${hard} of ${tried} failed (${share(hard / tried)}, usual is ${share(usual)}), from ${dateTime(since)} to ${open ? 'now' : dateTime(last)}\n`
      return head + examples.map(({ target, reply }) => `  ${visible(target)}: ${visible(reply)}\n`).join('')
    })
    .join('')
}
