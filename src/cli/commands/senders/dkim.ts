// `hms dkim`: signing keys, and the DNS records that make them count.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { messageOf } from '../../../base/fault.ts'
import type { DkimKeyView } from '../../../contract/operations.ts'
import type { DkimAlgorithm } from '../../../contract/settings.ts'
import { accountId, badArgument, type Cli, domainName } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { dateTime } from '../../output/when.ts'
import { pasteable } from './record.ts'
import { notFound } from '../../not-found.ts'

interface KeyOptions {
  selector?: string
  algorithm?: DkimAlgorithm
  account?: ReturnType<typeof accountId>
  provider?: true
}

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list keys')
    .action(async () => cli.answer(await cli.call('dkim.list', {}), (keys) => keyTable(keys, cli.terminal.width)))
  registerMaking(command, cli)
  command
    .command('show <domain>')
    .description('print the DNS records of the keys again')
    .option('--selector <name>', 'only of this key')
    .action(async (domain: string, { selector }: { selector?: string }) => {
      const name = domainName(domain)
      const keys = (await cli.call('dkim.list', {})).filter((key) => key.domain === name && key.selector === (selector ?? key.selector))
      if (keys.length === 0) throw notFound(`There is no such key of ${name}.`, "'hms dkim ls' lists them.")
      cli.answer(keys, (found) => found.map(publish).join('\n'))
    })
  command
    .command('rotate <domain>')
    .description('create a new key for each key of a domain; it takes over once its record is found')
    .action(async (domain: string) =>
      cli.answer(await cli.call('dkim.rotate', { domain }), ({ added, retiring }) => {
        const old = retiring.map((key) => key.selector).join(', ')
        return `${added.map(publish).join('\n')}\n${old === '' ? '' : `Until then ${old} ${retiring.length === 1 ? 'goes' : 'go'} on signing; leave the old record${retiring.length === 1 ? '' : 's'} for a week after.\n`}`
      }),
    )
  command
    .command('verify <domain>')
    .description("look for the keys' records; a key signs once its record was seen")
    .option('--selector <name>', 'only this key')
    .option('--force', 'let the key sign without having seen its record')
    .action(async (domain: string, options: { selector?: string; force?: true }) => {
      const result = await cli.call('dkim.verify', { domain, ...options })
      cli.answer(result, ({ keys }) => keyTable(keys, cli.terminal.width) + keys.map(complaint).join(''))
      if (result.keys.some((key) => key.seenAt === null)) process.exitCode = 1
    })
  command
    .command('rm <domain> <selector>')
    .description('remove a key')
    .action(async (domain: string, selector: string) => {
      const { removed } = await cli.call('dkim.remove', { domain, selector })
      if (!removed) throw notFound(`There is no key ${selector} of ${domain}.`, "'hms dkim ls' lists them.")
      cli.answer({ removed }, () => `Removed ${selector}._domainkey.${domain}.\n`)
    })
  command.addHelpText(
    'after',
    '\nExamples:\n  hms dkim create example.com\n  hms dkim create example.com --algorithm ed25519-sha256\n  hms dkim verify example.com\n  hms dkim import example.com s1 key.pem',
  )
}

function registerMaking(command: Command, cli: Cli): void {
  const shared = (sub: Command): Command =>
    sub
      .option('--account <id>', 'sign only mail of this account', accountId)
      .option('--provider', "the installation's own second signature, on every message")
  shared(command.command('create <domain>'))
    .description('create a key and print its DNS record')
    .option('--selector <name>', 'its selector; otherwise one is made up')
    .option('--algorithm <rsa-sha256|ed25519-sha256>', 'rsa-sha256 unless said otherwise', algorithm)
    .action(async (domain: string, { provider, ...options }: KeyOptions) => {
      const params = { domain, ...options, ...(provider && { role: 'provider' as const }) }
      cli.answer(await cli.call('dkim.create', params), publish)
    })
  shared(command.command('import <domain> <selector> <file>'))
    .description('import an existing private key (PEM)')
    .action(async (domain: string, selector: string, file: string, { provider, ...options }: KeyOptions) => {
      const params = { domain, selector, privateKey: readKey(file), ...options, ...(provider && { role: 'provider' as const }) }
      cli.answer(await cli.call('dkim.import', params), publish)
    })
}

function algorithm(text: string): DkimAlgorithm {
  if (text === 'rsa-sha256' || text === 'rsa') return 'rsa-sha256'
  if (text === 'ed25519-sha256' || text === 'ed25519') return 'ed25519-sha256'
  throw badArgument(`"${text}" is neither rsa-sha256 nor ed25519-sha256.`)
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw badArgument(`The key cannot be read: ${messageOf(error)}.`)
  }
}

function publish(key: DkimKeyView): string {
  const state =
    key.seenAt === null ? `It signs once this record is published and 'hms dkim verify ${key.domain}' has seen it.` : 'It signs.'
  return `Key ${key.selector} of ${key.domain} (${key.algorithm}, ${key.role}). ${state}\n\n${pasteable(key.record)}`
}

function complaint({ domain, selector, problem }: DkimKeyView & { readonly problem: string | null }): string {
  return problem === null
    ? ''
    : `The record of ${selector}._domainkey.${domain}: ${visible(problem)} ('hms dkim show ${domain}' prints it)\n`
}

function keyTable(keys: readonly DkimKeyView[], width: number): string {
  return table(
    keys,
    [
      { title: 'DOMAIN', of: (key) => key.domain, shrinks: true },
      { title: 'SELECTOR', of: (key) => key.selector, shrinks: true },
      { title: 'ALGORITHM', of: (key) => key.algorithm },
      { title: 'ROLE', of: (key) => key.role },
      { title: 'ACCOUNT', of: (key) => key.account ?? 'any', right: true },
      { title: 'SIGNS SINCE', of: (key) => (key.seenAt === null ? 'not yet' : dateTime(key.seenAt)) },
    ],
    width,
    'No DKIM keys.',
  )
}
