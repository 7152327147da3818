// Logging in by a provider of OpenID Connect, as a browser goes about it: `/login/oidc/NAME` sends it to the provider, which sends it back to
// `…/callback` with a code (the code flow with PKCE). Whatever goes wrong is a page that a person can read; what exactly is in the log.
import { Fault, messageOf } from '../../../base/fault.ts'
import type { CallFacts, Role } from '../../../contract/access.ts'
import { loginPath, secondFactorAt } from '../../../policy/access/provider-rules.ts'
import type { Answered, WebRequest } from '../../../net/web/web-listener.ts'
import { beginSession, type BeginningParts } from '../begin-session.ts'
import { cookieFrom, isPrivate, setCookie } from '../cookies.ts'
import { admit, type Admission, type Brought } from './admission.ts'
import { LONGEST_LOGIN, PendingLogins } from './pending.ts'
import { type Known, ProviderClients, type ProviderFetch, ProviderSilent } from './provider-clients.ts'

export interface LoginPagesParts extends BeginningParts {
  readonly fetch: ProviderFetch
  /** What a login changed about a user, for the audit. */
  readonly changed: (by: string, action: string, user: string, role: { readonly before: Role | null; readonly after: Role }) => void
  /** For the log; nothing of it is secret. */
  readonly failed: (what: string, facts: { readonly provider: string; readonly client: string; readonly error: string }) => void
}

const LOGIN_ROOT = '/login/oidc/'

const COOKIE = 'hms-oidc'
const LONGEST_QUERY = 8192

/** What is said to a person. */
interface Sentence {
  readonly status: number
  readonly why: string
  readonly mend: string
  /** Where to begin anew. */
  readonly again?: string
}

export class LoginPages {
  readonly #parts: LoginPagesParts
  readonly #clients: ProviderClients
  readonly #pending = new PendingLogins()

  constructor(parts: LoginPagesParts) {
    this.#parts = parts
    this.#clients = new ProviderClients(parts.fetch, parts.clock)
  }

  /** Of paths below `LOGIN_ROOT`. */
  async answer(request: WebRequest): Promise<Answered> {
    const [name = '', what, ...more] = request.path.slice(LOGIN_ROOT.length).split('/')
    if (request.method !== 'GET') return { ...problem({ status: 405, why: 'Only GET.', mend: '' }), headers: { ...HTML, allow: 'GET' } }
    const known = more.length > 0 || (what !== undefined && what !== 'callback' && what !== 'logout') ? undefined : this.#known(name)
    if (known === undefined) return problem({ status: 404, why: 'There is no such way to log in.', mend: 'Ask whoever runs this server.' })
    const facts = factsOf(request)
    if (!isPrivate(facts))
      return problem({ status: 403, why: 'A session only crosses TLS, or stays on the machine.', mend: `Go to ${known.provider.panel}.` })
    try {
      if (what === 'logout') return await this.#leave(known, facts, request.query)
      return await (what === undefined ? this.#begin(known, facts) : this.#finish(known, facts, request.query))
    } catch (error) {
      return problem(this.#sentence(known, facts, error))
    }
  }

  #known(name: string): Known | undefined {
    const { providers } = this.#parts.book
    const provider = providers.provider(name)
    return provider?.enabled === true ? { provider, secret: providers.secretOf(name) } : undefined
  }

  async #begin(known: Known, facts: CallFacts): Promise<Answered> {
    const { url, ...begun } = await this.#clients.begin(known, facts.address)
    const now = this.#parts.clock.now()
    const until = now + LONGEST_LOGIN
    const sealed = this.#pending.seal({ ...begun, provider: known.provider.name, until })
    const cookie = setCookie(facts, sealed, until, now, { what: COOKIE, site: 'Lax' })
    return { status: 303, headers: { location: url, 'set-cookie': cookie, 'cache-control': 'no-store' }, body: '' }
  }

