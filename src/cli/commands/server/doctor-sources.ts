// What `hms doctor --network` looks at of the sources of the rules. What fails is told to the server: it does not use the source until it is
// mended, or forced.
import { isIP } from 'node:net'
import { systemClock } from '../../../base/clock.ts'
import { jsonLog } from '../../../base/log.ts'
import type { Config } from '../../../contract/options.ts'
import type { SourceView } from '../../../contract/source-operations.ts'
import { exitLoginOf, exitOf } from '../../../engine/deliver/sources.ts'
import type { OutboundExit, OutboundTarget } from '../../../engine/ports/outbound.ts'
import { keyFile, masterFile } from '../../../lifecycle/home-files.ts'
import type { NetworkCheck } from '../../../lifecycle/network/check.ts'
import type { Names } from '../../../lifecycle/network/names.ts'
import { checkSource } from '../../../lifecycle/network/source.ts'
import { createOutbound } from '../../../net/outbound/outbound.ts'
import { openSettings } from '../../../store/sqlite/settings/settings.ts'
import { type Cli } from '../../cli.ts'

const WITHIN = 15_000

export interface SourceCheckParts {
  readonly cli: Cli
  readonly config: Config
  readonly names: Names
  /** Of sources that have none of their own. */
  readonly helo: string
  /** A mail host to connect to. */
  readonly probe: string | undefined
}

export async function checkRuleSource(parts: SourceCheckParts, view: SourceView): Promise<readonly NetworkCheck[]> {
  const { cli, probe } = parts
  const name = `source ${view.name}`
  const found = await lookAt(parts, view)
  const tried = probe === undefined ? [] : [await tryFrom(parts, view, probe)]
  const checks = [...found, ...tried].map((check) => named(check, name))
  const failures = checks.filter(({ state }) => state === 'fail').map(({ what }) => what)
  await cli.call('sources.checked', { source: view.name, failures })
  return [...checks, ...consequence(name, view, failures)]
}

function named(check: NetworkCheck, name: string): NetworkCheck {
  return { ...check, name }
}

/** With its login, which no operation tells: it is read where it is kept. */
function exitOfView({ cli, config }: SourceCheckParts, view: SourceView): OutboundExit | null {
  const { name, source, login } = view
  if (source.kind !== 'proxy') return null
  if (login === null) return exitOf(source.proxy)
  using settings = openSettings({ file: masterFile(cli.home), keyFile: keyFile(cli.home, config) })
  return exitOf(source.proxy, exitLoginOf({ name, source }, settings.read().exitLogins))
}

async function lookAt(parts: SourceCheckParts, view: SourceView): Promise<readonly NetworkCheck[]> {
  const { names, helo } = parts
  const { source } = view
  const { address } = source
  const ownName = source.helo ?? helo
  if (source.kind === 'address') return checkSource({ address: source.address, isLocal: true }, ownName, names)
  const way = await checkExit(source.proxy, exitOfView(parts, view) ?? exitOf(source.proxy))
  if (address !== null) return [way, ...(await checkSource({ address, isLocal: false }, ownName, names))]
  const what = 'The address that the exit sends from is not known: its name cannot be checked.'
  return [way, { name: '', state: 'warn', what, mend: 'Write it beside the proxy, as address.' }]
}

async function checkExit(proxy: string, target: OutboundExit): Promise<NetworkCheck> {
  const exit = await outboundOf().probe({ localAddress: null, exit: target })
  if (exit === null) return { name: '', state: 'ok', what: `Its exit ${proxy} can be reached.` }
  const mend = "Start the exit, open the way to it, or give its login with 'hms sources login'."
  return { name: '', state: 'fail', what: `${exit.charAt(0).toUpperCase()}${exit.slice(1)}.`, mend }
}

/** A whole greeting, from the source's own address and by its own name. */
async function tryFrom(parts: SourceCheckParts, view: SourceView, probe: string): Promise<NetworkCheck> {
  const { names, config, helo } = parts
  const { source } = view
  const { address } = source
  const family = address?.includes(':') === true ? 6 : 4
  const to = isIP(probe) === 0 ? (await names.addresses(probe, family))?.[0] : probe
  const port = config['delivery.port']
  const way = `to port ${port} of ${probe}`
  if (to === undefined || (address !== null && to.includes(':') !== address.includes(':')))
    return { name: '', state: 'warn', what: `Not tried ${way}: it has no IPv${family} address.` }
  const exit = exitOfView(parts, view)
  const how = { host: probe, address: to, port, tls: 'none', implicitTls: false, auth: null } as const
  const target: OutboundTarget = { ...how, localAddress: address, helo: source.helo ?? helo, ...(exit && { exit }) }
  const opened = await outboundOf().open(target, new AbortController().signal)
  if (opened.ok) {
    await opened.connection.close('quit')
    return { name: '', state: 'ok', what: `The way is open ${way}: ${opened.connection.peer.greeting} greets.` }
  }
  const { reply, reason } = opened.failure
  // It came through: what this one thinks of the source is no matter of others.
  if (reply !== null) return { name: '', state: 'warn', what: `The way is open ${way}, but ${probe} does not want it: ${reason}` }
  const mend = 'Many providers of servers block port 25 until you ask them to open it.'
  return { name: '', state: 'fail', what: `There is no way ${way}: ${reason}.`, mend }
}

function outboundOf() {
  const log = jsonLog('doctor', 'error', () => {})
  const timeouts = { connect: WITHIN, greeting: WITHIN, command: WITHIN, data: WITHIN, final: WITHIN }
  return createOutbound({ timeouts, clock: systemClock, log })
}

function consequence(
  name: string,
  { hand, failures: before, name: source }: SourceView,
  failures: readonly string[],
): readonly NetworkCheck[] {
  if (failures.length === 0)
    return before.length === 0 ? [] : [{ name, state: 'ok', what: 'It failed the check before, and is used again.' }]
  if (hand === 'forced') return [{ name, state: 'warn', what: 'It is used nevertheless, as it is forced.' }]
  const mend = `Mend it and check again, or use it as it is: hms sources force ${source}`
  return [{ name, state: 'warn', what: 'It is not used from now on.', mend }]
}
