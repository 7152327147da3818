// What is shared by all that checks who somebody is: the count of failures by user and by network, with its delays and refusals, as SMTP logins
// have it. Of its own: who mistypes here locks no SMTP login.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Fault } from '../../base/fault.ts'
import type { Config } from '../../contract/options.ts'
import { compileNetworks, networkKey, type NetworkSet, surroundingKey } from '../../policy/networks.ts'
import { LoginGuard, type LoginVerdict } from '../../policy/rates.ts'
import { TooMuch } from '../management/limits.ts'

const originOf = (address: string) => ({ network: networkKey(address), surrounding: surroundingKey(address) })

export class Guarded {
  readonly #guard: LoginGuard
  readonly #trusted: NetworkSet
  readonly #clock: Clock

  constructor(config: Config, clock: Clock) {
    this.#guard = new LoginGuard({ failures: config['auth.failures'], window: config['auth.window'], block: config['auth.block'] })
    this.#trusted = compileNetworks(config['auth.trusted'])
    this.#clock = clock
  }

  before(user: string, address: string): LoginVerdict {
    return this.#guard.before(originOf(address), user, this.#trusted.has(address), this.#clock.now())
  }

  failed(user: string, address: string): void {
    this.#guard.failed(originOf(address), user, this.#clock.now())
  }

  succeeded(user: string, address: string): void {
    this.#guard.succeeded(originOf(address), user, this.#clock.now())
  }

  /**
   * `isRight` after the delay that failures made; counts what it says. Rejects with a Fault where there were too many: meanwhile as well, or
   * whoever asks many at once would be told of more than who asks one after the other.
   */
  async check(user: string, address: string, isRight: () => Promise<boolean>): Promise<boolean> {
    const delay = this.#admit(user, address)
    if (delay > 0) {
      await this.#wait(delay)
      this.#admit(user, address)
    }
    const right = await isRight()
    if (right) this.#admit(user, address)
    else this.failed(user, address)
    return right
  }

  #admit(user: string, address: string): Ms {
    const verdict = this.before(user, address)
    if (verdict.kind === 'refuse') throw tooManyFailures(verdict.until, this.#clock.now())
    return verdict.delay
  }

  #wait(delay: Ms): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(delay, resolve)
    })
  }
}

function tooManyFailures(until: EpochMs, now: EpochMs): Fault {
  return new TooMuch('too-many-failures', 'Too many logins failed from your network.', Math.max(1, Math.ceil((until - now) / 1000)))
}
