// `hms certificate`: what the listeners show, and where it comes from.
import type { Command } from 'commander'
import { type CertificateState, readCertificate } from '../../lifecycle/certificate/state.ts'
import { orderOwnCertificate } from '../../lifecycle/certificate/order.ts'
import { loadConfig } from '../../lifecycle/config.ts'
import { requireHome } from '../../lifecycle/home-state.ts'
import type { Cli } from '../cli.ts'
import { fields } from '../output/table.ts'
import { dateTime } from '../output/when.ts'

export function register(command: Command, cli: Cli): void {
  const state = (): CertificateState => {
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
    .action(async () => {
      requireHome(cli.home)
      await orderOwnCertificate(cli.home, loadConfig(cli.home))
      cli.answer(state(), described)
    })
  command.addHelpText(
    'after',
    '\nSet acme.names and acme.terms_agreed in config/hms.yaml, and the server orders by itself.\n\nExamples:\n  hms certificate show\n  hms certificate order',
  )
}

function described({ file, names, issuer, isSelfSigned, from, until, tlsa, renewedAt }: CertificateState): string {
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
