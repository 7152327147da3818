// Kinds of options: what each may hold, and how one is written down in options.ts.
import type { Ms } from '../base/brand.ts'

/** A listening or connecting address; `[::1]:25` for IPv6. */
export interface SocketAddress {
  readonly host: string
  readonly port: number
}

interface OptionBase<Kind extends string, Value> {
  readonly kind: Kind
  readonly default: Value
  /** One or two sentences for the owner. */
  readonly doc: string
}
type Bounded = { readonly min: number; readonly max: number }
export type Option =
  | OptionBase<'text', string>
  /** A domain name; empty: none. */
  | OptionBase<'host', string>
  | OptionBase<'flag', boolean>
  | (OptionBase<'count', number> & Bounded)
  /** Octets: `25MiB` in the file. */
  | (OptionBase<'size', number> & Bounded)
  /** Milliseconds: `5m` in the file. */
  | (OptionBase<'duration', Ms> & Bounded)
  | (OptionBase<'choice', string> & { readonly choices: readonly string[] })
  | OptionBase<'addresses', readonly SocketAddress[]>
  /** CIDRs. */
  | OptionBase<'networks', readonly string[]>
  /** Name servers: an address, with a port where it is not 53. */
  | OptionBase<'servers', readonly string[]>
  /** Domain names. */
  | OptionBase<'hosts', readonly string[]>
  /** Folders, each as `name=/folder`. */
  | OptionBase<'folders', readonly string[]>

/** A checked value of any option. */
export type OptionValue = string | number | boolean | readonly SocketAddress[] | readonly string[]

export const loopback = (port: number): readonly SocketAddress[] => [{ host: '127.0.0.1', port }]
export const flag = (value: boolean, doc: string) => ({ kind: 'flag', default: value, doc }) as const
export const host = (doc: string) => ({ kind: 'host', default: '', doc }) as const
export const text = (value: string, doc: string) => ({ kind: 'text', default: value, doc }) as const
export const count = (value: number, min: number, max: number, doc: string) => ({ kind: 'count', default: value, min, max, doc }) as const
export const size = (value: number, min: number, max: number, doc: string) => ({ kind: 'size', default: value, min, max, doc }) as const
export const duration = (value: Ms, min: Ms, max: Ms, doc: string) => ({ kind: 'duration', default: value, min, max, doc }) as const
export const addresses = (value: readonly SocketAddress[], doc: string) => ({ kind: 'addresses', default: value, doc }) as const
export const networks = (value: readonly string[], doc: string) => ({ kind: 'networks', default: value, doc }) as const
export const hosts = (doc: string) => ({ kind: 'hosts', default: [] as readonly string[], doc }) as const
export const folders = (doc: string) => ({ kind: 'folders', default: [] as readonly string[], doc }) as const
export const servers = (value: readonly string[], doc: string) => ({ kind: 'servers', default: value, doc }) as const
export const choice = <const C extends readonly string[]>(choices: C, value: C[number], doc: string) =>
  ({ kind: 'choice', choices, default: value, doc }) as const
