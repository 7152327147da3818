// The installation's own domains, and whose feedback loops count.
import type { Domain } from '../../../base/brand.ts'
import { type FeedbackReporter, type OwnDomain, type Settings } from '../../../contract/settings.ts'
import { isMailboxName, MOST_MAILBOXES } from '../../../policy/feedback/own-mailboxes.ts'
import { SHIPPED_REPORTERS } from '../../../policy/feedback/reporters.ts'
import { parseMailbox } from '../../../smtp/address.ts'
import { existingAccount } from '../existing-account.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { domainOf, Params, refused } from '../params.ts'

export function inboundOperations({ settings, by }: OperationContext): OperationsOf<'inbound'> {
  return {
    'inbound.list': async (values) => {
      const params = new Params(values)
      const domain = params.optional('domain', () => params.domain('domain'))
      const account = params.optional('account', () => params.account('account'))
      params.done()
      const { ownDomains } = settings.read()
      const named = domain === undefined ? [...ownDomains.values()] : [ownDomains.get(domain) ?? []].flat()
      return account === undefined ? named : named.filter((one) => one.account === account)
    },
    'inbound.add': async (values) => {
      const params = new Params(values)
      const domain = params.domain('domain')
      const account = params.optional('account', () => params.account('account')) ?? null
      const forward = params.optional('forward', () => params.text('forward', 320))
      const localParts = params.optional('localParts', () => params.list('localParts', MOST_MAILBOXES)) ?? []
      params.done()
      const state = settings.read()
      if (account !== null) existingAccount(state, account)
      const forwardTo = forward === undefined ? null : forwardAddress(state, domain, forward)
      const own: OwnDomain = { domain, account, forwardTo, localParts: localParts.map(mailboxName) }
      settings.putOwnDomain(own, by)
      return own
    },
    'inbound.remove': async (values) => {
      const params = new Params(values)
      const domain = params.domain('domain')
      params.done()
      return { removed: settings.removeOwnDomain(domain, by) }
    },
  }
}

/** Mail that came to us and goes to us again would go round. */
function forwardAddress({ ownDomains }: Settings, domain: Domain, text: string): string {
  const mailbox = parseMailbox(text, false)
  if (typeof mailbox === 'string') throw refused(`${JSON.stringify(text.slice(0, 100))} is no mailbox: ${mailbox}.`)
  if (mailbox.domain === domain || ownDomains.has(mailbox.domain))
    throw refused(`${mailbox.domain} is a domain of this installation: its mail would go round.`, 'Name a mailbox somewhere else.')
  return mailbox.address
}

function mailboxName(value: unknown): string {
  const name = typeof value === 'string' ? value.trim().toLowerCase() : ''
  if (!isMailboxName(name))
    throw refused(
      `${JSON.stringify(String(value).slice(0, 100))} is no name of a mailbox.`,
      'Write what stands before the @, such as support.',
    )
  return name
}

export function reporterOperations({ settings, by }: OperationContext): OperationsOf<'reporter'> {
  return {
    'reporter.list': async (values) => {
      new Params(values).done()
      const own = settings.read().reporters
      const named = new Set(own.map(({ who }) => who))
      const shipped = SHIPPED_REPORTERS.filter(({ who }) => !named.has(who))
      return [
        ...shipped.map(({ who, operator }) => ({ who, operator, isShipped: true, enrolled: true })),
        ...own.map(({ who, enrolled }) => Object.assign({ who, enrolled }, shippedOf(who))),
      ]
    },
    'reporter.add': async (values) => {
      const params = new Params(values)
      const who = reporterName(params.text('who', 320))
      params.done()
      const reporter: FeedbackReporter = { who, enrolled: true }
      // The program knows it already: what the owner said against it is taken back.
      if (shippedOf(who).isShipped) settings.removeReporter(who, by)
      else settings.putReporter(reporter, by)
      return reporter
    },
    'reporter.remove': async (values) => {
      const params = new Params(values)
      const who = reporterName(params.text('who', 320))
      params.done()
      if (!shippedOf(who).isShipped) return { removed: settings.removeReporter(who, by) }
      const wasOut = settings.read().reporters.some((one) => one.who === who && !one.enrolled)
      if (!wasOut) settings.putReporter({ who, enrolled: false }, by)
      return { removed: !wasOut }
    },
  }
}

function reporterName(text: string): string {
  if (!text.includes('@')) return domainOf(text, 'who')
  const mailbox = parseMailbox(text, false)
  if (typeof mailbox === 'string') throw refused(`${JSON.stringify(text.slice(0, 100))} is neither a domain nor a mailbox: ${mailbox}.`)
  return mailbox.address.toLowerCase()
}

function shippedOf(who: string): { readonly operator: string | null; readonly isShipped: boolean } {
  const shipped = SHIPPED_REPORTERS.find((one) => one.who === who)
  return { operator: shipped?.operator ?? null, isShipped: shipped !== undefined }
}
