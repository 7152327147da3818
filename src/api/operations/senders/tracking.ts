// What an account does about unsubscribing, opens and clicks.
import type { AccountId, Domain } from '../../../base/brand.ts'
import type { Settings } from '../../../contract/settings.ts'
import { LANGUAGES, PAGE_WORDS, type PageWords, type Tracking } from '../../../contract/tracking.ts'
import { existingAccount } from '../existing-account.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { domainOf, Params, refused } from '../params.ts'
import { ensureTokenKey } from './tokens.ts'

const LONGEST_WORDS = 500

/** A name with a port where it is not 443, in the one form that links and certificates have. */
function hostOf(text: string): string {
  const [name = '', port, more] = text.toLowerCase().split(':')
  const isPort = port === undefined || (/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536)
  if (more !== undefined || !isPort || !name.includes('.') || !/^[a-z0-9.-]+$/.test(name))
    throw refused(`"${text}" is no host for links.`, 'Write a name of yours such as click.example.com, without https://.')
  const host = domainOf(name, 'host')
  return port === undefined || port === '443' ? host : `${host}:${Number(port)}`
}

function wordsOf(values: unknown): Partial<PageWords> {
  const params = new Params(values, 'words')
  const words = PAGE_WORDS.map((name) => [name, params.optional(name, () => params.text(name, LONGEST_WORDS))] as const)
  params.done()
  return Object.fromEntries(words.filter(([, text]) => text !== undefined))
}

function changeOf(values: unknown): Partial<Tracking> {
  const params = new Params(values, 'change')
  const orNull = <T>(name: string, read: () => T): T | null => (params.raw(name) === null ? null : read())
  const change = {
    host: params.optional('host', () => orNull('host', () => hostOf(params.text('host', 260)))),
    opens: params.optional('opens', () => params.flag('opens')),
    clicks: params.optional('clicks', () => params.flag('clicks')),
    force: params.optional('force', () => params.flag('force')),
    mailDomain: params.optional('mailDomain', () => orNull('mailDomain', () => params.domain('mailDomain'))),
    language: params.optional('language', () => orNull('language', () => params.choice('language', LANGUAGES))),
    words: params.optional('words', () => wordsOf(params.raw('words'))),
    leaveLarge: params.optional('leaveLarge', () => params.flag('leaveLarge')),
  }
  params.done()
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
}

/** Whoever writes there must reach this server. */
function checkMailDomain({ ownDomains }: Settings, account: AccountId, domain: Domain): void {
  const own = ownDomains.get(domain)
  if (own !== undefined && (own.account === null || own.account === account)) return
  throw refused(`Mail for ${domain} does not come to account ${account} here.`, `'hms inbound add ${domain}' lets it come.`)
}

export function trackingOperations(context: OperationContext): OperationsOf<'account.tracking'> & OperationsOf<'tracking'> {
  const { settings, by } = context
  return {
    'tracking.hosts': async (values) => {
      new Params(values).done()
      return settings.read().trackingHosts
    },
    'account.tracking.set': async (values) => {
      const params = new Params(values)
      const id = params.account('id')
      const change = changeOf(params.raw('change'))
      params.done()
      const known = settings.read()
      const account = existingAccount(known, id)
      if (change.mailDomain !== undefined && change.mailDomain !== null) checkMailDomain(known, id, change.mailDomain)
      const tracking = { ...account.tracking, ...change }
      const { host, mailDomain, opens, clicks, force } = tracking
      if (host === null && (opens || clicks || (force && mailDomain === null)))
        throw refused('Nothing can be tracked without a host for the links.', 'Set one, such as --host click.example.com.')
      if (host !== null || mailDomain !== null) ensureTokenKey(context)
      const changed = { ...account, tracking }
      settings.putAccount(changed, by)
      return changed
    },
  }
}
