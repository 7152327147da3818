// What `rules.explain` says of plug-ins: rules are not the last word where one is asked about deliveries. Which are asked, and what they said
// last of mail to the domain, as far as workers remember it.
import type { AccountId, Domain } from '../../../base/brand.ts'
import { messageOf } from '../../../base/fault.ts'
import { formatDuration } from '../../../base/quantities.ts'
import type { DomainWord } from '../../../contract/bus.ts'
import type { RuleSettingName } from '../../../contract/rules.ts'
import type { RuleValue } from '../../../policy/rules/merge.ts'
import { formatValue } from '../../../policy/rules/values.ts'
import type { OperationContext } from '../context.ts'

/** `account` null: of any. */
interface Destination {
  readonly domain: Domain
  readonly account: AccountId | null
}

const WHEN = { domainStart: 'before mail to the domain is worked on', mxStart: 'before a connection is opened' } as const
const MOST_ACCOUNTS = 5

/** Sentences; none where no plug-in is asked. */
export async function pluginNotes({ plugins, workers, live }: OperationContext, destination: Destination): Promise<readonly string[]> {
  let here
  try {
    here = plugins.list()
  } catch (error) {
    return [messageOf(error)]
  }
  const { account } = destination
  const asked = here.flatMap(({ name, enabled, problem, hooks, accounts }) => {
    const when = Object.entries(WHEN).flatMap(([hook, words]) => (hooks.includes(hook) ? [words] : []))
    const isAsked = enabled && problem === null && when.length > 0
    if (!isAsked || (account !== null && accounts.length > 0 && !accounts.includes(account))) return []
    return [`Plug-in ${name} is asked ${when.join(' and ')}${ofAccounts(accounts)}, and may say otherwise.`]
  })
  if (asked.length === 0 || !live().running) return asked
  const { answers } = await workers.some('plugins.said', destination)
  return [...asked, ...answers.flatMap(({ slot, words }) => words.map((word) => saidWords(word, slot)))]
}

function ofAccounts(accounts: readonly AccountId[]): string {
  if (accounts.length === 0) return ''
  const more = accounts.length - MOST_ACCOUNTS
  return ` for accounts ${accounts.slice(0, MOST_ACCOUNTS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** `Plug-ins said 25s ago at worker 0, of mail of account 1001: messages_per_hour 50.` */
function saidWords({ account, ago, kind, values, reason }: DomainWord, slot: number): string {
  const set = Object.entries(values).map(([name, value]) => `${name} ${formatValue(name as RuleSettingName, value as RuleValue)}`)
  const said = kind === 'go' ? set.join(', ') || 'it goes by the rules' : `it ${kind === 'defer' ? 'waits' : 'fails'}. ${reason ?? ''}`
  const when = formatDuration(Math.max(1000, Math.round(ago / 1000) * 1000))
  return `Plug-ins said ${when} ago at worker ${slot}, of mail of account ${account}: ${said.replace(/\.$/, '')}.`
}
