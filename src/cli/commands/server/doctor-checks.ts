// What `hms doctor` looks at: the home's files and rights, room on the disk, addresses, name servers.
import { X509Certificate } from 'node:crypto'
import { readFileSync, statfsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../../../base/fault.ts'
import type { SocketAddress } from '../../../contract/option-kinds.ts'
import type { Config } from '../../../contract/options.ts'
import { CONFIG_FILE, describeProblem, readConfig } from '../../../lifecycle/config.ts'
import { formatSocketAddress } from '../../../lifecycle/config/option-value.ts'
import { homeState } from '../../../lifecycle/home-state.ts'
import { tlsFiles } from '../../../lifecycle/home-files.ts'
import { portTrouble, LISTENERS } from '../../../lifecycle/preflight/network.ts'
import { rightsProblems } from '../../../lifecycle/preflight/rights.ts'
import { createResolver, resolverOptions } from '../../../net/dns/resolver.ts'
import type { RunningServer } from '../../../services/home.ts'
import { hostNameOf } from '../../../services/host-name.ts'
import { octets } from '../../output/when.ts'
import { runningServer } from '../../running.ts'
import { type DialogTarget, SmtpDialog } from '../../smtp-dialog.ts'

export interface Check {
  readonly name: string
  readonly state: 'ok' | 'warn' | 'fail'
  /** A sentence. */
  readonly what: string
  readonly mend?: string
}

const MONTH = 30 * 86_400_000

export function checkHome(home: string): { readonly config: Config | undefined; readonly checks: readonly Check[] } {
  if (homeState(home) !== 'home') {
    return {
      config: undefined,
      checks: [{ name: 'home', state: 'fail', what: `There is no home in ${home}.`, mend: "Make one with 'hms init'." }],
    }
  }
  const checks: Check[] = [{ name: 'home', state: 'ok', what: `${home} is a home.` }]
  const reading = readConfig(home)
  if (!reading.ok) {
    const mend = "Mend that line; 'hms config describe' tells every setting."
    const problems = reading.problems.map((problem): Check => ({ name: 'config', state: 'fail', what: describeProblem(problem), mend }))
    return { config: undefined, checks: [...checks, ...problems] }
  }
  const { config } = reading
  checks.push({ name: 'config', state: 'ok', what: `${CONFIG_FILE} is in order.` })
  checks.push(...checkRights(home, config), checkRoom(home, config), checkCertificate(home, config))
  return { config, checks }
}

function checkRights(home: string, config: Config): Check[] {
  const found = rightsProblems(home, config).map(({ state, what, mend }): Check => ({ name: 'permissions', state, what, mend }))
  return found.length > 0 ? found : [{ name: 'permissions', state: 'ok', what: 'Keys and databases are for their owner alone.' }]
}

function checkRoom(home: string, config: Config): Check {
  const { bavail, blocks, bsize } = statfsSync(join(home, 'spool'))
  const free = bavail * bsize
  const least = Math.max(config['spool.low_water'], (blocks * bsize * config['spool.low_water_percent']) / 100)
  const what = `${octets(free)} are free for the spool; mail is accepted down to ${octets(least)}.`
  if (free < least) return { name: 'disk', state: 'fail', what, mend: 'Make room, or lower spool.low_water and spool.low_water_percent.' }
  return free < 2 * least ? { name: 'disk', state: 'warn', what, mend: 'Make room soon.' } : { name: 'disk', state: 'ok', what }
}

function checkCertificate(home: string, config: Config): Check {
  const { cert } = tlsFiles(home, config)
  try {
    const { validTo, issuer, subject } = new X509Certificate(readFileSync(cert))
    const left = Date.parse(validTo) - Date.now()
    const kind = issuer === subject ? 'self-signed ' : ''
    if (left < 0)
      return { name: 'certificate', state: 'fail', what: `The ${kind}certificate in ${cert} ended on ${validTo}.`, mend: 'Renew it.' }
    const what = `The ${kind}certificate is good until ${validTo}.`
    return left < MONTH ? { name: 'certificate', state: 'warn', what, mend: 'Renew it.' } : { name: 'certificate', state: 'ok', what }
  } catch (error) {
    const mend = 'Put a certificate in PEM there, which the user of the home can read, or name another with smtp.tls_cert.'
    return { name: 'certificate', state: 'fail', what: `The certificate in ${cert} cannot be read: ${messageOf(error)}.`, mend }
  }
}

/** A running server must answer where it said that it listens; a stopped one must be able to take its addresses. */
export async function checkPorts(home: string, config: Config): Promise<readonly Check[]> {
  const running = runningServer(home)
  return running === undefined ? checkFree(config) : checkAnswering(running, config['smtp.proxy_from'])
}

async function checkFree(config: Config): Promise<readonly Check[]> {
  const found: Check[] = []
  for (const name of LISTENERS) {
    for (const address of config[name]) {
      const trouble = await portTrouble(name, address)
      if (trouble === undefined) continue
      const what = `${formatSocketAddress(address)} (${name}) cannot be taken: ${trouble.reason}.`
      found.push({ name: 'ports', state: 'fail', what, mend: trouble.mend })
    }
  }
  return found.length > 0 ? found : [{ name: 'ports', state: 'ok', what: 'All addresses are free (the server is stopped).' }]
}

async function checkAnswering({ addresses }: RunningServer, proxyFrom: readonly string[]): Promise<readonly Check[]> {
  const found: Check[] = []
  for (const name of ['smtp.listen', 'smtps.listen'] as const) {
    for (const address of addresses[name]) {
      const problem = await notGreeted({ address, implicitTls: name === 'smtps.listen', proxyFrom })
      if (problem === undefined) continue
      const what = `${formatSocketAddress(address)} (${name}) does not take mail: ${problem}`
      found.push({ name: 'ports', state: 'fail', what, mend: "'hms status' and the server's log tell what keeps it from that." })
    }
  }
  return found.length > 0 ? found : [{ name: 'ports', state: 'ok', what: 'All SMTP listeners answer.' }]
}

async function notGreeted(target: DialogTarget): Promise<string | undefined> {
  try {
    const { dialog, greeting } = await SmtpDialog.open(target)
    dialog[Symbol.dispose]()
    return greeting.code === 220 ? undefined : `it greets with ${greeting.code} ${greeting.text}.`
  } catch (error) {
    return messageOf(error)
  }
}

/** Name servers are asked for a name that is reserved for examples (rfc:2606), so that nobody learns anything. */
export async function checkNames(config: Config): Promise<Check[]> {
  const name = hostNameOf(config)
  const checks: Check[] = []
  const mend = 'Set host.name to the name that the reverse DNS of your address gives.'
  if (name === 'localhost' && config['host.name'] === '' && hostname() !== name) {
    const what = `The system's name "${hostname()}" is no host name, so this server calls itself ${name}.`
    checks.push({ name: 'host name', state: 'warn', what, mend })
  } else if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(name)) {
    checks.push({ name: 'host name', state: 'warn', what: `"${name}" is no full name; many receivers refuse such a greeting.`, mend })
  } else checks.push({ name: 'host name', state: 'ok', what: `This server calls itself ${name}.` })
  try {
    using resolver = createResolver(resolverOptions(config))
    const answer = await resolver.query('example.com', 'MX')
    if (answer.kind === 'trouble') {
      const mend = 'Set dns.servers, or mend /etc/resolv.conf. Fixed routes to addresses work without DNS.'
      checks.push({ name: 'dns', state: 'warn', what: `No name server answers: ${answer.reason}.`, mend })
    } else checks.push({ name: 'dns', state: 'ok', what: 'The name servers answer.' })
    checks.push(...checkDane(config, resolver.untrusted))
  } catch (error) {
    checks.push({ name: 'dns', state: 'fail', what: messageOf(error), mend: 'Set dns.servers to addresses of name servers.' })
  }
  return checks
}

/** rfc:7672#2.1: what a name server far away says of DNSSEC, anybody on the way may have said. */
function checkDane(config: Config, untrusted: readonly SocketAddress[]): Check[] {
  if (!config['delivery.dane'] || config['delivery.tls'] === 'none') return []
  if (untrusted.length === 0) return [{ name: 'dane', state: 'ok', what: 'The name servers are believed about DNSSEC: DANE is on.' }]
  const what = `DANE is off with the name servers ${untrusted.map(formatSocketAddress).join(', ')}, as the way to them is open to others.`
  const mend = 'Run a resolver that validates (such as unbound) on this machine, list them in dns.trusted, or set delivery.dane to false.'
  return [{ name: 'dane', state: 'warn', what, mend }]
}
