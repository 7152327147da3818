// Who calls: the key in the place where the caller's client puts it.
import type { Problem } from '../../contract/injection.ts'
import type { InjectionKey, SesKey, Settings } from '../../contract/settings.ts'
import type { Injector } from '../../engine/accept/injector.ts'
import { findApiKey, findSesKey } from '../../policy/accounts/keys.ts'
import type { Caller, CallHead } from './route.ts'

const NO_KEY: Problem = {
  code: 'not-authenticated',
  message: "There is no key. Send 'Authorization: Bearer KEY'; 'hms credential add ACCOUNT --kind api' makes one.",
}

export class KeyCheck {
  readonly #settings: () => Settings
  readonly #injector: Pick<Injector, 'check'>

  constructor(settings: () => Settings, injector: Pick<Injector, 'check'>) {
    this.#settings = settings
    this.#injector = injector
  }

  /** The caller with this key; a wrong one counts against his network. */
  byKey(key: string | undefined, { client }: Pick<CallHead, 'client'>): Caller | Problem {
    if (key === undefined || key === '') return NO_KEY
    return this.admit(findApiKey(this.#settings(), key), { client })
  }

  /** The key with which a call as to SES says that it is signed; whether it is, is the caller's of this to find out. */
  signing(accessKeyId: string): SesKey | undefined {
    return findSesKey(this.#settings(), accessKeyId)
  }

  /** Who has shown this key; undefined: it was wrong, which counts. */
  admit(key: InjectionKey | undefined, { client }: Pick<CallHead, 'client'>): Caller | Problem {
    return this.#injector.check(key, client) ?? (key === undefined ? NO_KEY : { user: key.user, account: key.account })
  }

  /** rfc:6750#2.1 */
  bearer(head: CallHead): Caller | Problem {
    const text = head.headers.authorization ?? ''
    return this.byKey(/^bearer +/i.test(text) ? text.slice(7).trim() : undefined, head)
  }
}
