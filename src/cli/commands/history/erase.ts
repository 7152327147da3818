// `hms erase`: removes a person from what is kept.
import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from 'commander'
import { type Erasure, ERASURE_LEAVES } from '../../../contract/data-kept.ts'
import { agreed } from '../../agreement.ts'
import { badArgument, type Cli, wholeNumber } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { dateTime } from '../../output/when.ts'

const LOOK = 500

interface EraseOptions {
  readonly address?: string
  readonly dryRun?: true
  readonly cancel?: true
  readonly suppress: boolean
  readonly background?: true
  readonly yes?: true
}

export function register(command: Command, cli: Cli): void {
  command
    .option('--address <address>', 'who is removed: ann@example.com')
    .option('--dry-run', 'change nothing, count what there is')
    .option('--cancel', 'delete mail that waits for the address; otherwise it leaves')
    .option('--no-suppress', 'put no entry on the suppression lists')
    .option('--background', 'do not wait for the end')
    .option('-y, --yes', 'do not ask')
    .action(async (options: EraseOptions) => erase(cli, options))
  command
    .command('ls')
    .description('list erasures, newest first')
    .action(async () => cli.answer(await cli.call('erase.list', {}), (rows) => listing(rows, cli.terminal.width)))
  command
    .command('show <id>')
    .description('show how far one came')
    .action(async (id: string) => cli.answer(await cli.call('erase.show', { id: wholeNumber(1, 2 ** 31)(id) }), describe))
  command.addHelpText(
    'after',
    '\nThe answer tells what may still name the address, and how long. Where nobody can be asked, say --yes.\n\nExamples:\n  hms erase --address ann@example.com --dry-run\n  hms erase --address ann@example.com --cancel\n  hms erase ls',
  )
}

async function erase(cli: Cli, { address, dryRun, cancel, suppress, background, yes }: EraseOptions): Promise<void> {
  if (address === undefined) throw badArgument('Whom?', 'Name the address: hms erase --address ann@example.com.')
  await agreed(cli, `Remove ${visible(address)} from all that is kept? It cannot be undone.`, yes === true || dryRun === true)
  const flags = { ...(dryRun && { dryRun }), ...(cancel && { cancel }), suppress }
  const begun = await cli.call('erase.start', { address, ...flags })
  cli.answer(background === true ? begun : await ended(cli, begun), describe)
}

async function ended(cli: Cli, begun: Erasure): Promise<Erasure> {
  let { step } = begun
  let erasure = begun
  for (; step !== null; { step } = erasure) {
    await wait(LOOK)
    erasure = await cli.call('erase.show', { id: begun.id })
  }
  return erasure
}

function state({ step, dryRun, ended, trouble }: Erasure): string {
  if (trouble !== null) return `waits: ${trouble}`
  if (step !== null) return `under way: ${step === 'again' ? 'what came in meanwhile' : step}`
  return `${dryRun ? 'counted' : 'done'} ${dateTime(ended)}`
}

function describe(erasure: Erasure): string {
  const { id, address, at, by, cancel, dryRun, step, found } = erasure
  const rows = fields([
    ['erasure', id],
    ['address', address ?? 'not kept any more'],
    ['begun', `${dateTime(at)} by ${by}`],
    ['state', state(erasure)],
    ['waiting mail', `${found.waiting} ${cancel ? 'deleted' : 'left as it is'}`],
    ['suppression', `${found.suppressions} that named it; ${found.lists} lists suppress it without telling it`],
    ['job recipients', found.jobs],
    ['index of what was sent', found.sent],
    ['events', found.events],
    ['dialogs with receivers', found.dialogs],
    ['lines of logs', found.logs],
    ['kept copies', found.kept],
    ['alerts', found.alerts],
    ['audit', `${found.audit} records, in which a mark stands instead`],
    ['effects', found.effects],
    ['refused files of pickup', found.badmail],
  ])
  return step === null && !dryRun
    ? `${rows}\nWhat may still name the address:\n${ERASURE_LEAVES.map((one) => `  ${one}\n`).join('')}`
    : rows
}

function listing(rows: readonly Erasure[], width: number): string {
  return table(
    rows,
    [
      { title: 'ID', of: ({ id }) => id, right: true },
      { title: 'BEGUN', of: ({ at }) => dateTime(at) },
      { title: 'BY', of: ({ by }) => by },
      { title: 'STATE', of: state, shrinks: true },
    ],
    width,
    'Nobody was erased.',
  )
}
