// The pools of the rules, with what is known of their sources by hand and by checks: made once for what holds, asked for each message.
import { isIPv6 } from 'node:net'
import type { AccountId, EpochMs } from '../../base/brand.ts'
import type { AccountRules, Effective, RulesDocument, Source } from '../../contract/rules.ts'
import type { SourceState } from '../../contract/settings.ts'
import { Choice, poolNumber } from './choice.ts'

/** Which hosts a source can reach; null: an exit that sends from whatever it likes. */
export type Family = 4 | 6 | null

export interface PoolSource {
  readonly name: string
  readonly weight: number
  readonly source: Source
  readonly family: Family
  /** Messages that were accepted before may leave from it: Infinity, all; 0, none. */
  readonly usableBefore: EpochMs
  /** Why not all of them; null: all may. The end of a sentence that begins with its name. */
  readonly why: string | null
}

export type Pool = Choice<PoolSource>

/** What of a message decides about its pool. */
export interface PoolAsker {
  readonly account: AccountId
  readonly mailing: string | null
  /** The number of the pool that the message named. */
  readonly pool?: number
}

interface AccountPools {
  readonly byNumber: ReadonlyMap<number, string>
  readonly mailings: readonly (readonly [string, string])[]
}

export class PoolBook {
  readonly pools: ReadonlyMap<string, Pool>
  readonly sources: ReadonlyMap<string, PoolSource>
  readonly #accounts: ReadonlyMap<string, AccountPools>

  constructor({ sources, pools, accounts }: RulesDocument, states: readonly SourceState[]) {
    const known = new Map(states.map((state) => [state.source, state]))
    const all = Object.entries(sources).map(([name, source]) => [name, poolSource(name, source, known.get(name))] as const)
    this.sources = new Map(all)
    this.pools = new Map(
      Object.entries(pools).map(([name, weights]) => {
        const members = Object.entries(weights).flatMap(([source, weight]) => {
          const found = this.sources.get(source)
          return found === undefined ? [] : [{ ...found, weight }]
        })
        return [name, new Choice(members)]
      }),
    )
    this.#accounts = new Map(
      Object.entries(accounts).flatMap(([id, account]) =>
        (account.pools ?? account.mailings) === undefined ? [] : [[id, accountPools(account)]],
      ),
    )
  }

  /** The pool of a message; null: it leaves from what the configuration says. An override beats what the message asks for. */
  poolFor({ settings, from }: Effective, { account, mailing, pool }: PoolAsker): string | null {
    if (this.#accounts.size === 0 || from.get('pool')?.isOverride === true) return settings.pool
    const own = this.#accounts.get(String(account))
    if (own === undefined) return settings.pool
    const named = pool === undefined ? undefined : own.byNumber.get(pool)
    if (named !== undefined) return named
    return (mailing === null ? undefined : own.mailings.find(([mask]) => isOf(mask, mailing))?.[1]) ?? settings.pool
  }
}

/** Whether mail of an account may name the pool. */
export function mayName(document: RulesDocument, account: AccountId, pool: string): boolean {
  const key = String(account)
  const own = Object.hasOwn(document.accounts, key) ? document.accounts[key] : undefined
  return own?.pools?.includes(pool) === true
}

function poolSource(name: string, source: Source, state: SourceState | undefined): PoolSource {
  const { address } = source
  const family = address === null ? null : isIPv6(address) ? 6 : 4
  return { name, weight: 1, source, family, ...usableOf(source, state) }
}

/** What a check found holds for what was checked, not for what the name stands for by now. */
export function failuresOf(source: Source, { failures, checked }: SourceState): readonly string[] {
  return checked === definitionOf(source) ? failures : []
}

export function definitionOf(source: Source): string {
  return JSON.stringify([source.kind === 'proxy' ? source.proxy : null, source.address, source.helo])
}

function usableOf(source: Source, state: SourceState | undefined): Pick<PoolSource, 'usableBefore' | 'why'> {
  if (state === undefined) return { usableBefore: Infinity, why: null }
  const { hand, by, at } = state
  if (hand === 'suspended') return { usableBefore: 0, why: `is suspended by ${by}` }
  const [failure] = hand === 'forced' ? [] : failuresOf(source, state)
  if (failure !== undefined) return { usableBefore: 0, why: `failed the check of the network: ${failure}` }
  if (hand === 'draining') return { usableBefore: at, why: `is being drained by ${by}` }
  return { usableBefore: Infinity, why: null }
}

function accountPools({ pools = [], mailings = {} }: AccountRules): AccountPools {
  return {
    byNumber: new Map(pools.map((name) => [poolNumber(name), name])),
    mailings: Object.entries(mailings),
  }
}

/** A mailing id, or the beginning of some: `spring-*`. */
function isOf(mask: string, mailing: string): boolean {
  return mask.endsWith('*') ? mailing.startsWith(mask.slice(0, -1)) : mask === mailing
}
