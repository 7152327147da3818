// What is asked of the home besides its stores: the checks of `hms doctor`, a test message, what a domain publishes about TLS, the end of a log,
// and the merge of a new default into the configuration.
import { isIP } from 'node:net'
import type { Domain } from '../../../base/brand.ts'
import type { MergeSide, ToolOperations } from '../../../contract/home-tools.ts'
import { routeFor } from '../../../engine/deliver/routing.ts'
import { existingAccount } from '../existing-account.ts'
import type { OperationContext, OperationTable } from '../context.ts'
import { domainOf, Params, refused } from '../params.ts'
import { Rules } from '../delivery/rules-in-force.ts'

type Room = Pick<OperationTable, Exclude<keyof ToolOperations, 'trace.follow'>>

const ADDRESS = /^[^\s<>@]{1,64}@[^\s<>@]{1,255}$/
const MOST_RECIPIENTS = 10
const MOST_ADDRESSES = 20
const MOST_TEXT = 10_000
const MOST_LINES = 1000
const MOST_TAKEN = 1000
const SIDES = ['mine', 'theirs'] as const

export function toolOperations(context: OperationContext): Room {
  return { ...checkOperations(context), ...lookOperations(context), ...configOperations(context) }
}

function checkOperations({ tools, settings, actor }: OperationContext): Pick<Room, 'doctor.check' | 'mail.test'> {
  return {
    'doctor.check': async (values) => {
      const params = new Params(values)
      const options = {
        network: params.flag('network'),
        spool: params.flag('spool'),
        addresses: params.optional('address', () => textsOf(params, 'address', MOST_ADDRESSES).map(machineOf)) ?? [],
        probe: params.optional('probe', () => hostOf(params.text('probe', 253))) ?? null,
      }
      params.done()
      const checks = await tools.doctor(options, actor)
      return { ok: checks.every(({ state }) => state !== 'fail'), checks }
    },
    'mail.test': async (values) => {
      const params = new Params(values)
      const account = params.optional('account', () => params.account('account')) ?? null
      const letter = {
        account,
        from: params.optional('from', () => addressOf(params.text('from', 320))) ?? null,
        to: params.optional('to', () => textsOf(params, 'to', MOST_RECIPIENTS).map(addressOf)) ?? [],
        subject: params.optional('subject', () => params.text('subject', 200)) ?? null,
        text: params.optional('text', () => params.lines('text', MOST_TEXT)) ?? null,
        mailing: params.optional('mailing', () => params.text('mailing', 100)) ?? null,
      }
      params.done()
      if (account !== null) existingAccount(settings.read(), account)
      return tools.sendTest(letter, actor)
    },
  }
}

function lookOperations(context: OperationContext): Pick<Room, 'trust.look' | 'log.read'> {
  const { tools, settings, actor } = context
  return {
    'trust.look': async (values) => {
      const params = new Params(values)
      const domain = params.domain('domain')
      params.done()
      const route = routeFor(settings.read().routes, domain)
      if (route !== null) {
        const { pattern, host, port, tls } = route
        const would = `Mail goes by the route ${pattern} to ${host}:${port}, TLS ${tls}; what the domain publishes does not count.`
        return { ...BY_ROUTE, domain, route: { pattern, host, port, tls }, would: [would] }
      }
      const rules = new Rules(context)
      return {
        domain,
        route: null,
        ...(await tools.trust(domain as Domain, { owner: rules.document('owner'), smart: rules.document('smart') })),
      }
    },
    'log.read': async (values) => {
      const params = new Params(values)
      const account = params.account('id')
      const day = params.optional('day', () => dayOf(params.text('day', 8))) ?? null
      const limit = params.optional('limit', () => params.count('limit', { least: 1, most: MOST_LINES })) ?? 100
      const isFirst = params.raw('before') === null
      const before = isFirst ? null : (params.optional('before', () => params.count('before', { least: 0, most: 2 ** 52 })) ?? null)
      params.done()
      existingAccount(settings.read(), account)
      return tools.log(account, { day, limit, before }, actor)
    },
  }
}

const BY_ROUTE = { found: null, sts: null, plan: null, untrusted: [], asksDane: false, asksSts: false } as const

function configOperations({ tools }: OperationContext): Pick<Room, 'config.files' | 'config.merge.show' | 'config.merge'> {
  return {
    'config.files': async (values) => {
      new Params(values).done()
      return tools.configFiles()
    },
    'config.merge.show': async (values) => {
      new Params(values).done()
      return tools.merge(null, false)
    },
    'config.merge': async (values) => {
      const params = new Params(values)
      const take = params.optional('take', () => takenOf(params.raw('take'))) ?? new Map<string, MergeSide>()
      const rest = params.optional('rest', () => params.choice('rest', SIDES)) ?? null
      const dryRun = params.flag('dryRun')
      params.done()
      return tools.merge({ take, rest }, !dryRun)
    },
  }
}

function takenOf(values: unknown): ReadonlyMap<string, MergeSide> {
  const params = new Params(values, 'take')
  const names = Object.keys(values as object)
  if (names.length > MOST_TAKEN) throw refused(`take has ${names.length} members; at most ${MOST_TAKEN} are allowed.`)
  return new Map(names.map((name) => [name, params.choice(name, SIDES)]))
}

function textsOf(params: Params, name: string, most: number): readonly string[] {
  const texts = params.list(name, most).map((value) => new Params({ [name]: value }).text(name, 320))
  if (texts.length === 0) throw refused(`${name} must not be empty.`)
  return texts
}

/** They are words of a command there: what is none must not become an option of it. */
function machineOf(text: string): string {
  if (isIP(text) === 0) throw refused(`${JSON.stringify(text)} is no IP address.`)
  return text
}

function hostOf(text: string): string {
  return isIP(text) === 0 ? domainOf(text, 'probe') : text
}

function addressOf(text: string): string {
  if (!ADDRESS.test(text)) throw refused(`${JSON.stringify(text)} is no address.`)
  return text
}

function dayOf(text: string): string {
  if (!/^\d{8}$/.test(text)) throw refused('day must be a day such as 20261122.')
  return text
}
