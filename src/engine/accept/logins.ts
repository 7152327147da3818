// Passwords of SMTP logins: checked against SCRAM verifiers (rfc:5802) off the event loop, and remembered for ten minutes as an
// HMAC under a key of this process, so that a connection does not cost a slow hash. Failures are slowed, then refused.
import { createHmac, randomBytes } from 'node:crypto'
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Config } from '../../contract/options.ts'
import type { InjectionKey, Settings, SmtpCredential } from '../../contract/settings.ts'
import { compileNetworks, networkKey, type NetworkSet, surroundingKey } from '../../policy/networks.ts'
import { LoginGuard, type LoginOrigin } from '../../policy/rates.ts'
import { closing, type Reply, reply } from '../../smtp/reply.ts'
import { checkPassword } from '../../smtp/scram.ts'
import type { AuthDecision, Client, ScramVerifier } from '../../smtp/server/handler.ts'
import { LastUses } from './last-uses.ts'
import { isOver, mayUseFrom } from './rights.ts'

const REMEMBERED_FOR: Ms = 10 * 60_000
const MOST_REMEMBERED = 10_000
const ITERATIONS = 4096
const MOST_CHECKS = 64
const INVALID = reply(535, '5.7.8', 'Authentication credentials invalid.')
const TOO_MANY = closing(reply(421, '4.7.0', 'Too many failed logins from your network. Try again later.'))
const BUSY = reply(454, '4.7.0', 'Too many logins at once. Try again later.')

function verifierOf(credential: SmtpCredential): ScramVerifier {
  return {
    salt: Buffer.from(credential.salt, 'base64'),
    iterations: credential.iterations,
    storedKey: Buffer.from(credential.storedKey, 'base64'),
    serverKey: Buffer.from(credential.serverKey, 'base64'),
  }
}

function originOf(address: string): LoginOrigin {
  return { network: networkKey(address), surrounding: surroundingKey(address) }
}

export interface LoginsOptions {
  readonly settings: () => Settings
  readonly config: Config
  readonly clock: Clock
  /** Stable over restarts and equal in all workers: made-up salts of unknown users come from it. */
  readonly secret: Uint8Array
  readonly log: Log
}

export type KeyVerdict = { readonly kind: 'right' } | { readonly kind: 'wrong' } | { readonly kind: 'too-many'; readonly until: EpochMs }

export class Logins {
  readonly uses = new LastUses()
  readonly #settings: () => Settings
  readonly #clock: Clock
  readonly #secret: Uint8Array
  readonly #log: Log
  readonly #key = randomBytes(32)
  readonly #remembered = new Map<string, EpochMs>()
  readonly #guard: LoginGuard
  readonly #trusted: NetworkSet
  #checks = 0

  constructor({ settings, config, clock, secret, log }: LoginsOptions) {
    this.#settings = settings
    this.#clock = clock
    this.#secret = secret
    this.#log = log
    this.#trusted = compileNetworks(config['auth.trusted'])
    this.#guard = new LoginGuard({ failures: config['auth.failures'], window: config['auth.window'], block: config['auth.block'] })
  }

