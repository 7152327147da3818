// `hms backup`: one file that holds a home as it is at one moment, made while mail flows. Checks such files and lists them.
import { setPriority } from 'node:os'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { Fault } from '../../../base/fault.ts'
import { verifyBackup, openBackup } from '../../../lifecycle/backup/archive.ts'
import { type BackupOptions, makeBackup } from '../../../lifecycle/backup/make.ts'
import { isThere, type KnownBackup, knownBackups, rememberVerified } from '../../../lifecycle/backup/record.ts'
import { targetFolder } from '../../../lifecycle/backup/targets.ts'
import { pruneScheduled } from '../../../lifecycle/backup/retention.ts'
import { loadConfig } from '../../../lifecycle/config.ts'
import { keyFile } from '../../../lifecycle/home-files.ts'
import { readUpgrade } from '../../../lifecycle/upgrade/record.ts'
import { requireHome } from '../../../lifecycle/home-state.ts'
import { openBackupHold } from '../../../services/backup-hold.ts'
import { backupLockPath } from '../../../services/home.ts'
import { takeLockFile } from '../../../store/sqlite/spool/lock-file.ts'
import type { Config } from '../../../contract/options.ts'
import { runningServer } from '../../running.ts'
import type { Cli } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { progressLine } from '../../output/progress.ts'
import { counted, dateTime, octets } from '../../output/when.ts'
import { newPassphrase, passphraseFrom, withPassphrase } from '../../passphrase.ts'

interface Making {
  to?: string
  target?: string
  messages: boolean
  logs: boolean
  encrypt?: true
  passphraseFile?: string
  scheduled?: true
}

/** Everything that delivers mail comes first. */
const NICENESS = 15

export function register(command: Command, cli: Cli): void {
  command
    .option('--to <file>', 'write this file (else one named by version and time in backup.folder)')
    .addOption(new Option('--target <name>', 'in this folder of backup.targets').conflicts('to'))
    .option('--no-messages', 'leave out the queue')
    .option('--no-logs', 'leave out the log files of the accounts')
    .option('--encrypt', 'ask for a passphrase; the backup then also holds the key that seals secrets')
    .option('--passphrase-file <file>', 'encrypt with the passphrase on the first line of this file')
    .option('--scheduled', 'count it for backup.keep, as those that the server makes by itself')
    .addHelpText(
      'after',
      '\nMail flows meanwhile. Without a passphrase the file holds no key: passwords of routes and DKIM keys cannot be read from it.' +
        '\n\nExamples:\n  hms backup\n  hms backup --to /mnt/usb/mail.zip\n  hms backup verify /mnt/usb/mail.zip\n  hms backup ls',
    )
    .action((options: Making) => make(cli, options))
  command
    .command('verify <file>')
    .description('read a backup to its end and compare every octet with what was written')
    .option('--passphrase-file <file>', 'file whose first line is the passphrase')
    // The same option of `hms backup` itself takes it, wherever it stands.
    .action((file: string, _options: unknown, own: Command) => verify(cli, resolve(file), own.optsWithGlobals<Making>().passphraseFile))
  command
    .command('ls')
    .description('list the backups of this home, newest first')
    .action(() => {
      requireHome(cli.home)
      const rows = knownBackups(cli.home).map((one) => Object.assign({ there: isThere(one) }, one))
      cli.answer(rows, (list) => listing(list, cli.terminal.width))
    })
}

async function make(cli: Cli, options: Making): Promise<void> {
  requireHome(cli.home)
  const config = loadConfig(cli.home)
  const passphrase = await passphraseOf(cli, options, config['backup.passphrase_file'])
  setPriority(NICENESS)
  const began = performance.now()
  const { to, target, messages, logs } = options
  const folder = target === undefined ? null : targetFolder(config, target)
  const scheduled = options.scheduled === true
  const made = await backUp(cli, config, { to: to === undefined ? null : resolve(to), folder, messages, logs, passphrase, scheduled })
  if (scheduled) await readAgain(cli, made.file, passphrase)
  const removed = scheduled ? pruneScheduled(cli.home, config['backup.keep']) : []
  const seconds = Math.round(performance.now() - began) / 1000
  cli.answer({ ...made, seconds, removed }, (told) => describe(told, keyFile(cli.home, config)))
}

/** Nobody looks at what the server makes by itself: it is read to its end before older ones go. */
async function readAgain(cli: Cli, file: string, passphrase: string | null): Promise<void> {
  await using archive = await openBackup(file, passphrase ?? undefined)
  using progress = progressLine(cli.terminal, 'Checking')
  await verifyBackup(archive, progress)
  rememberVerified(cli.home, file, Date.now())
}

