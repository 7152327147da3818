// `hms install FILE --to DIR`: verifies a release and puts it beside the versions that are there. The first one becomes current.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { currentVersion, DEFAULT_ROOT, installRelease, layoutOf, switchTo } from '../../../lifecycle/release/layout.ts'
import { keyFolders, readTrust } from '../../../lifecycle/release/trust.ts'
import type { Cli } from '../../cli.ts'

export interface InstallAnswer {
  readonly version: string
  readonly folder: string
  /** What `current` leads to now. */
  readonly current: string
  /** File name of the placed key that signed it; null: there is no key, or --unsigned. */
  readonly signedBy: string | null
  /** The same release was there before. */
  readonly already: boolean
}

export function register(command: Command, cli: Cli): void {
  command
    .argument('<file>', 'hms-VERSION-linux-ARCH.tar.gz, or the folder that it was unpacked to')
    .option('--to <dir>', `where versions are installed (else where this program is, or ${DEFAULT_ROOT})`)
    .option('--unsigned', 'take a release that no placed key signed')
    .addHelpText(
      'after',
      '\nWhich version runs does not change, unless it is the first; hms upgrade changes it.\n\nExamples:\n  hms install hms-1.0.0-linux-x64.tar.gz --to /opt/hms',
    )
    .action(async (file: string, { to, unsigned }: { to?: string; unsigned?: true }) => {
      const root = to === undefined ? (layoutOf(cli.programRoot)?.root ?? DEFAULT_ROOT) : resolve(to)
      const trust = readTrust(keyFolders(cli.home), unsigned === true)
      const { manifest, folder, signedBy, already } = await installRelease(resolve(file), root, trust)
      const { version } = manifest
      const before = await currentVersion(root)
      if (before === null) await switchTo(root, version)
      const answer: InstallAnswer = { version, folder, current: before ?? version, signedBy, already }
      cli.answer(answer, (said) => `${installed(said)} ${signed(said)}\n${next(said, root)}\n`)
    })
}

function installed({ version, folder, already }: InstallAnswer): string {
  return already ? `Version ${version} was installed in ${folder} already.` : `Version ${version} is installed in ${folder}.`
}

function signed({ signedBy }: InstallAnswer): string {
  return signedBy === null ? 'Its signature was not checked, as no key is placed or --unsigned was said.' : `It is signed by ${signedBy}.`
}

function next({ version, current }: InstallAnswer, root: string): string {
  return current === version ? `Run it with ${root}/current/hms.` : `Version ${current} stays current.`
}
