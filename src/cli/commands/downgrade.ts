// `hms downgrade VERSION`: back to an installed older version, the way of an upgrade: it shows that it works before it takes over.
import type { Command } from 'commander'
import { Fault } from '../../base/fault.ts'
import { loadConfig } from '../../lifecycle/config.ts'
import { requireHome } from '../../lifecycle/home-state.ts'
import { manifestOf, requireInstalled } from '../../lifecycle/release/layout.ts'
import { compareVersions } from '../../lifecycle/release/version.ts'
import { beginUpgrade } from '../../lifecycle/upgrade/record.ts'
import { takeWayBack, wayBack, type WayBack } from '../../lifecycle/upgrade/way-back.ts'
import { badArgument, type Cli } from '../cli.ts'
import { alternateWithOwner } from '../home-owner.ts'
import { runningServer } from '../running.ts'
import { settleBefore, VersionChange } from '../version-change.ts'
import { confirmed, described, saveBefore, versionInUse } from './upgrade.ts'

export function register(command: Command, cli: Cli): void {
  command
    .argument('<version>', "one of 'hms versions'")
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nSettings and data are kept.\n\nExamples:\n  hms versions\n  hms downgrade 1.0.0')
    .action((version: string, { yes }: { yes?: true }) => downgrade(cli, version, yes === true))
}

async function downgrade(cli: Cli, to: string, yes: boolean): Promise<void> {
  requireHome(cli.home)
  const { root } = requireInstalled(cli.programRoot)
  const acting = alternateWithOwner(cli.home)
  const from = await versionInUse(cli, root)
  const manifest = manifestOf(root, to)
  if (to === from) throw badArgument(`Version ${to} is in use already.`)
  if (compareVersions(to, from) > 0)
    throw badArgument(`Version ${to} is not older than ${from}, which is in use.`, `hms upgrade ${root}/versions/${to} goes on to it.`)
  const way = await wayBack(cli.home, loadConfig(cli.home), manifest)
  requireStopped(cli, way, to)
  const losses = way.losses.map((what) => `It has no place for ${what}. `).join('')
  await confirmed(cli, yes, `${losses}Go back from version ${from} to ${to}?`)
  await settleBefore(cli, acting, { from, root })
  const change = new VersionChange(cli, acting, beginUpgrade(cli.home, { kind: 'downgrade', from, to, root, startedAt: Date.now() }))
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