/** One backup, of this home, with its progress. */
export async function backUp(
  cli: Cli,
  config: Config,
  what: Pick<BackupOptions, 'to' | 'folder' | 'messages' | 'logs' | 'passphrase' | 'scheduled'>,
): Promise<KnownBackup> {
  using lock = takeLockFile(backupLockPath(cli.home))
  if (lock === null) throw backupBusy()
  refuseWhileLeaving(cli.home)
  using hold = await openBackupHold(cli.home, cli.version)
  using progress = progressLine(cli.terminal, 'Backing up')
  return await makeBackup({ home: cli.home, config, version: cli.version, ...what, hold, now: Date.now, progress })
}

function backupBusy(): Fault {
  const mend =
    "Wait for its end; one that the server makes by itself is on the way where backup.every is set. 'hms backup ls' shows it then."
  return new Fault('backup-busy', 'Another backup of this home is being made.', { blame: 'caller', temporary: true, mend })
}

/** Workers of the version before still own shards, and only those that serve are held. */
function refuseWhileLeaving(home: string): void {
  const record = readUpgrade(home)
  if (record?.outcome !== null || (record.step !== 'serving' && record.step !== 'settling') || runningServer(home) === undefined) return
  throw new Fault('hand-over-under-way', `Version ${record.to} takes over at this moment.`, {
    blame: 'caller',
    temporary: true,
    mend: 'Try again in a minute.',
  })
}

async function passphraseOf(cli: Cli, { encrypt, passphraseFile }: Making, configured: string): Promise<string | null> {
  if (passphraseFile !== undefined) return passphraseFrom(passphraseFile)
  if (encrypt === true) return newPassphrase(cli)
  return configured === '' ? null : passphraseFrom(configured)
}

function describe({ file, size, messages, recipients, seconds, encrypted }: KnownBackup & { seconds: number }, sealing: string): string {
  const key = encrypted ? 'encrypted, with the sealing key' : `not encrypted, without the sealing key: keep a copy of ${sealing} elsewhere`
  return fields([
    ['backup', file],
    ['size', `${octets(size)} in ${seconds.toFixed(1)} s`],
    ['queue', `${counted(messages, 'message')}, ${counted(recipients, 'recipient')}`],
    ['secrets', key],
  ])
}

async function verify(cli: Cli, file: string, passphraseFile: string | undefined): Promise<void> {
  try {
    const found = await verified(cli, file, passphraseFile)
    rememberVerified(cli.home, file, Date.now())
    cli.answer(found, ({ at, version, messages, recipients }) => {
      const queue = `${counted(messages, 'message')}, ${counted(recipients, 'recipient')}`
      return `${file} is whole: ${dateTime(at)}, version ${version}, ${queue}.\n`
    })
  } catch (error) {
    if (!cli.json || !(error instanceof Fault) || error.code !== 'backup-damaged') throw error
    cli.answer({ ok: false, file, problem: error.message }, () => '')
    process.exitCode = 1
  }
}

async function verified(cli: Cli, file: string, passphraseFile: string | undefined) {
  await using archive = await withPassphrase(cli, passphraseFile, (passphrase) => openBackup(file, passphrase))
  using progress = progressLine(cli.terminal, 'Checking')
  await verifyBackup(archive, progress)
  const { at, version, shards, files } = archive.manifest
  const sum = (of: 'messages' | 'recipients'): number => shards.reduce((all, one) => all + one[of], 0)
  return { ok: true, file, at, version, files: files.length, messages: sum('messages'), recipients: sum('recipients') }
}

function listing(rows: readonly (KnownBackup & { there: boolean })[], width: number): string {
  return table(
    rows,
    [
      { title: 'TIME', of: ({ at }) => dateTime(at) },
      { title: 'VERSION', of: ({ version }) => version },
      { title: 'SIZE', of: ({ size }) => octets(size), right: true },
      { title: 'MESSAGES', of: ({ messages }) => messages, right: true },
      { title: 'MADE', of: ({ scheduled }) => (scheduled ? 'by itself' : 'by hand') },
      { title: 'ENCRYPTED', of: ({ encrypted }) => (encrypted ? 'yes' : 'no') },
      { title: 'FILE', of: ({ file, there }) => (there ? file : `${file} (its disk is not there)`), shrinks: true },
    ],
    width,
    "No backup is known. 'hms backup' makes one.",
  )
}
