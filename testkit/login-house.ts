// A house whose people log in by a provider that says what the test wants: over real sockets and a real access.db.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Guarded } from '../src/api/access/guarded.ts'
import { LoginPages } from '../src/api/access/oidc/login-pages.ts'
import { ProviderLogouts } from '../src/api/access/oidc/provider-logouts.ts'
import { Proofs } from '../src/api/access/proofs.ts'
import { systemClock } from '../src/base/clock.ts'
import type { StoredProvider } from '../src/engine/ports/providers.ts'
import type { Answered } from '../src/net/web/web-listener.ts'
import { openProviderFetch } from '../src/services/access/provider-fetch.ts'
import { openAccess } from '../src/store/sqlite/access/access.ts'
import { makeKeyFile } from '../src/store/sqlite/settings/sealing.ts'
import { configWith } from './engine-home.ts'
import { FakeClock } from './fake-clock.ts'
import { startOidcLiar } from './oidc-liar.ts'
import { temporaryFolder } from './spool-samples.ts'

export const PANEL = 'https://mta.example'
const HASH = 'not a hash of anything'

export function providerOf(name: string, issuer: string, given: Partial<StoredProvider> = {}): StoredProvider {
  return {
    name,
    title: name,
    issuer,
    clientId: 'hms',
    panel: PANEL,
    scopes: ['openid', 'email'],
    domains: [],
    makes: false,
    role: null,
    claim: null,
    roles: {},
    account: null,
    secondFactor: [],
    trustsEmail: false,
    only: false,
    sessionHours: 12,
    private: true,
    enabled: true,
    secretSince: 1,
    madeAt: 1,
    ...given,
  }
}

/** What a browser has after the first step. */
interface Begun {
  readonly cookie: string
  readonly state: string
  readonly nonce: string
  readonly sentTo: URL
}

export async function loginHouse(given: Partial<StoredProvider> = {}, failuresAllowed = 1000) {
  const liar = await startOidcLiar()
  const folder = temporaryFolder()
  const keyFile = join(folder.path, 'key')
  makeKeyFile(keyFile)
  const clock = new FakeClock()
  const firstUsers = () => [{ name: 'ann@example.com', role: 'owner' as const, hash: HASH }]
  const book = openAccess({ file: join(folder.path, 'access.db'), keyFile, firstUsers }, clock.now())
  const config = configWith({ 'auth.failures': failuresAllowed })
  const opened = openProviderFetch(config, systemClock)
  const failures: string[] = []
  const changes: string[] = []
  const logouts = new ProviderLogouts()
  const pages = new LoginPages({
    book,
    logouts,
    proofs: new Proofs(),
    guarded: new Guarded(config, clock),
    clock,
    fetch: opened.fetch,
    note: () => {},
    changed: (by, action, user, { before, after }) => changes.push(`${by} ${action} ${user} ${before} ${after}`),
    failed: (_what, { error }) => failures.push(error),
  })
  let callers = 0
  /** Each from a network of its own: how failures of one slow it is tried elsewhere. */
  const get = (path: string, cookie?: string, isSecure = true, from?: string): Promise<Answered> => {
    const [where = '', query = ''] = path.split('?')
    const headers = { host: 'mta.example', ...(cookie !== undefined && { cookie }) }
    const client = from ?? `198.18.${callers++}.1`
    return pages.answer({ method: 'GET', path: where, query, headers, client, tls: null, isSecure, body: async () => null })
  }
  const begin = async (name = 'company'): Promise<Begun> => {
    const { status, headers } = await get(`/login/oidc/${name}`)
    assert.equal(status, 303, failures.at(-1))
    const sentTo = new URL(headers['location'] ?? '')
    const { state, nonce } = Object.fromEntries(sentTo.searchParams)
    return { cookie: headers['set-cookie']?.split(';')[0] ?? '', state: state ?? '', nonce: nonce ?? '', sentTo }
  }
  const comeBack = ({ cookie, state }: Begun, query: Record<string, string> = {}, name = 'company'): Promise<Answered> =>
    get(`/login/oidc/${name}/callback?${new URLSearchParams({ code: 'code', state, iss: liar.issuer, ...query }).toString()}`, cookie)
  /** Somebody logs in, with these claims beside the usual ones. */
  const login = async (claims: Record<string, unknown>, name = 'company'): Promise<Answered> => {
    const begun = await begin(name)
    liar.token = (usual) => ({ claims: { ...usual, nonce: begun.nonce, ...claims } })
    return comeBack(begun, {}, name)
  }
  const sessions = (): number => book.sessions({}, clock.now()).length
  book.providers.add(providerOf('company', liar.issuer, given), 'the secret')
  const dispose = async (): Promise<void> => {
    opened[Symbol.dispose]()
    book[Symbol.dispose]()
    folder[Symbol.dispose]()
    await liar[Symbol.asyncDispose]()
  }
  const change = (settings: Partial<StoredProvider>): void =>
    book.providers.set(providerOf('company', liar.issuer, { ...given, ...settings }))
  return { liar, clock, book, logouts, get, begin, comeBack, login, sessions, change, failures, changes, [Symbol.asyncDispose]: dispose }
}

export const ANN = { email: 'ann@example.com', email_verified: true }
