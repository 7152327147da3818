// `hms upgrade FILE`: another release takes the place of the one that runs, while mail flows, or everything stays as it is.
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { Fault } from '../../../base/fault.ts'
import { loadConfig } from '../../../lifecycle/config.ts'
import { requireHome } from '../../../lifecycle/home-state.ts'
import type { PreflightCheck } from '../../../lifecycle/preflight/check.ts'
import { preflight } from '../../../lifecycle/preflight/preflight.ts'
import { readRelease } from '../../../lifecycle/release/archive.ts'
import { currentVersion, installRelease, requireInstalled } from '../../../lifecycle/release/layout.ts'
import { keyFolders, readTrust } from '../../../lifecycle/release/trust.ts'
import { compareVersions } from '../../../lifecycle/release/version.ts'
import { beginUpgrade } from '../../../lifecycle/upgrade/record.ts'
import { badArgument, type Cli, list } from '../../cli.ts'
import { type Acting, alternateWithOwner } from '../../home-owner.ts'
import { visible } from '../../output/visible.ts'
import { passphraseFrom } from '../../passphrase.ts'
import { runningServer } from '../../running.ts'
import { backUp } from './backup.ts'
import { lockHome, settleBefore, VersionChange, type VersionChanged } from '../../version-change.ts'

interface UpgradeOptions {
  yes?: true
  unsigned?: true
  signed?: true
  settle?: true
  allow?: readonly string[]
}

export function register(command: Command, cli: Cli): void {
  command
    .argument('[file]', 'hms-VERSION-linux-ARCH.tar.gz, or the folder that it was unpacked to')
    .option('-y, --yes', 'do not ask')
    .option('--unsigned', 'take a release that no placed key signed')
    .addOption(
      new Option('--signed', 'take it with the signature of a placed key alone, also where no key is placed').conflicts('unsigned'),
    )
    .option(
      '--allow <plug-ins>',
      'switch these off where the release cannot run them, instead of staying as it is; names with commas between them',
      list,
    )
    .addOption(new Option('--settle', 'prepare the home for this version; hms upgrade of the version before starts this').hideHelp())
    .addHelpText(
      'after',
      '\nVerifies the release, checks the machine, makes a backup, installs it, lets it show that it works, and only then hands over to it.\n' +
        'Mail flows meanwhile. On any failure the version before goes on by itself. docs/upgrade.md says more.\n' +
        '\nExamples:\n  hms upgrade hms-1.1.0-linux-x64.tar.gz\n  hms upgrade hms-1.1.0-linux-x64.tar.gz --yes --json',
    )
    .action(async (file: string | undefined, options: UpgradeOptions) => {
      requireHome(cli.home)
      if (options.settle === true) return await settle(cli)
      if (file === undefined) throw badArgument('Say which release.', 'hms upgrade hms-VERSION-linux-ARCH.tar.gz')
      await upgrade(cli, resolve(file), options)
    })
}

async function upgrade(cli: Cli, file: string, options: UpgradeOptions): Promise<void> {
  const { root } = requireInstalled(cli.programRoot)
  const acting = alternateWithOwner(cli.home)
  const from = await versionInUse(cli, root)
  const trust = { ...readTrust(keyFolders(cli.home), options.unsigned === true), ...(options.signed === true && { signed: true as const }) }
  const { version: to } = (await acting.asCaller(() => readRelease(file, trust))).manifest
  requireNewer(from, to)
  await confirmed(cli, options.yes === true, `Upgrade ${cli.home} from version ${from} to ${to}?`)
  await settleBefore(cli, acting, { from, root })
  const change = new VersionChange(cli, acting, beginUpgrade(cli.home, { kind: 'upgrade', from, to, root, startedAt: Date.now() }))
  change.noteDisabled(await change.step('checking', 'Checking the machine and the home', () => check(cli, acting, file, options)))
  await saveBefore(cli, change)
  await change.step('installing', `Installing version ${to}`, () => acting.asCaller(() => installRelease(file, root, trust)))
  cli.answer(await change.takeEffect(null), described)
}

/** Of everything, before anything is changed. */
export async function saveBefore(cli: Cli, change: VersionChange): Promise<void> {
  const config = loadConfig(cli.home)
  const file = config['backup.passphrase_file']
  const made = await change.step('backing-up', 'Making a backup', () => {
    const passphrase = file === '' ? null : passphraseFrom(file)
    return backUp(cli, config, { to: null, messages: true, logs: true, passphrase, scheduled: false })
  })
  change.noteBackup(made.file)
}

/** Gives the plug-ins that the release cannot run and that may be switched off. */
async function check(cli: Cli, acting: Acting, path: string, { unsigned, allow = [] }: UpgradeOptions): Promise<readonly string[]> {
  const program = { folder: cli.programRoot, version: cli.version }
  const release = { path, unsigned: unsigned === true }
  const checks = await acting.asCaller(() => preflight({ home: cli.home, program, running: runningServer(cli.home), release, allow }))
  requirePassed(checks)
  return checks.flatMap(({ disables = [] }) => disables)
}

export function requirePassed(checks: readonly PreflightCheck[]): void {
  const failed = checks.filter(({ ok }) => !ok)
  if (failed.length === 0) return
  const found = failed.map((one) => `${one.check}: ${visible(one.found)} (needed: ${visible(one.needed)})`)
  throw new Fault('preflight-failed', `${found.join('; ')}.`, {
    blame: 'owner',
    mend: failed.flatMap(({ mend }) => (mend === null ? [] : [mend])).join(' '),
  })
}

/** Of the running server; of `current` where none runs. */
export async function versionInUse(cli: Cli, root: string): Promise<string> {
  return runningServer(cli.home)?.version ?? (await currentVersion(root)) ?? cli.version
}

function requireNewer(from: string, to: string): void {
  const order = compareVersions(to, from)
  if (order > 0) return
  throw order === 0
    ? badArgument(`Version ${to} is in use already.`)
    : badArgument(`Version ${to} is older than ${from}.`, `hms downgrade ${to} goes back to it.`)
}

export async function confirmed(cli: Cli, yes: boolean, question: string): Promise<void> {
  if (yes || (await cli.terminal.confirm(question))) return
  throw badArgument('Nothing was changed.', cli.terminal.interactive ? undefined : 'Add --yes where nobody can be asked.')
}

export function described({ kind, from, to, backup, handedOver, disabled, perhaps }: VersionChanged): string {
  const done = handedOver ? `Version ${to} is the server now.` : `The home is ready for version ${to}; 'hms start' runs it.`
  const back = kind === 'upgrade' ? ` 'hms downgrade ${from}' goes back.` : ''
  const copy = backup === null ? '' : `The backup from before is ${backup}.\n`
  const listed = perhaps.map(({ message, recipient }) => `  ${message} to ${visible(recipient)}\n`).join('')
  const cut = perhaps.length === 0 ? '' : `Perhaps delivered, tried again after their next wait:\n${listed}`
  const off = disabled.length === 0 ? '' : `Switched off, as version ${to} cannot run them: ${disabled.join(', ')}.\n`
  return `${done}${back}\n${copy}${off}${cut}`
}

/** In the version that is to run: what a start would convert, and the rest of the upgrade. */
async function settle(cli: Cli): Promise<void> {
  const { recoverAndPrepare } = await import('../../../services/launcher/prepare.ts')
  using _lock = lockHome(cli.home)
  const print = (line: string): void => cli.terminal.warn(`${line}\n`)
  await recoverAndPrepare({ home: cli.home, config: loadConfig(cli.home), version: cli.version, print })
}