  checkPassword(user: string, password: string, client: Client): AuthDecision | Promise<AuthDecision> {
    const verdict = this.#before(user, client)
    if (verdict.kind === 'refuse') return { ok: false, reply: this.#tooMany(user, client) }
    const credential = this.#settings().credentials.get(user)
    const proof = credential === undefined ? '' : this.#proof(credential, password)
    if (credential !== undefined && this.#isRemembered(proof)) return this.#admit(credential, client)
    return this.#checkSlowly({ user, password, client, credential, proof, delay: verdict.delay })
  }

  /** A key that came by HTTP: what its finder says is right or wrong at once, and counts as a password does. */
  checkKey(key: InjectionKey | undefined, address: string): KeyVerdict {
    const user = key?.user ?? ''
    const verdict = this.#guard.before(originOf(address), user, this.#trusted.has(address), this.#clock.now())
    if (verdict.kind === 'refuse') return { kind: 'too-many', until: verdict.until }
    const now = this.#clock.now()
    if (key !== undefined && mayUseFrom(key, address) && !isOver(key, now)) {
      this.#guard.succeeded(originOf(address), user, now)
      this.uses.note(user, now)
      return { kind: 'right' }
    }
    this.#guard.failed(originOf(address), user, now)
    this.#log.info('a key was refused', { client: address, key: key?.user ?? null })
    return { kind: 'wrong' }
  }

  /** Until when nobody from there may try; null: he may. */
  lockedUntil(address: string): EpochMs | null {
    const verdict = this.#guard.before(originOf(address), '', this.#trusted.has(address), this.#clock.now())
    return verdict.kind === 'refuse' ? verdict.until : null
  }

  scramVerifier(user: string, client: Client): ScramVerifier | Reply | Promise<ScramVerifier | Reply> {
    const verdict = this.#before(user, client)
    if (verdict.kind === 'refuse') return this.#tooMany(user, client)
    const credential = this.#settings().credentials.get(user)
    const verifier = credential === undefined ? this.#madeUp(user) : verifierOf(credential)
    return verdict.delay === 0 ? verifier : this.#wait(verdict.delay).then(() => verifier)
  }

  scramFinished(user: string, proved: boolean, client: Client): AuthDecision | Promise<AuthDecision> {
    const credential = this.#settings().credentials.get(user)
    if (proved && credential !== undefined) return this.#admit(credential, client)
    return this.#fail(user, client)
  }

  async #checkSlowly(attempt: {
    user: string
    password: string
    client: Client
    credential: SmtpCredential | undefined
    proof: string
    delay: Ms
  }): Promise<AuthDecision> {
    const { user, password, client, credential, proof, delay } = attempt
    // Before it counts: whoever failed and waits must not take the place of those who log in.
    if (delay > 0) await this.#wait(delay)
    if (this.#checks >= MOST_CHECKS) return { ok: false, reply: BUSY }
    this.#checks++
    try {
      // An unknown user costs the same hashes: users cannot be listed by the time that an answer takes.
      const right = await checkPassword(credential === undefined ? this.#madeUp(user) : verifierOf(credential), password)
      if (!right || credential === undefined) return this.#fail(user, client)
      this.#remember(proof)
      return this.#admit(credential, client)
    } finally {
      this.#checks--
    }
  }

  #before(user: string, { address }: Client): ReturnType<LoginGuard['before']> {
    return this.#guard.before(originOf(address), user, this.#trusted.has(address), this.#clock.now())
  }

  /** The password is right; what may still refuse it. */
  #admit(credential: SmtpCredential, client: Client): AuthDecision {
    // The hash took its time: the password may have been changed or removed meanwhile.
    const isCurrent = this.#settings().credentials.get(credential.user)?.storedKey === credential.storedKey
    const now = this.#clock.now()
    if (!isCurrent || !mayUseFrom(credential, client.address) || isOver(credential, now)) return this.#fail(credential.user, client)
    this.#guard.succeeded(originOf(client.address), credential.user, now)
    this.uses.note(credential.user, now)
    return { ok: true, user: credential.user }
  }

  #fail(user: string, client: Client): AuthDecision {
    this.#guard.failed(originOf(client.address), user, this.#clock.now())
    this.#tell('a login failed', user, client)
    return { ok: false, reply: INVALID }
  }

  #tooMany(user: string, client: Client): Reply {
    this.#tell('a login was refused, as too many failed from its network', user, client)
    return TOO_MANY
  }

  /** A name that is nobody's is not told: people type passwords there. */
  #tell(what: string, user: string, { address }: Client): void {
    this.#log.info(what, { client: address, user: this.#settings().credentials.has(user) ? user : null })
  }

  /** The stored key is part of it: a changed password is forgotten at once. */
  #proof(credential: SmtpCredential, password: string): string {
    const parts = [credential.user, credential.storedKey, password].map((part) => `${part.length}:${part}`)
    return createHmac('sha256', this.#key).update(parts.join('')).digest('base64')
  }

  #isRemembered(proof: string): boolean {
    const until = this.#remembered.get(proof)
    if (until === undefined) return false
    if (until > this.#clock.now()) return true
    this.#remembered.delete(proof)
    return false
  }

  #remember(proof: string): void {
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size < MOST_REMEMBERED) break
      this.#remembered.delete(oldest)
    }
    this.#remembered.set(proof, this.#clock.now() + REMEMBERED_FOR)
  }

  #madeUp(user: string): ScramVerifier {
    const make = (what: string): Buffer => createHmac('sha256', this.#secret).update(`${what} ${user}`).digest()
    const [some] = this.#settings().credentials.values()
    const iterations = some?.iterations ?? ITERATIONS
    return { salt: make('salt').subarray(0, 16), iterations, storedKey: make('stored'), serverKey: make('server') }
  }

  #wait(delay: Ms): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(delay, resolve)
    })
  }
}
