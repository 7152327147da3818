// `hms versions`: the versions that are installed beside this one.
import type { Command } from 'commander'
import { currentVersion, layoutOf } from '../../../lifecycle/release/layout.ts'
import type { Cli } from '../../cli.ts'

export interface VersionsAnswer {
  readonly program: string
  /** Where versions are installed; null: this program is a checkout. */
  readonly root: string | null
  readonly current: string | null
  /** Oldest first. */
  readonly versions: readonly string[]
}

export function register(command: Command, cli: Cli): void {
  command.addHelpText('after', '\nExamples:\n  hms versions\n  hms versions --json').action(async () => {
    const layout = layoutOf(cli.programRoot)
    const current = layout === null ? null : await currentVersion(layout.root)
    const answer: VersionsAnswer = { program: cli.version, root: layout?.root ?? null, current, versions: layout?.versions ?? [] }
    cli.answer(answer, ({ root, versions }) =>
      root === null
        ? `${cli.version}, run from a checkout.\n`
        : versions.map((one) => `${one}${one === current ? '  current' : ''}\n`).join(''),
    )
  })
}