  /** Only with what whoever logged out here was given: no page of another sends people out of their provider. */
  async #leave(known: Known, facts: CallFacts, query: string): Promise<Answered> {
    const { name, title } = known.provider
    const idToken = this.#parts.logouts.take(name, new URLSearchParams(query).get('leave') ?? '', this.#parts.clock.now())
    if (idToken === undefined)
      return problem({ status: 400, why: 'This way out was used, or it is older than five minutes.', mend: `Log out at ${title} itself.` })
    const url = await this.#clients.end(known, facts.address, idToken)
    if (url !== undefined) return { status: 303, headers: { location: url, 'cache-control': 'no-store' }, body: '' }
    return problem({ status: 200, why: `${title} lets nobody log out from here.`, mend: `Log out at ${title} itself.` })
  }

  async #finish(known: Known, facts: CallFacts, query: string): Promise<Answered> {
    const { clock, guarded } = this.#parts
    const { name } = known.provider
    const again = loginPath(name)
    const pending = this.#pending.open(cookieFrom(facts, COOKIE) ?? '', clock.now())
    // A page of somebody else's may send a browser here with any state: nothing is asked and nothing counted for it.
    if (pending?.provider !== name || query.length > LONGEST_QUERY || new URLSearchParams(query).get('state') !== pending.state) {
      const why = 'This login was not begun in this browser, or it took longer than ten minutes.'
      return problem({ status: 400, why, mend: 'Begin anew.', again })
    }
    let brought: Brought | undefined
    let failure: unknown
    await guarded.check('', facts.address, async () => {
      try {
        brought = await this.#clients.finish(known, pending, { query, address: facts.address })
      } catch (error) {
        failure = error
      }
      return brought !== undefined || isSilence(failure)
    })
    if (brought === undefined) throw failure
    return this.#admit(known, facts, brought)
  }

  /** Without a wait in between: whoever is switched off or removed by now is. */
  #admit(known: Known, facts: CallFacts, brought: Brought): Answered {
    const { book, clock } = this.#parts
    const { provider } = known
    if (JSON.stringify(this.#known(provider.name)) !== JSON.stringify(known))
      return problem({
        status: 403,
        why: 'This way to log in was changed meanwhile.',
        mend: 'Begin anew.',
        again: loginPath(provider.name),
      })
    const now = clock.now()
    const admission = admit(book, provider, brought, now)
    if (admission.kind === 'refused') {
      this.#parts.failed('somebody whom a provider brought was not let in', {
        provider: provider.name,
        client: facts.address,
        error: `${admission.why} (${JSON.stringify(brought.subject.slice(0, 255))})`,
      })
      return problem({ status: 403, why: admission.why, mend: admission.mend })
    }
    if (admission.user.lockedAt !== null)
      return problem({ status: 403, why: `${admission.user.name} is locked.`, mend: 'Ask an administrator.' })
    this.#tell(provider.name, admission)
    const { name: user } = admission.user
    const fresh = secondFactorAt(provider, brought.claims, now)
    const begun = beginSession(this.#parts, { user, fresh, facts, provider })
    if (begun === undefined) throw new Error('the user is gone')
    this.#parts.logouts.began(begun.session, provider.name, brought.idToken)
    return welcome(user, begun.cookie)
  }

  #tell(provider: string, { user, isNew, before }: Admission & { readonly kind: 'in' }): void {
    const role = { before, after: user.role }
    if (isNew) this.#parts.changed(`oidc:${provider}`, 'user made at login', user.name, role)
    else if (before !== null) this.#parts.changed(`oidc:${provider}`, 'role changed at login', user.name, role)
  }

  #sentence({ provider }: Known, { address }: CallFacts, error: unknown): Sentence {
    const again = loginPath(provider.name)
    if (error instanceof Fault)
      return { status: error.temporary ? 503 : 429, why: error.message, mend: error.mend ?? 'Try again later.', again }
    this.#parts.failed('a login by a provider failed', { provider: provider.name, client: address, error: reasonOf(error) })
    const refusal = refusalOf(error)
    if (refusal !== undefined) return { status: 403, why: `${provider.title} did not log you in (${refusal}).`, mend: 'Try again.', again }
    const why = `${provider.title} could not be asked, or its answer is not to be believed.`
    return { status: 502, why, mend: 'Try again. The log of this server tells what was wrong.', again }
  }
}

function factsOf({ method, client, isSecure, headers }: WebRequest): CallFacts {
  const { cookie, host, 'user-agent': agent } = headers
  return { method, address: client, secure: isSecure, cookie, host, agent }
}

function isSilence(error: unknown, depth = 0): boolean {
  if (error instanceof ProviderSilent || error instanceof Fault) return true
  return depth < 3 && error instanceof Error && isSilence(error.cause, depth + 1)
}

/** What went wrong, and what led to it. */
function reasonOf(error: unknown): string {
  const [first, second] = [messageOf(error), error instanceof Error && error.cause instanceof Error ? error.cause.message : '']
  return [first, second]
    .filter((one) => one !== '')
    .join(': ')
    .slice(0, 500)
}

/** The provider says so itself, in a word of rfc:6749#4.1.2.1. */
function refusalOf(error: unknown): string | undefined {
  const said = error instanceof Error && error.name === 'AuthorizationResponseError' && 'error' in error ? error.error : undefined
  return typeof said === 'string' && /^\w{1,60}$/.test(said) ? said : undefined
}

const HTML = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }
const HEAD = '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'

function problem({ status, why, mend, again }: Sentence): Answered {
  const link = again === undefined ? '' : `<p><a href="${escaped(again)}">Log in again</a></p>\n`
  const body = `${HEAD}<title>Not logged in</title>\n<h1>You are not logged in</h1>\n<p>${escaped(why)}</p>\n<p>${escaped(mend)}</p>\n${link}</html>\n`
  return { status, headers: HTML, body }
}

/**
 * A page that leads on by itself, and no redirect: the browser came from the page of another, and would leave the session, which is for pages
 * of this server alone, out of a call that it is only sent on to.
 */
function welcome(user: string, cookie: string): Answered {
  const body = `${HEAD}<meta http-equiv="refresh" content="0;url=/">\n<title>Logged in</title>\n<h1>You are logged in</h1>\n<p>As ${escaped(user)}. <a href="/">Go on</a></p>\n</html>\n`
  return { status: 200, headers: { ...HTML, 'set-cookie': cookie }, body }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (letter) => ENTITIES[letter] ?? '')
}
