// `hms restore`: puts a backup back, into an empty home or over a living one, and says what becomes of each recipient. Nothing that was
// delivered since is sent again, and what cannot come back is named.
import { existsSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { Fault } from '../../../base/fault.ts'
import { homeState } from '../../../lifecycle/home-state.ts'
import type { UncertainChoice } from '../../../lifecycle/restore/plan.ts'
import { type RestoreOptions, type RestoreReport, restoreHome } from '../../../lifecycle/restore/restore.ts'
import { openSource } from '../../../lifecycle/restore/source.ts'
import { actor, badArgument, type Cli, list, messageId } from '../../cli.ts'
import { type HomeAtRest, takeHomeAtRest } from '../../home-at-rest.ts'
import { fields, table } from '../../output/table.ts'
import { progressLine } from '../../output/progress.ts'
import { counted, dateTime } from '../../output/when.ts'
import { withPassphrase } from '../../passphrase.ts'
import { runningServer } from '../../running.ts'

interface Given {
  dryRun?: true
  yes?: true
  uncertain: UncertainChoice
  settings?: 'backup' | 'present'
  forget?: true
  inPlace?: true
  moved?: true
  journal?: string
  message?: readonly string[]
  passphraseFile?: string
}

type Answer = RestoreReport & { readonly server: HomeAtRest['server'] | 'untouched' }

/** Lines of a list that a person reads; --json has all. */
const SHOWN = 20
const PARTS_OF_A_HOME = new Set([
  'config',
  'spool',
  'events',
  'reports',
  'accounts',
  'journal',
  'backups',
  'run',
  'trust',
  'kept',
  'lifecycle',
  'lost+found',
])

export function register(command: Command, cli: Cli): void {
  command
    .argument('[source]', 'a backup, a zip of a stopped home, or a folder (a disk snapshot)')
    .option('--dry-run', 'say what would become of each recipient, and change nothing')
    .option('-y, --yes', 'do not ask')
    .addOption(
      new Option('--uncertain <choice>', 'what may have been sent already, as no journal tells')
        .choices(['hold', 'send', 'drop'])
        .default('hold'),
    )
    .addOption(
      new Option('--settings <which>', 'accounts, routes, keys and hms.yaml: of the backup, or as they are').choices(['backup', 'present']),
    )
    .option('--forget', 'with --settings backup: also give back what was revoked, suspended or removed since')
    .option('--in-place', 'compare the home itself with its delivery journal: it is a copy, or was put back by hand')
    .option('--moved', 'the home was copied or moved: the other one is gone and sent nothing since')
    .option('--message <ids>', 'messages of the backup that come back whatever became of them (ids, comma-separated)', list)
    .option('--journal <folder>', 'where the delivery journal is (else journal.folder)')
    .option('--passphrase-file <file>', 'file whose first line is the passphrase of the backup')
    .addHelpText(
      'after',
      '\nA living shard that can be read stays as it is. One that is lost comes back without what was delivered or deleted since; what was accepted' +
        ' since is named.\n\nExamples:\n  hms restore /mnt/usb/mail.zip --dry-run\n  hms restore /mnt/usb/mail.zip\n  hms restore --in-place',
    )
    .action((source: string | undefined, given: Given) => restore(cli, source, given))
}

async function restore(cli: Cli, given: string | undefined, options: Given): Promise<void> {
  if ((given === undefined) === (options.inPlace !== true)) throw badArgument('Say what to restore from: a backup, or --in-place.')
  const source = given === undefined ? null : resolve(given)
  requirePlace(cli.home, source)
  const passphrase = source === null ? undefined : await passphraseFor(cli, source, options.passphraseFile)
  const work = (dryRun: boolean): Promise<RestoreReport> => run(cli, { source, passphrase, dryRun, given: options })
  if (options.dryRun === true) return answer(cli, { ...(await work(true)), server: 'untouched' })
  if (options.yes !== true) await ask(cli, await work(true))
  const { server, report } = await restored(cli, () => work(false))
  answer(cli, { ...report, server })
}

/** With the home at rest; a server that goes on does so before the answer. */
async function restored(cli: Cli, work: () => Promise<RestoreReport>) {
  await using rest = await takeHomeAtRest(cli)
  return { server: rest.server, report: await work() }
}

/** Opens the source once, so that what cannot be read is told before anything is stopped. */
async function passphraseFor(cli: Cli, source: string, file: string | undefined): Promise<string | undefined> {
  return withPassphrase(cli, file, async (passphrase) => {
    await using _opened = await openSource(source, passphrase)
    return passphrase
  })
}

/** A home, what is left of one, or a place for one. */
function requirePlace(home: string, source: string | null): void {
  const isPart = (name: string): boolean => PARTS_OF_A_HOME.has(name) || /\.(?:json|new)$/.test(name) || name.startsWith('before-restore-')
  const state = homeState(home)
  if (source === null && state !== 'home')
    throw new Fault('no-home', `There is no home in ${home}.`, { blame: 'caller', mend: 'Name one with --home.' })
  if (state !== 'other' || !existsSync(home) || readdirSync(home).every(isPart)) return
  throw new Fault('home-not-empty', `${home} is not empty and no home of hms; nothing was changed.`, {
    blame: 'caller',
    mend: 'Name another folder with --home; one that is empty or does not exist yet.',
  })
}

async function run(
  cli: Cli,
  { source, passphrase, dryRun, given }: Pick<RestoreOptions, 'source' | 'passphrase' | 'dryRun'> & { given: Given },
): Promise<RestoreReport> {
  using progress = progressLine(cli.terminal, 'Reading')
  return await restoreHome({
    home: cli.home,
    source,
    passphrase,
    dryRun,
    inUse: dryRun && runningServer(cli.home) !== undefined,
    uncertain: given.uncertain,
    settings: given.settings ?? null,
    forget: given.forget === true,
    moved: given.moved === true,
    messages: new Set((given.message ?? []).map(messageId)),
    journal: given.journal === undefined ? null : resolve(given.journal),
    environment: process.env,
    by: actor(),
    progress,
  })
}

async function ask(cli: Cli, report: RestoreReport): Promise<void> {
  if (!cli.terminal.interactive) throw badArgument('Nobody can be asked here.', 'Look at --dry-run, then say --yes.')
  cli.terminal.write(describe({ ...report, dryRun: false, server: 'untouched' }, cli.terminal.width))
  if (!(await cli.terminal.confirm('Restore so?'))) throw badArgument('Nothing was changed.')
}

function answer(cli: Cli, report: Answer): void {
  cli.answer(report, (all) => describe(all, cli.terminal.width))
}

const CHOSEN: Readonly<Record<UncertainChoice, string>> = {
  hold: "held: 'hms queue ls --state held' shows them, 'hms queue release' sends them",
  send: 'sent, perhaps a second time',
  drop: 'dropped',
}

const MISSING =
  "In the backup alone, and not known to have ended: their part of the queue was lost and begun anew, so they cannot go back into it. 'hms restore BACKUP --home EMPTY-FOLDER' makes a home of the backup; a server there sends them.\n"

function describe(report: Answer, width: number): string {
  const { kept, restored, alreadyDelivered, deleted, uncertain, lost, missing, doubts, secretsLost, differences, aside } = report
  const parts = [
    fields([
      ['kept', `${counted(kept, 'recipient')} of the home's own queue`],
      ['restored', `${counted(restored, 'recipient')} from the backup`],
      ['delivered', `${counted(alreadyDelivered, 'recipient')} of the backup ended since: not sent again`],
      ['deleted', `${counted(deleted, 'recipient')} of the backup deleted since: they stay so`],
      ['uncertain', uncertain === 0 ? '0 recipients' : `${counted(uncertain, 'recipient')}, ${CHOSEN[report.uncertainChoice]}`],
      ['lost', `${counted(lost.length, 'recipient')} accepted since`],
      ['settings', `${report.settings === 'backup' ? 'of the backup' : 'as they are'}; ${counted(differences.length, 'difference')}`],
    ]),
  ]
  for (const doubt of doubts) parts.push(`Not certain: ${doubt}.\n`)
  for (const { shard, from, trouble } of report.shards)
    if (trouble !== null)
      parts.push(`Shard ${shard} is lost (${trouble}); ${from === 'backup' ? 'the backup has it' : 'the backup has none'}.\n`)
  if (lost.length > 0) parts.push(people('LOST', lost, width))
  if (missing.length > 0) parts.push(MISSING, people('IN THE BACKUP', missing, width))
  if (report.uncertainRecipients.length > 0) parts.push(people('UNCERTAIN', report.uncertainRecipients, width))
  if (differences.length > 0)
    parts.push(
      lines(
        differences.map(({ kind, key, backup }) => `${kind} ${key}: the backup ${backup}`),
        'Settings',
      ),
    )
  if (secretsLost.length > 0) parts.push(lines(secretsLost, 'Secrets whose key is not there; they have to be entered again'))
  if (aside !== null) parts.push(`What was replaced is in ${aside} in the home.\n`)
  if (report.dryRun) parts.push('Nothing was changed.\n')
  else if (report.server === 'stopped')
    parts.push("The server was stopped for it. Start it again as you started it before, such as with 'hms start'.\n")
  return parts.join('')
}

function lines(all: readonly string[], title: string): string {
  const more = all.length > SHOWN ? `  and ${all.length - SHOWN} more (--json has all)\n` : ''
  return `${title}:\n${all
    .slice(0, SHOWN)
    .map((one) => `  ${one}\n`)
    .join('')}${more}`
}

type Person = RestoreReport['lost'][number]

function people(title: string, all: readonly Person[], width: number): string {
  const text = table(
    all.slice(0, SHOWN),
    [
      { title, of: ({ message }) => message },
      { title: 'ACCT', of: ({ account }) => account, right: true },
      { title: 'ACCEPTED', of: ({ at }) => dateTime(at) },
      { title: 'CLIENT ID', of: ({ clientId }) => clientId },
      { title: 'RECIPIENT', of: ({ recipient }) => recipient, shrinks: true },
    ],
    width,
    '',
  )
  return all.length > SHOWN ? `${text}  and ${all.length - SHOWN} more (--json has all)\n` : text
}
