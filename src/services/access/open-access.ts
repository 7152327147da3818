// Access in the desk: the users, sessions and keys of the home, who calls by them, and what was last used written down now and then.
import type { Ms } from '../../base/brand.ts'
import { type Clock, every } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { messageOf } from '../../base/fault.ts'
import { Doorkeeper } from '../../api/access/doorkeeper.ts'
import { Guarded } from '../../api/access/guarded.ts'
import type { LoginPages } from '../../api/access/oidc/login-pages.ts'
import { ProviderLogouts } from '../../api/access/oidc/provider-logouts.ts'
import { OwnAccess } from '../../api/access/own-access.ts'
import { Proofs } from '../../api/access/proofs.ts'
import type { Actor } from '../../contract/actor.ts'
import type { Config } from '../../contract/options.ts'
import type { Access, AccessBook } from '../../engine/ports/access.ts'
import type { AuditCall, SettingsStore } from '../../engine/ports/stores.ts'
import { accessFile, keyFile } from '../../lifecycle/home-files.ts'
import type { Answered, WebRequest } from '../../net/web/web-listener.ts'
import { PasswordHashes } from '../../policy/access/password-hash.ts'
import { type AccessStore, openAccess } from '../../store/sqlite/access/access.ts'
import { hostNameOf } from '../host-name.ts'
import type { ListenAddresses } from '../launch.ts'

const FLUSH_EVERY: Ms = 5000

export interface AccessParts {
  readonly home: string
  readonly config: Config
  readonly settings: SettingsStore
  readonly clock: Clock
}

/** The users of a home, its first ones those of its settings. */
export function openAccessOf({ home, config, settings, clock }: AccessParts): AccessStore {
  const files = { file: accessFile(home), keyFile: keyFile(home, config), firstUsers: () => settings.firstUsers() }
  return openAccess(files, clock.now())
}

export interface OpenedAccess extends Disposable {
  /** Of paths below `/login/oidc/`. */
  readonly login: (request: WebRequest) => Promise<Answered>
  readonly book: AccessBook
  readonly access: Access
}

/** Of what somebody did about his own access. */
function personal(actor: Actor, operation: string): AuditCall {
  return { actor, operation, wrote: () => {} }
}

export interface AccessDeskParts extends AccessParts {
  readonly log: Log
  readonly addresses: Pick<ListenAddresses, 'panel.listen' | 'panel.tls_listen'>
}

export function openAccessDesk(parts: AccessDeskParts): OpenedAccess {
  const { config, settings, clock, log, addresses } = parts
  const book = openAccessOf(parts)
  const guarded = new Guarded(config, clock)
  const [logouts, proofs] = [new ProviderLogouts(), new Proofs()]
  const own = new OwnAccess({
    book,
    logouts,
    proofs,
    hashes: new PasswordHashes(),
    guarded,
    clock,
    host: config['host.name'],
    names: {
      hosts: [hostNameOf(config), ...config['panel.hosts']].map((host) => host.toLowerCase()),
      ports: addresses['panel.tls_listen'].map(({ port }) => port),
      plainPorts: addresses['panel.listen'].map(({ port }) => port),
    },
    note: ({ by, address }, action, subject) => settings.as(personal({ by, via: 'panel', address }, action)).note(by, action, subject),
    failed: (what, user, address) => log.info(what, { client: address, user }),
  })
  const flushing = every(clock, FLUSH_EVERY, () => {
    try {
      book.flush()
    } catch (error) {
      log.error('what was last used cannot be written down', { error: messageOf(error) })
    }
  })
  const pages = loginPagesOf(parts, { book, guarded, logouts, proofs })
  return {
    book,
    login: (request) => pages.answer(request),
    access: new Doorkeeper({ book, guarded, own, proofs, clock }),
    [Symbol.dispose]() {
      flushing[Symbol.dispose]()
      pages[Symbol.dispose]()
      book[Symbol.dispose]()
    },
  }
}

interface LazyPages extends Disposable {
  answer(request: WebRequest): Promise<Answered>
}

/** Loaded with the first login by a provider: most servers have none. */
function loginPagesOf(
  parts: AccessParts & { readonly log: Log },
  around: { readonly book: AccessBook; readonly guarded: Guarded; readonly logouts: ProviderLogouts; readonly proofs: Proofs },
): LazyPages {
  const { config, settings, clock, log } = parts
  let loaded: Promise<LoginPages> | null = null
  const opened = new DisposableStack()
  const load = async (): Promise<LoginPages> => {
    const { LoginPages } = await import('../../api/access/oidc/login-pages.ts')
    const { openProviderFetch } = await import('./provider-fetch.ts')
    const { fetch } = opened.use(openProviderFetch(config, clock))
    return new LoginPages({
      ...around,
      clock,
      fetch,
      note: ({ by, address }, action, subject) => settings.as(personal({ by, via: 'panel', address }, action)).note(by, action, subject),
      changed: (by, action, user, { before, after }) =>
        settings.as(personal({ by, via: 'panel', address: null }, action)).note(by, action, user, {
          before: before === null ? null : { role: before },
          after: { role: after },
        }),
      failed: (what, facts) => log.warn(what, { ...facts }),
    })
  }
  return {
    answer: async (request) => (await (loaded ??= load())).answer(request),
    [Symbol.dispose]: () => opened.dispose(),
  }
}
