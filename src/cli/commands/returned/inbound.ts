// `hms inbound`: the installation's own domains, to which bounces, complaints, unsubscribes and people's answers come.
import type { Command } from 'commander'
import { ANONYMOUS_ACCOUNT, type AccountId } from '../../../base/brand.ts'
import { readConfig } from '../../../lifecycle/config.ts'
import { localAddresses } from '../../../lifecycle/network/source.ts'
import { Names } from '../../../lifecycle/network/names.ts'
import { checkOwnDomain } from '../../../lifecycle/network/own-domain.ts'
import { createResolver, resolverOptions } from '../../../net/dns/resolver.ts'
import { USUAL_MAILBOXES } from '../../../policy/feedback/own-mailboxes.ts'
import { accountId, badArgument, type Cli, list } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { notFound } from '../../not-found.ts'

interface AddOptions {
  readonly account?: AccountId
  readonly forward?: string
  readonly localPart?: readonly string[]
}

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list own domains')
    .action(async () =>
      cli.answer(await cli.call('inbound.list', {}), (rows) =>
        table(
          rows,
          [
            { title: 'DOMAIN', of: ({ domain }) => domain, shrinks: true },
            { title: 'ACCOUNT', of: ({ account }) => account ?? ANONYMOUS_ACCOUNT, right: true },
            { title: "PEOPLE'S MAIL TO", of: ({ forwardTo }) => forwardTo ?? 'kept for 30 days', shrinks: true },
            { title: 'MORE MAILBOXES', of: ({ localParts }) => localParts.join(', '), shrinks: true },
          ],
          cli.terminal.width,
          'No domain of your own: no bounce comes back here.',
        ),
      ),
    )
  registerAdd(command, cli)
  command
    .command('rm <domain>')
    .description('take no more mail for a domain')
    .action(async (domain: string) => {
      const { removed } = await cli.call('inbound.remove', { domain })
      if (!removed) throw notFound(`${domain} is no domain of your own here.`, "'hms inbound ls' lists them.")
      cli.answer({ removed }, () => `Mail for ${domain} is refused from now on.\n`)
    })
  registerCheck(command, cli)
  command.addHelpText(
    'after',
    '\nExamples:\n  hms inbound add bounce.example.com --account 1001 --forward postmaster@example.com\n  hms inbound check',
  )
}

function registerAdd(command: Command, cli: Cli): void {
  command
    .command('add <domain>')
    .description('take mail for a domain, or change how; its MX must lead here')
    .option('--account <id>', 'whose is what comes there without a token of ours', accountId)
    .option('--forward <address>', "where people's mail goes on to; without it, it is kept for 30 days")
    .option('--local-part <name...>', `mailboxes beside ${USUAL_MAILBOXES.join(', ')}`, list)
    .action(async (domain: string, { localPart, ...options }: AddOptions) =>
      cli.answer(await cli.call('inbound.add', { domain, ...options, ...(localPart && { localParts: localPart }) }), (own) => {
        const people = own.forwardTo === null ? 'is kept for 30 days' : `goes on to ${own.forwardTo}`
        return `Mail for ${own.domain} is taken: at return paths of yours and at ${[...USUAL_MAILBOXES, ...own.localParts].join(', ')}. What people write ${people}.\nLet its MX lead here, then run: hms inbound check ${own.domain}\n`
      }),
    )
}

function registerCheck(command: Command, cli: Cli): void {
  command
    .command('check [domain]')
    .description('whether the MX of own domains leads here')
    .option('--address <ip...>', 'addresses that others see, where they are not those of this machine')
    .action(async (domain: string | undefined, { address = [] }: { address?: readonly string[] }) => {
      const own = (await cli.call('inbound.list', {})).filter((one) => domain === undefined || one.domain === domain.toLowerCase())
      if (domain !== undefined && own.length === 0)
        throw notFound(`${domain} is no domain of your own here.`, "'hms inbound ls' lists them.")
      const reading = readConfig(cli.home)
      if (!reading.ok) throw badArgument('The configuration has errors.', "'hms config check' names them.")
      using resolver = createResolver(resolverOptions(reading.config))
      const names = new Names(resolver)
      const here = [...localAddresses(), ...address]
      const checks = await Promise.all(own.map((one) => checkOwnDomain(one.domain, here, names)))
      if (checks.some(({ state }) => state === 'fail')) process.exitCode = 1
      cli.answer(checks, () =>
        checks.length === 0
          ? 'No domain of your own.\n'
          : checks.map(({ state, what, mend }) => `${state.padEnd(4)}  ${what}${mend === undefined ? '' : `\n      ${mend}`}\n`).join(''),
      )
    })
}
