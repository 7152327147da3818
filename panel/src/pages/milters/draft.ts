// A milter while it is changed: as fields have it, and as the API and the command take it.
import type { Milter, MilterFailureChoice, MilterStep, MilterWay } from '../../../../client/src/index.ts'
import { MILTER_TIMEOUTS } from '../../../../src/contract/milters.ts'

export const TIMES = ['connect', 'command', 'content', 'end'] as const
type TimeName = (typeof TIMES)[number]

export interface Draft {
  readonly address: string
  readonly order: number
  readonly ways: readonly MilterWay[]
  readonly onFailure: MilterFailureChoice
  readonly ports: string
  readonly accounts: string
  readonly skip: readonly MilterStep[]
  readonly connections: number
  /** Seconds. */
  readonly times: Readonly<Record<TimeName, number>>
}

const seconds = (times: Readonly<Record<TimeName, number>>): Draft['times'] => ({
  connect: times.connect / 1000,
  command: times.command / 1000,
  content: times.content / 1000,
  end: times.end / 1000,
})

export const NEW: Draft = {
  address: '',
  order: 100,
  ways: ['submission', 'inbound'],
  onFailure: 'tempfail',
  ports: '',
  accounts: '',
  skip: [],
  connections: 100,
  times: seconds(MILTER_TIMEOUTS),
}

export const draftOf = ({ address, order, ways, onFailure, ports, accounts, skip, connections, timeouts }: Milter): Draft => ({
  address,
  order,
  ways,
  onFailure,
  ports: ports.join(', '),
  accounts: accounts.join(', '),
  skip,
  connections,
  times: seconds(timeouts),
})

/** Null: there is something else than numbers. */
export function numbersIn(text: string): readonly number[] | null {
  const parts = text.split(/[\s,;]+/).filter(Boolean)
  return parts.every((part) => /^\d{1,10}$/.test(part)) ? parts.map(Number) : null
}

export const isWrong = ({ ports, accounts, ways }: Draft): boolean =>
  numbersIn(ports) === null || numbersIn(accounts) === null || ways.length === 0

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** What is another than before. */
export function bodyOf(draft: Draft, before: Draft) {
  const { address, order, ways, onFailure, ports, accounts, skip, connections, times } = draft
  const is = (name: keyof Draft): boolean => !same(draft[name], before[name])
  const changed = TIMES.filter((name) => times[name] !== before.times[name])
  const timeouts: Readonly<Partial<Record<`${TimeName}Timeout`, number>>> = Object.fromEntries(
    changed.map((name) => [`${name}Timeout`, Math.round(times[name] * 1000)]),
  )
  return {
    ...(is('address') && { address: address.trim() }),
    ...(is('order') && { order }),
    ...(is('ways') && { ways }),
    ...(is('onFailure') && { onFailure }),
    ...(is('ports') && { ports: numbersIn(ports) ?? [] }),
    ...(is('accounts') && { accounts: numbersIn(accounts) ?? [] }),
    ...(is('skip') && { skip }),
    ...(is('connections') && { connections }),
    ...timeouts,
  }
}

const listed = (numbers: readonly number[]): string => (numbers.length === 0 ? '0' : numbers.join(','))

/** As `hms milter set` takes it; the address stands before them. */
export function flagsOf(draft: Draft, before: Draft): string {
  const { order, ways, onFailure, ports, accounts, skip, connections, times } = draft
  const is = (name: keyof Draft): boolean => !same(draft[name], before[name])
  return [
    ...(is('order') ? [`--order ${order}`] : []),
    ...(is('ways') ? [`--sees ${ways.join(',')}`] : []),
    ...(is('onFailure') ? [`--on-failure ${onFailure}`] : []),
    ...(is('ports') ? [`--port ${listed(numbersIn(ports) ?? [])}`] : []),
    ...(is('accounts') ? [`--account ${listed(numbersIn(accounts) ?? [])}`] : []),
    ...(is('skip') ? [`--skip ${skip.length === 0 ? 'none' : skip.join(',')}`] : []),
    ...(is('connections') ? [`--connections ${connections}`] : []),
    ...TIMES.filter((name) => times[name] !== before.times[name]).map((name) => `--${name}-timeout ${Math.round(times[name] * 1000)}ms`),
  ].join(' ')
}
