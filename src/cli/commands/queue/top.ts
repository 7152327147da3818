// `hms top`: the sites that mail goes to, as they are now; on a terminal again and again in the same place.
import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from 'commander'
import type { AccountId } from '../../../base/brand.ts'
import type { OperationParams } from '../../../contract/operations.ts'
import { type ProviderNow, type SiteNow, type SiteReply, type SitesNow, TOP_ORDERS, type TopOrder } from '../../../contract/why.ts'
import { accountId, badArgument, type Cli, domainName, wholeNumber } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { counted, dateTime, relative } from '../../output/when.ts'

interface Options {
  readonly account?: AccountId
  readonly domain?: ReturnType<typeof domainName>
  readonly by: TopOrder
  readonly limit?: number
  readonly once?: true
  readonly site?: string
  readonly provider?: string
  readonly providers?: true
  readonly replies?: true
}

const EVERY = 2000
const USUAL = 50
/** Lines above and below the table. */
const AROUND = 4
const HOME_AND_CLEAR = '\x1b[H\x1b[J'

export function register(command: Command, cli: Cli): void {
  command
    .option('--by <order>', `sort by ${TOP_ORDERS.join(', ')}`, orderOf, 'queued')
    .option('--domain <name>', 'only the site of this domain, with the mail queued for the domain', domainName)
    .option('--account <id>', 'only sites at which mail of this account is ready in memory, with how much', accountId)
    .option('--site <name>', 'only this site')
    .option('--provider <name>', "only sites of this provider of the rules; 'other' for sites of none")
    .option('--providers', 'totals by provider, once')
    .option('--replies', 'replies to deferred and failed mail of the last hour, most frequent first, once')
    .option('--limit <n>', `at most this many sites; ${USUAL}, or as many as fit the terminal`, wholeNumber(1, 1000))
    .option('--once', 'print once and exit')
    .addHelpText(
      'after',
      '\nQUEUED counts recipients on disk and in memory, READY those in memory. RATE/MIN is messages in the last 60 seconds, of those that the rules\n' +
        'allow; DEFERRED is of the last hour; LIMITED BY is the limiting factor, as hms why gives it for a domain. Without a terminal, and with --json, the list is printed once.\n\nExamples:\n  hms top\n  hms top --by deferrals --limit 10 --once\n  hms top --providers\n  hms top --replies --provider google',
    )
    .action(async (options: Options) => {
      const { terminal } = cli
      if (options.providers === true)
        return cli.answer(await cli.call('sites.providers', {}), (rows) => providerTable(rows, terminal.width))
      if (options.replies === true)
        return cli.answer(await cli.call('sites.replies', placeOf(options)), (rows) => replyTable(rows, terminal.width))
      if (options.once === true || cli.json || !terminal.interactive) {
        cli.answer(await cli.call('sites.top', paramsOf(options, USUAL)), (now) => listing(now, terminal.width))
        return
      }
      for (;;) {
        const now = await cli.call('sites.top', paramsOf(options, Math.max(1, terminal.height - AROUND)))
        terminal.write(
          `${HOME_AND_CLEAR}${listing(now, terminal.width)}\n${dateTime(Date.now())}, updated every ${EVERY / 1000} s; Ctrl-C to quit.`,
        )
        await wait(EVERY)
      }
    })
}

function orderOf(text: string): TopOrder {
  const order = TOP_ORDERS.find((one) => one === text)
  if (order === undefined) throw badArgument(`"${text}" is none of ${TOP_ORDERS.join(', ')}.`)
  return order
}

function paramsOf({ account, domain, by, limit, ...others }: Options, usual: number): OperationParams<'sites.top'> {
  const only = { ...(account !== undefined && { account }), ...(domain !== undefined && { domain }), ...placeOf(others) }
  return { by, limit: limit ?? Math.min(1000, usual), ...only }
}

function placeOf({ site, provider }: Pick<Options, 'site' | 'provider'>): OperationParams<'sites.replies'> {
  return { ...(site !== undefined && { site }), ...(provider !== undefined && { provider }) }
}

function providerTable(rows: readonly ProviderNow[], width: number): string {
  const now = Date.now()
  return table(
    rows,
    [
      { title: 'PROVIDER', of: ({ provider }) => provider ?? 'other' },
      { title: 'SITES', of: ({ sites }) => sites, right: true },
      { title: 'QUEUED', of: ({ queued }) => queued, right: true },
      { title: 'IN FLIGHT', of: ({ sending }) => sending, right: true },
      { title: 'RATE/MIN', of: rateOf, right: true },
      { title: 'CONNECTIONS', of: ({ connections, mostConnections }) => `${connections}/${mostConnections}`, right: true },
      { title: 'DEFERRED', of: ({ deferred }) => deferred, right: true },
      { title: 'OVERDUE', of: ({ dueSince }) => (dueSince === null ? null : relative(dueSince, now)) },
      { title: 'LIMITED BY', of: ({ holds }) => heldWords(holds, now), shrinks: true },
    ],
    width,
    'No active destinations.',
  )
}

function replyTable(rows: readonly SiteReply[], width: number): string {
  const now = Date.now()
  return table(
    rows,
    [
      { title: 'COUNT', of: ({ count }) => count, right: true },
      { title: 'RESULT', of: ({ kind }) => kind },
      { title: 'SITE', of: ({ site }) => site, shrinks: true },
      { title: 'LAST', of: ({ at }) => relative(at, now) },
      { title: 'REPLY', of: ({ reply }) => reply, shrinks: true },
    ],
    width,
    'No mail was deferred or failed in the last hour.',
  )
}

function listing({ sites, total }: SitesNow, width: number): string {
  const now = Date.now()
  const unknown = total.unknown === 0 ? '' : `, of which ${total.unknown} for domains not looked up yet`
  const shown = sites.length < total.sites ? `, ${sites.length} of them here` : ''
  return `${counted(total.sites, 'site')}${shown}; ${counted(total.queued, 'recipient')} queued${unknown}\n${table(
    sites,
    [
      { title: 'SITE', of: ({ site }) => site, shrinks: true },
      { title: 'QUEUED', of: ({ queued }) => queued, right: true },
      { title: 'READY', of: ({ ready }) => ready, right: true },
      { title: 'RATE/MIN', of: rateOf, right: true },
      { title: 'CONNECTIONS', of: ({ connections, mostConnections }) => `${connections}/${mostConnections}`, right: true },
      { title: 'DEFERRED', of: ({ deferred }) => deferred, right: true },
      {
        title: 'LIMITED BY',
        of: ({ holds }) => heldWords(holds, now),
        shrinks: true,
      },
      { title: 'LAST REPLY', of: ({ lastReply }) => lastReply, shrinks: true },
    ],
    width,
    'No active destinations.',
  )}`
}

/** Where several things hold mail of a site, each with how much. */
function heldWords(holds: SiteNow['holds'], now: number): string | null {
  const words = holds.map(({ reason, until, recipients }) => {
    const end = until === null ? '' : ` (${relative(until, now)})`
    return `${holds.length === 1 ? '' : `${recipients}: `}${reason}${end}`
  })
  return words.length === 0 ? null : words.join(' ')
}

function rateOf({ messages, allowed }: Pick<SiteNow, 'messages' | 'allowed'>): string {
  if (allowed === null) return String(messages)
  return `${messages}/${allowed < 10 ? Math.round(allowed * 10) / 10 : Math.round(allowed)}`
}
