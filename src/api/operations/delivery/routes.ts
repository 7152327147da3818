// Fixed routes (smart hosts): read from `smtp://user:password@host:port`, shown without the password.
import { isIP } from 'node:net'
import type { RouteView } from '../../../contract/operations.ts'
import type { Route, TlsPolicy } from '../../../contract/settings.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { domainOf, Params, refused } from '../params.ts'

const PORT = 25
/** rfc:8314#3.3 */
const IMPLICIT_TLS_PORT = 465
const POLICIES: readonly TlsPolicy[] = ['none', 'may', 'encrypt', 'verify']
const FORM = /^(smtps?):\/\/(?:(.*)@)?(\[[^\]]*\]|[^@:/?#[\]]+)(?::(\d{1,5}))?\/?$/i

export interface RouteTarget {
  readonly implicitTls: boolean
  readonly host: string
  readonly port: number
  readonly user: string | null
  readonly password: string | null
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refused('The user or password in the URL is not percent-encoded as it must be.', 'Give them with --user and --password.')
  }
}

function hostOf(text: string): string {
  if (text.startsWith('[')) {
    const address = text.slice(1, -1)
    if (isIP(address) !== 6) throw refused(`${text} is no IPv6 address.`)
    return address.toLowerCase()
  }
  return isIP(text) === 4 ? text : domainOf(text, 'The host')
}

/** Reads a route's URL. The text of a refusal never quotes it, as it may hold a password. */
export function parseRouteUrl(url: string): RouteTarget {
  const [, scheme, login, host, port] = FORM.exec(url) ?? []
  if (scheme === undefined || host === undefined)
    throw refused('The URL of a route has the form smtp://host:port or smtps://host:port.', 'For example smtp://relay.example.com:587.')
  const implicitTls = scheme.toLowerCase() === 'smtps'
  const number = port === undefined ? (implicitTls ? IMPLICIT_TLS_PORT : PORT) : Number(port)
  if (number < 1 || number > 65_535) throw refused(`${number} is no port.`)
  const colon = login?.indexOf(':') ?? -1
  if (login !== undefined && colon < 0) throw refused('The URL has a user and no password.', 'Write smtp://user:password@host:port.')
  const user = login === undefined ? null : decoded(login.slice(0, colon))
  const password = login === undefined ? null : decoded(login.slice(colon + 1))
  return { implicitTls, host: hostOf(host), port: number, user, password }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** What the policy is where none was given: a password must not go out in the clear, on loopback nobody listens. */
function defaultPolicy({ implicitTls, user, host }: RouteTarget): TlsPolicy {
  return implicitTls || (user !== null && !isLoopback(host)) ? 'encrypt' : 'may'
}

/** `*`, `*.domain` or a domain. */
export function parsePattern(text: string): string {
  if (text === '*') return text
  return text.startsWith('*.') ? `*.${domainOf(text.slice(2), 'The pattern')}` : domainOf(text, 'The pattern')
}

function checkedLogin(user: string | null, password: string | null): void {
  if ((user === null) !== (password === null))
    throw refused('A route has both a user and a password, or neither.', 'With hms: --user NAME --password-stdin < file.')
  if (user === '' || password === '') throw refused('The user and the password of a route must not be empty.')
  if (/[\r\n\0]/.test(`${user}${password}`)) throw refused('The user or password holds a line break or a NUL.')
}

function viewOf({ password, ...route }: Route): RouteView {
  return { ...route, hasPassword: password !== null }
}

export function routeOperations({ settings, by }: OperationContext): OperationsOf<'route'> {
  return {
    'route.list': async (values) => {
      new Params(values).done()
      return settings.read().routes.map(viewOf)
    },
    'route.set': async (values) => {
      const params = new Params(values)
      const pattern = parsePattern(params.text('pattern', 255))
      const target = parseRouteUrl(params.text('url', 2000))
      const user = params.optional('user', () => params.text('user', 500)) ?? target.user
      const password = params.optional('password', () => params.text('password', 500)) ?? target.password
      const tls = params.optional('tls', () => params.choice('tls', POLICIES)) ?? defaultPolicy({ ...target, user })
      params.done()
      checkedLogin(user, password)
      if (target.implicitTls && tls === 'none') throw refused('smtps:// is TLS from the first octet: the policy cannot be none.')
      const route: Route = { pattern, ...target, user, password, tls }
      settings.putRoute(route, by)
      return viewOf(route)
    },
    'route.remove': async (values) => {
      const params = new Params(values)
      const pattern = parsePattern(params.text('pattern', 255))
      params.done()
      return { removed: settings.removeRoute(pattern, by) }
    },
  }
}
