// Accounts that a brake holds.
import type { AlarmName } from '../../contract/alarm-table.ts'
import { BRAKE } from '../../contract/brakes.ts'
import type { Settings } from '../../contract/settings.ts'
import { keepsBack } from '../../policy/accounts/standing.ts'
import type { Reading } from '../../policy/alarms/machine.ts'
import type { Probe } from './probe.ts'

export class AccountProbe implements Probe {
  readonly #settings: () => Settings
  #known: { readonly of: Settings; readonly readings: readonly Reading[] } | null = null

  constructor(settings: () => Settings) {
    this.#settings = settings
  }

  *readings(): Iterable<readonly [AlarmName, readonly Reading[]]> {
    const settings = this.#settings()
    // There may be very many accounts.
    if (this.#known?.of !== settings) this.#known = { of: settings, readings: heldIn(settings) }
    yield ['brake', this.#known.readings]
  }
}

function heldIn({ accounts }: Settings): readonly Reading[] {
  return [...accounts.values()].flatMap(({ id, state, standing }) =>
    standing?.by.startsWith(BRAKE) === true && keepsBack(state)
      ? [{ subject: String(id), value: 1, words: `Account ${id} is ${state} by the ${standing.by}: ${standing.reason}.` }]
      : [],
  )
}
