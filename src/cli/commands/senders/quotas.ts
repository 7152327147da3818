// `hms account quota` and `hms credential quota`: how much of its mail is taken, and how much of that is used up.
import type { Command } from 'commander'
import { QUOTA_NAMES, type QuotaChange, type QuotaName, QUOTAS, type Quotas, type QuotaUse } from '../../../contract/accounts.ts'
import { parseSize } from '../../../base/quantities.ts'
import { accountId, badArgument, type Cli, wholeNumber } from '../../cli.ts'
import { table } from '../../output/table.ts'

type Given = { readonly [K in QuotaName]?: number | 'none' }

export function registerAccountQuota(command: Command, cli: Cli): void {
  withQuotas(command.command('quota <id>').description('set the quotas of an account, across all its logins'), QUOTA_NAMES).action(
    async (id: string, given: Given) => {
      const result = await cli.call('account.quota', { id: accountId(id), quotas: changeOf(given, `hms account show ${id}`) })
      cli.answer(result, ({ quotas }) => told(`Account ${id}`, quotas))
    },
  )
}

export function registerLoginQuota(command: Command, cli: Cli): void {
  withQuotas(
    command.command('quota <user>').description('set the quotas of one login, in addition to those of its account'),
    QUOTA_NAMES.filter((name) => QUOTAS[name].counts !== 'queue'),
  ).action(async (user: string, given: Given) => {
    const result = await cli.call('credential.quota', { user, quotas: changeOf(given, 'hms account show ACCOUNT') })
    cli.answer(result, ({ quotas }) => told(`The login ${user}`, quotas))
  })
}

function withQuotas(command: Command, names: readonly QuotaName[]): Command {
  for (const name of names) {
    const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    command.option(`--${flag} <n|none>`, QUOTAS[name].words, (text) => (text === 'none' ? text : amountOf(name, text)))
  }
  return command
}

function amountOf(name: QuotaName, text: string): number {
  if (name !== 'queuedBytes') return wholeNumber(name === 'messagesPerHour' ? 0 : 1, 1e9)(text)
  const size = parseSize(text)
  if (size === undefined || !Number.isSafeInteger(size) || size < 1) throw badArgument(`"${text}" is no size such as 500MiB or 2GiB.`)
  return size
}

/** `shown`: what shows those that are set. */
function changeOf(given: Given, shown: string): QuotaChange {
  const named = Object.entries(given) as [QuotaName, number | 'none'][]
  if (named.length === 0) throw badArgument('No quota was named.', `'${shown}' shows those that are set and their use, '--help' lists all.`)
  return Object.fromEntries(named.map(([name, limit]) => [name, limit === 'none' ? null : limit]))
}

function told(who: string, quotas: Quotas): string {
  const all = (Object.entries(quotas) as [QuotaName, number][]).map(([name, limit]) => `${limit} ${QUOTAS[name].words}`)
  return `${who} may send ${all.length === 0 ? 'as much as it likes' : `at most ${all.join(', ')}`}.\n`
}

/** Use against quota; nothing where there are none. */
export function useTable(use: readonly QuotaUse[], width: number): string {
  if (use.length === 0) return ''
  const share = ({ used, limit }: QuotaUse): string => (used === null || limit === 0 ? '-' : `${Math.round((used / limit) * 100)} %`)
  return `\n${table(
    use,
    [
      { title: 'QUOTA', of: ({ quota }) => QUOTAS[quota].words },
      { title: 'OF', of: ({ user }) => user ?? 'the account', shrinks: true },
      { title: 'USED', of: ({ used }) => used ?? '-', right: true },
      { title: 'LIMIT', of: ({ limit }) => limit, right: true },
      { title: 'SHARE', of: share, right: true },
    ],
    width,
    '',
  )}`
}
