// `hms doctor --network`: what receivers look at before they take mail. It asks the DNS, and connects only to the host that `--probe` names.
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { messageOf } from '../../../base/fault.ts'
import type { Config } from '../../../contract/options.ts'
import type { NetworkCheck } from '../../../lifecycle/network/check.ts'
import { type AccountId, ANONYMOUS_ACCOUNT } from '../../../base/brand.ts'
import { checkOpenFiles, checkOwnResolver, checkPortRange } from '../../../lifecycle/network/machine.ts'
import { Names } from '../../../lifecycle/network/names.ts'
import { checkOwnDomain } from '../../../lifecycle/network/own-domain.ts'
import { checkSender, type SenderFacts } from '../../../lifecycle/network/sender.ts'
import { checkSource, localAddresses, type Source, sourcesOf } from '../../../lifecycle/network/source.ts'
import { checkClock, lookAtMachine } from '../../../lifecycle/preflight/machine.ts'
import { reachOf } from '../../../policy/sources/reach.ts'
import { createResolver, resolverOptions } from '../../../net/dns/resolver.ts'
import { parseServer, systemServers } from '../../../net/dns/servers.ts'
import { badArgument, type Cli } from '../../cli.ts'
import { SmtpDialog } from '../../smtp-dialog.ts'
import type { Check } from './doctor-checks.ts'
import { checkRuleSource } from './doctor-sources.ts'

/** What receivers check is the domain of the return path. */
async function* checkReturnPaths(
  cli: Cli,
  factsOf: (account: AccountId, domain: string) => SenderFacts,
  names: Names,
): AsyncGenerator<readonly Check[]> {
  const taken = new Set((await cli.call('inbound.list', {})).map(({ domain }) => domain))
  for (const { id, returnPathDomain: domain } of await cli.call('account.list', {})) {
    if (domain === null) continue
    yield await checkSender(factsOf(id, domain), names)
    if (!taken.has(domain)) yield [notTaken(id, domain)]
  }
}

function notTaken(account: AccountId, domain: string): Check {
  const what = `Mail of account ${account} has return paths at ${domain}, for which this server takes no mail: bounces are lost.`
  return { name: `domain ${domain}`, state: 'fail', what, mend: `hms inbound add ${domain} --account ${account}` }
}

interface NetworkOptions {
  readonly address?: readonly string[]
  readonly probe?: string
}

const PORT_RANGE = '/proc/sys/net/ipv4/ip_local_port_range'
const PROBE_WITHIN = 15_000

export async function* checkNetwork(cli: Cli, config: Config, { address = [], probe }: NetworkOptions): AsyncGenerator<readonly Check[]> {
  const wrong = address.find((one) => isIP(one) === 0)
  if (wrong !== undefined) throw badArgument(`--address takes an IP address, not "${wrong}".`)
  using resolver = createResolver(resolverOptions(config))
  const names = new Names(resolver)
  const helo = config['host.name'] || hostname()
  const servers = config['dns.servers'].length > 0 ? config['dns.servers'].map(parseServer) : systemServers()
  const [worker] = (await cli.call('status', {})).workers
  const files = checkOpenFiles(worker?.pid ?? null, config)
  yield [checkOwnResolver(servers), checkClockOf(cli.home), files, checkPortRange(readFileSync(PORT_RANGE, 'utf8'), config)]
  const domains = (await cli.call('domain.list', {})).filter(({ verifiedAt }) => verifiedAt !== null)
  const { document } = await cli.call('rules.get', {})
  const views = await cli.call('sources.list', {})
  for (const view of views) yield await checkRuleSource({ cli, config, names, helo, probe }, view)
  const accounts = [ANONYMOUS_ACCOUNT, ...(await cli.call('account.list', {})).map(({ id }) => id)]
  const isUsed = accounts.some((account) => reachOf(document, account).usesDefault)
  const sources = isUsed ? sourcesOf(config['delivery.source_address'], address) : []
  if (sources.length === 0 && isUsed)
    yield [{ name: 'source', state: 'fail', what: 'This machine has no address but loopback: nothing can be delivered.' }]
  for (const source of sources) yield await checkSource(source, helo, names)
  if (probe !== undefined && isUsed)
    yield await Promise.all((sources.length > 0 ? sources : [null]).map((source) => tryPort(probe, source, names, config)))
  const here = [...localAddresses(), ...address]
  for (const { domain } of await cli.call('inbound.list', {})) yield [await checkOwnDomain(domain, here, names)]
  const factsOf = (account: AccountId, domain: string): SenderFacts => {
    const reach = reachOf(document, account)
    const own = views.flatMap(({ name, source }) => (reach.sources.has(name) && source.address !== null ? [source.address] : []))
    const its = [...(reach.usesDefault ? sources.map((source) => source.address) : []), ...own]
    return { domain, sources: its, here: [...here, ...own], helo }
  }
  for (const { domain, account } of domains) yield await checkSender(factsOf(account, domain), names)
  yield* checkReturnPaths(cli, factsOf, names)
}

function checkClockOf(home: string): NetworkCheck {
  const { ok, found, mend } = checkClock(lookAtMachine(), home)
  return { name: 'clock', state: ok ? 'ok' : 'warn', what: `The clock: ${found}.`, ...(mend !== null && { mend }) }
}

async function tryPort(probe: string, source: Source | null, names: Names, config: Config): Promise<NetworkCheck> {
  const from = source?.isLocal === true ? source.address : undefined
  const name = 'port'
  const family = from?.includes(':') === true ? 6 : 4
  const host = isIP(probe) === 0 ? (await names.addresses(probe, family))?.[0] : probe
  const port = config['delivery.port']
  const way = `${from === undefined ? '' : `from ${from} `}to port ${port} of ${probe}`
  if (host === undefined) return { name, state: 'warn', what: `Not tried ${way}: it has no IPv${family} address.` }
  try {
    const target = { address: { host, port }, implicitTls: false, proxyFrom: [], patience: PROBE_WITHIN }
    const { dialog, greeting } = await SmtpDialog.open(from === undefined ? target : { ...target, localAddress: from })
    dialog[Symbol.dispose]()
    const { code, text } = greeting
    if (code < 300) return { name, state: 'ok', what: `The way is open ${way}: ${code} ${text}` }
    return { name, state: 'warn', what: `The way is open ${way}, but it greets with ${code} ${text}` }
  } catch (error) {
    const mend = 'Many providers of servers block port 25 until you ask them to open it. Until then send by a route (hms route set).'
    return { name, state: 'fail', what: `There is no way ${way}: ${messageOf(error)}.`, mend }
  }
}
