// `hms certificate`: what the listeners show, and where it comes from.
import type { Command } from 'commander'
import type { EpochMs } from '../../../base/brand.ts'
import type { Config } from '../../../contract/options.ts'
import type { CertificateView } from '../../../contract/lifecycle.ts'
import { isOrdered, readCertificate } from '../../../lifecycle/certificate/state.ts'
import { hostRenewal, nameOf, ordersHosts } from '../../../lifecycle/certificate/hosts.ts'
import { orderHostCertificate, orderOwnCertificate } from '../../../lifecycle/certificate/order.ts'
import { loadConfig } from '../../../lifecycle/config.ts'
import { requireHome } from '../../../lifecycle/home-state.ts'
import { badArgument, type Cli } from '../../cli.ts'
import { fields } from '../../output/table.ts'
import { dateTime } from '../../output/when.ts'

export function register(command: Command, cli: Cli): void {
  const state = (): CertificateView => {
    requireHome(cli.home)
    return readCertificate(cli.home, loadConfig(cli.home))
  }
  command
    .command('show')
    .description('show names, issuer, dates and the TLSA record')
    .action(() => cli.answer(state(), described))
  command
    .command('order')
    .description('order one from the authority now; the listeners show it within seconds')
    .option('--host <name>', 'for this host of links instead')
    .option('--due', 'whichever is due, of the listeners and of all hosts of links')
    .action(async ({ host, due }: { readonly host?: string; readonly due?: true }) => {
      requireHome(cli.home)
      const config = loadConfig(cli.home)
      if (due === true)
        return cli.answer(await orderDue(cli, config), ({ ordered }) => `Ordered: ${ordered.join(', ') || 'nothing was due'}.\n`)
      if (host === undefined) await orderOwnCertificate(cli.home, config)
      else await orderHostCertificate(cli.home, config, hostOf(host))
      if (host === undefined) cli.answer(state(), described)
      else cli.answer({ ordered: [host] }, () => `Ordered the certificate of ${host}.\n`)
    })
  command.addHelpText(
    'after',
    '\nSet acme.names and acme.terms_agreed in config/hms.yaml, and the server orders by itself.\n\nExamples:\n  hms certificate show\n  hms certificate order\n  hms certificate order --host click.example.com',
  )
}

function hostOf(text: string): string {
  const name = text.toLowerCase()
  if (/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/.test(name) && name.length < 254) return name
  throw badArgument(`"${text}" is no name of a host.`)
}

/** One that cannot be read is ordered anew. */
function ownRenewal(home: string, config: Config): EpochMs {
  try {
    return readCertificate(home, config).renewedAt ?? Infinity
  } catch {
    return 0
  }
}

/** One that fails keeps no other from being ordered; the first failure is what is told. */
async function orderDue(cli: Cli, config: Config): Promise<{ readonly ordered: readonly string[] }> {
  const now = Date.now()
  const orders: [name: string, order: () => Promise<void>][] = []
  if (isOrdered(config) && ownRenewal(cli.home, config) <= now)
    orders.push([config['acme.names'].join(', '), () => orderOwnCertificate(cli.home, config)])
  const accounts = ordersHosts(config) ? await cli.call('account.list', {}) : []
  const hosts = new Set(accounts.flatMap(({ tracking: { host } }) => (host === null ? [] : [nameOf(host)])))
  for (const host of hosts)
    if ((hostRenewal(cli.home, config, host) ?? Infinity) <= now) orders.push([host, () => orderHostCertificate(cli.home, config, host)])
  const ordered: string[] = []
  const failures: unknown[] = []
  for (const [name, order] of orders) {
    try {
      await order()
      ordered.push(name)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  return { ordered }
}

function described({ file, names, issuer, isSelfSigned, from, until, tlsa, renewedAt }: CertificateView): string {
  const renewal = renewedAt === null ? 'not by the server (acme.names)' : renewedAt <= Date.now() ? 'now' : `ordered ${dateTime(renewedAt)}`
  return fields([
    ['certificate', file],
    ['names', names.join(', ')],
    ['issued by', isSelfSigned ? 'itself' : issuer],
    ['valid', `${dateTime(from)} to ${dateTime(until)}`],
    ['renewal', renewal],
    ['TLSA', `3 1 1 ${tlsa}`],
  ])
}
