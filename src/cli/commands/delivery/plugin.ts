// `hms plugin`: the owner's own code, added, listed, switched, set and removed.
import { type Command, Option } from 'commander'
import type { AccountId } from '../../../base/brand.ts'
import { formatDuration, formatSize, parseSize } from '../../../base/quantities.ts'
import { PLUGIN_FAILURES, type PluginFailureChoice, type PluginPlace, type PluginView } from '../../../contract/plugin-operations.ts'
import { loadConfig } from '../../../lifecycle/config.ts'
import { type TriedPlugin, tryPlugins } from '../../../lifecycle/plugins/try-all.ts'
import { accountIds, badArgument, type Cli, timeSpan, wholeNumber } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { dateTime } from '../../output/when.ts'
import { registerSettings } from './plugin-settings.ts'
import { registerTest } from './plugin-test.ts'
import { notFound } from '../../not-found.ts'

interface SetOptions {
  readonly first?: true
  readonly last?: true
  readonly before?: string
  readonly after?: string
  readonly account?: readonly AccountId[]
  readonly onFailure?: PluginFailureChoice
  readonly budget?: number
  readonly memory?: number
}

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list plug-ins, in the order in which they are asked, and how they do')
    .action(async () => cli.answer(await cli.call('plugin.list', {}), (plugins) => pluginTable(plugins, cli.terminal.width)))
  registerAdd(command, cli)
  command
    .command('show <name>')
    .description('show a plug-in, and how long its hooks take')
    .action(async (name: string) => {
      const found = (await cli.call('plugin.list', {})).find((one) => one.name === name)
      if (found === undefined) throw missing(name)
      cli.answer(found, () => described(found, cli.terminal.width))
    })
  registerSet(command, cli)
  for (const [word, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const)
    command
      .command(`${word} <name>`)
      .description(
        enabled ? 'let a plug-in see mail; its code and settings are tried before' : 'keep a plug-in from mail, and keep all of it',
      )
      .action(async (name: string) => answer(cli, await cli.call('plugin.set', { name, enabled })))
  registerSettings(command, cli)
  registerTest(command, cli)
  registerLooks(command, cli)
  command
    .command('remove <name>')
    .alias('rm')
    .description('remove a plug-in: its entry, its settings and its code')
    .action(async (name: string) => {
      const { removed } = await cli.call('plugin.remove', { name })
      if (!removed) throw missing(name)
      cli.answer({ removed }, () => `Removed the plug-in ${name}.\n`)
    })
  command.addHelpText(
    'after',
    [
      '',
      'Examples:',
      '  hms plugin add disclaimer-1.2.0.tgz',
      '  hms plugin add @example/hms-disclaimer',
      '  hms plugin settings disclaimer text="Do not forward this."',
      '  hms plugin test ./disclaimer --show',
      '  hms plugin set disclaimer --first --account 1001,1002 --on-failure defer',
    ].join('\n'),
  )
}

function registerLooks(command: Command, cli: Cli): void {
  command
    .command('logs <name>')
    .description('show what a plug-in said, wrote, and what happened to it, since the workers began')
    .option('--limit <number>', 'of the last lines (200)', wholeNumber(1, 1000))
    .action(async (name: string, options: { readonly limit?: number }) => {
      const { lines } = await cli.call('plugin.log', { name, ...options })
      cli.answer(lines, () =>
        lines.map(({ at, slot, level, text }) => `${dateTime(at)}  ${slot ?? '-'}  ${level.padEnd(5)}  ${visible(text)}\n`).join(''),
      )
    })
  command
    .command('check')
    .description('try each plug-in that is switched on by this version, in a process of its own that sees no mail')
    .action(async () => {
      const tried = await tryPlugins(cli.home, loadConfig(cli.home))
      cli.answer(tried, () => checkTable(tried, cli.terminal.width))
      if (tried.some(({ problem }) => problem !== null)) process.exitCode = 1
    })
}

function registerAdd(command: Command, cli: Cli): void {
  command
    .command('add <what>')
    .description('add a plug-in, or replace its code: a .tgz, a folder, or the name of a package that npm fetches')
    .option('--as <name>', 'under this name, not that of its package.json')
    .option('--disabled', 'do not let it see mail yet')
    .action(async (what: string, { as, disabled }: { readonly as?: string; readonly disabled?: true }) => {
      // What packs is loaded with the first package.
      const { packageOf } = await import('../../plugin-package.ts')
      const archive = (await packageOf(what)).toString('base64')
      const plugin = await cli.call('plugin.add', { archive, ...(as !== undefined && { name: as }), enabled: disabled !== true })
      answer(
        cli,
        plugin,
        disabled !== true && !plugin.enabled ? `Its settings have to be set first: 'hms plugin settings ${plugin.name}'.\n` : '',
      )
    })
}

