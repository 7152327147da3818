// `hms uninstall`: takes the program away. Mail and settings stay, unless that is asked for as well and said a second time.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Fault } from '../../../base/fault.ts'
import { readConfig } from '../../../lifecycle/config.ts'
import { keyFile } from '../../../lifecycle/home-files.ts'
import { homeState, requireHome } from '../../../lifecycle/home-state.ts'
import { DEFAULT_ROOT, layoutOf, manifestOf, removeVersion, versionFolder } from '../../../lifecycle/release/layout.ts'
import { uninstall } from '../../../lifecycle/release/uninstall.ts'
import { badArgument, type Cli } from '../../cli.ts'
import { asOwner } from '../../home-owner.ts'
import { removeHome } from '../../remove-home.ts'
import { homeIsFree } from '../../../services/home-lock.ts'

interface Options {
  readonly from?: string
  readonly yes?: true
  readonly deleteHome?: true
  readonly confirm?: string
}

export function register(command: Command, cli: Cli): void {
  command
    .argument('[version]', 'only this one of the installed versions')
    .option('--from <dir>', `where versions are installed (else where this program is, or ${DEFAULT_ROOT})`)
    .option('-y, --yes', 'do not ask whether to remove the program')
    .option('--delete-home', 'delete the home as well: mail, settings, keys and logs')
    .option('--confirm <home>', 'the path of that home again, where nobody can be asked')
    .addHelpText(
      'after',
      '\nThe server has to be stopped. Backups that are not in the home stay.\n\nExamples:\n  hms uninstall\n  hms uninstall 1.0.0\n  hms uninstall --yes --delete-home --confirm /var/lib/hms',
    )
    .action(async (version: string | undefined, options: Options) => {
      const root = options.from === undefined ? (layoutOf(cli.programRoot)?.root ?? DEFAULT_ROOT) : resolve(options.from)
      if (version !== undefined) return await uninstallOne(cli, root, version, options)
      const keep = options.deleteHome !== true
      if (!keep) requireStopped(cli.home)
      const stays = keep ? ` Mail and settings in ${cli.home} stay.` : ''
      if (options.yes !== true && !(await cli.terminal.confirm(`Remove every version in ${root}?${stays}`))) throw unsaid('--yes')
      if (!keep) await confirmHome(cli, options.confirm)
      const key = keep ? null : keyOutside(cli.home)
      const removed = await uninstall(root)
      if (!keep) await removeHome(cli.home)
      const answer = { removed: keep ? removed : [...removed, cli.home], home: keep ? cli.home : null }
      cli.answer(answer, () =>
        [
          ...answer.removed.map((path) => `Removed ${path}\n`),
          keep && homeState(cli.home) === 'home' ? left(cli) : '',
          key === null ? '' : `The key of its secrets stays for its backups: ${key}\n`,
        ].join(''),
      )
    })
}

async function uninstallOne(cli: Cli, root: string, version: string, { yes, deleteHome }: Options): Promise<void> {
  if (deleteHome === true) throw badArgument('A version is removed, or the home; not both.')
  manifestOf(root, version)
  if (yes !== true && !(await cli.terminal.confirm(`Remove version ${version} from ${root}?`))) throw unsaid('--yes')
  await removeVersion(root, version)
  cli.answer({ removed: [versionFolder(root, version)], home: cli.home }, () => `Version ${version} is removed.\n`)
}

function requireStopped(home: string): void {
  requireHome(home)
  if (asOwner(home, () => homeIsFree(home))) return
  throw new Fault('home-in-use', `A server runs on the home ${home}; nothing was removed.`, {
    blame: 'caller',
    mend: "Stop it first: 'hms stop'.",
  })
}

/** The second question. */
async function confirmHome(cli: Cli, confirmed: string | undefined): Promise<void> {
  if (confirmed !== undefined && resolve(confirmed) !== cli.home) {
    throw badArgument(`--confirm names ${resolve(confirmed)}, and the home is ${cli.home}. Nothing was removed.`)
  }
  const what = `Delete ${cli.home} with all mail that waits, settings, keys and logs?`
  if (confirmed === undefined && !(await cli.terminal.confirm(what))) throw unsaid(`--confirm ${cli.home}`)
}

/** The sealing key, where it does not go with the home; null too where the configuration cannot be read any more. */
function keyOutside(home: string): string | null {
  const reading = readConfig(home)
  if (!reading.ok) return null
  const key = resolve(home, keyFile(home, reading.config))
  return key.startsWith(`${home}/`) || !existsSync(key) ? null : key
}

function unsaid(option: string): Fault {
  return badArgument('Nothing was removed.', `Say yes when you are asked, or add ${option}.`)
}

function left({ home }: Cli): string {
  return `Mail and settings stay in ${home}. The user hms stays as well: userdel hms removes it.\n`
}
