// `hms downgrade VERSION`: back to an installed older version, the way of an upgrade: it shows that it works before it takes over.
import type { Command } from 'commander'
import { Fault } from '../../../base/fault.ts'
import { loadConfig } from '../../../lifecycle/config.ts'
import { requireHome } from '../../../lifecycle/home-state.ts'
import { checkPlugins } from '../../../lifecycle/preflight/plugins.ts'
import { manifestOf, requireInstalled, versionFolder } from '../../../lifecycle/release/layout.ts'
import { keyFolders, readTrust } from '../../../lifecycle/release/trust.ts'
import { compareVersions } from '../../../lifecycle/release/version.ts'
import { beginUpgrade } from '../../../lifecycle/upgrade/record.ts'
import { takeWayBack, wayBack, type WayBack } from '../../../lifecycle/upgrade/way-back.ts'
import { badArgument, type Cli, list } from '../../cli.ts'
import { alternateWithOwner } from '../../home-owner.ts'
import { runningServer } from '../../running.ts'
import { settleBefore, VersionChange } from '../../version-change.ts'
import { confirmed, described, requirePassed, saveBefore, versionInUse } from './upgrade.ts'

export function register(command: Command, cli: Cli): void {
  command
    .argument('<version>', "one of 'hms versions'")
    .option('-y, --yes', 'do not ask')
    .option('--allow <plug-ins>', 'switch these off where the version cannot run them; names with commas between them', list)
    .addHelpText('after', '\nSettings and data are kept.\n\nExamples:\n  hms versions\n  hms downgrade 1.0.0')
    .action((version: string, { yes, allow = [] }: { yes?: true; allow?: readonly string[] }) =>
      downgrade(cli, version, { yes: yes === true, allow }),
    )
}

async function downgrade(
  cli: Cli,
  to: string,
  { yes, allow }: { readonly yes: boolean; readonly allow: readonly string[] },
): Promise<void> {
  requireHome(cli.home)
  const { root } = requireInstalled(cli.programRoot)
  const acting = alternateWithOwner(cli.home)
  const from = await versionInUse(cli, root)
  const manifest = manifestOf(root, to)
  if (to === from) throw badArgument(`Version ${to} is in use already.`)
  if (compareVersions(to, from) > 0)
    throw badArgument(`Version ${to} is not older than ${from}, which is in use.`, `hms upgrade ${root}/versions/${to} goes on to it.`)
  const config = loadConfig(cli.home)
  const way = await wayBack(cli.home, config, manifest)
  requireStopped(cli, way, to)
  const release = { manifest, path: versionFolder(root, to), trust: readTrust(keyFolders(cli.home), true), root }
  const plugins = await acting.asCaller(() => checkPlugins({ home: cli.home, config, exists: true, release, allow }))
  requirePassed([plugins])
  const losses = way.losses.map((what) => `It has no place for ${what}. `).join('')
  await confirmed(cli, yes, `${losses}Go back from version ${from} to ${to}?`)
  await settleBefore(cli, acting, { from, root })
  const change = new VersionChange(cli, acting, beginUpgrade(cli.home, { kind: 'downgrade', from, to, root, startedAt: Date.now() }))
  change.noteDisabled(plugins.disables ?? [])
  await saveBefore(cli, change)
  cli.answer(await change.takeEffect(() => takeWayBack(cli.home, way)), described)
}

function requireStopped(cli: Cli, { settings }: WayBack, to: string): void {
  if (settings === null || runningServer(cli.home) === undefined) return
  throw new Fault('downgrade-formats', `For version ${to} the settings have to be converted back, which needs the server to be stopped.`, {
    blame: 'caller',
    mend: `hms stop, hms downgrade ${to}, hms start.`,
  })
}