function registerSet(command: Command, cli: Cli): void {
  const places = ['first', 'last', 'before', 'after']
  const place = (flags: string, what: string): Option => {
    const option = new Option(flags, what)
    return option.conflicts(places.filter((one) => `--${one}` !== option.long))
  }
  command
    .command('set <name>')
    .description('change the place of a plug-in, whose mail it sees, and what it may take')
    .addOption(place('--first', 'ask it before all others'))
    .addOption(place('--last', 'ask it after all others'))
    .addOption(place('--before <name>', 'ask it right before this one'))
    .addOption(place('--after <name>', 'ask it right after this one'))
    .option('--account <numbers>', 'only mail of these accounts; 0: of all', accountIds)
    .addOption(new Option('--on-failure <what>', 'what is done with mail that has no answer in time').choices(PLUGIN_FAILURES))
    .option('--budget <time>', 'for each answer (2s at first)', timeSpan)
    .option('--memory <size>', 'of its process (192MiB at first)', size)
    .action(async (name: string, { first, last, before, after, account, ...rest }: SetOptions) => {
      const given: PluginPlace = { ...(first && { first }), ...(last && { last }), ...(before && { before }), ...(after && { after }) }
      const asked = { ...rest, ...(account && { accounts: account }), ...(Object.keys(given).length > 0 && { place: given }) }
      if (Object.keys(asked).length === 0) throw badArgument('Say what to change.', "'hms plugin set --help' tells what there is.")
      answer(cli, await cli.call('plugin.set', { name, ...asked }))
    })
}

function size(text: string): number {
  const found = parseSize(text)
  if (found === undefined) throw badArgument(`"${text}" is no size: write 256MiB.`)
  return found
}

function missing(name: string): Error {
  return notFound(`There is no plug-in ${name}.`, "'hms plugin ls' lists them.")
}

function answer(cli: Cli, plugin: PluginView, more = ''): void {
  cli.answer(plugin, () => {
    const { name, version, enabled, hooks, position } = plugin
    const of = version === null ? name : `${name} ${version}`
    const sees = `${whose(plugin)} at ${hooks.join(', ') || 'no hook'}`
    return enabled ? `The plug-in ${of} sees ${sees}, as number ${position}.\n${more}` : `The plug-in ${of} is switched off.\n${more}`
  })
}

function whose({ accounts }: PluginView): string {
  return accounts.length === 0 ? 'all mail' : `mail of ${accounts.join(', ')}`
}

/** In a word or two, as it is. */
function stateOf({ listed, enabled, problem, seen }: PluginView): string {
  if (!listed) return 'not listed'
  if (problem !== null) return `cannot be used: ${problem}`
  if (!enabled) return 'disabled'
  if (seen === undefined) return 'enabled'
  const { state, running, of, trouble } = seen
  const why = trouble === null ? '' : `: ${trouble}`
  if (state === 'ready') return `${running === of ? 'runs' : `${running} of ${of} processes run`}${why}`
  return `${{ starting: 'starts', down: 'fell, and is started again', off: 'switched off' }[state]}${why}`
}

function share(failing: number): string {
  return `${Math.round(failing * 100)} %`
}

function pluginTable(plugins: readonly PluginView[], width: number): string {
  const slowest = ({ seen }: PluginView): string => {
    const times = (seen?.hooks ?? []).map(({ p99 }) => p99)
    return times.length === 0 ? '-' : `${Math.max(...times)} ms`
  }
  return table(
    plugins,
    [
      { title: 'NAME', of: (one) => one.name },
      { title: 'VERSION', of: (one) => one.version },
      { title: 'STATE', of: stateOf, shrinks: true },
      { title: 'ACCOUNTS', of: (one) => (one.accounts.length === 0 ? 'all' : one.accounts.join(', ')), shrinks: true },
      { title: 'CALLS', of: (one) => one.seen?.counts.calls ?? null, right: true },
      { title: 'FAILED', of: (one) => one.seen?.counts.failed ?? null, right: true },
      { title: 'TIMED OUT', of: (one) => one.seen?.counts.late ?? null, right: true },
      { title: 'RESTARTS', of: (one) => one.seen?.counts.restarts ?? null, right: true },
      { title: 'CALL P99', of: slowest, right: true },
    ],
    width,
    "No plug-ins. 'hms plugin add FILE' adds one.",
  )
}

function checkTable(tried: readonly TriedPlugin[], width: number): string {
  return table(
    tried,
    [
      { title: 'NAME', of: (one) => one.name },
      { title: 'VERSION', of: (one) => one.version },
      { title: 'FOUND', of: (one) => one.problem ?? 'loads', shrinks: true },
    ],
    width,
    'No plug-in is switched on.',
  )
}

function described(plugin: PluginView, width: number): string {
  const { name, version, hooks, network, onFailure, budget, memory, seen } = plugin
  const facts = fields([
    ['name', name],
    ['version', version],
    ['state', stateOf(plugin)],
    ['sees', `${whose(plugin)} at ${hooks.join(', ') || 'no hook'}`],
    ['network', network ? 'yes' : 'no'],
    ['on failure', { continue: 'mail continues without it', defer: 'mail is deferred' }[onFailure]],
    ['budget', formatDuration(budget)],
    ['memory', formatSize(memory)],
    ...(seen === undefined ? [] : ([['failing', share(seen.failing)]] as const)),
  ])
  if (seen === undefined || seen.hooks.length === 0) return facts
  const times = table(
    seen.hooks,
    [
      { title: 'HOOK', of: (one) => one.hook },
      { title: 'CALLS', of: (one) => one.calls, right: true },
      { title: 'P50 MS', of: (one) => one.p50, right: true },
      { title: 'P99 MS', of: (one) => one.p99, right: true },
    ],
    width,
    '',
  )
  return `${facts}\n${times}`
}
