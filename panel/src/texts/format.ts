// Numbers, times and spans as the reader's language and zone write them.
const language = (): string => (typeof navigator === 'undefined' ? 'en' : navigator.language) || 'en'

/** The texts are English; figures and dates are as the reader is used to. */
function once<T>(make: (language: string) => T): () => T {
  let made: T | undefined
  return () => (made ??= make(language()))
}

const plain = once((l) => new Intl.NumberFormat(l))
const compact = once((l) => new Intl.NumberFormat(l, { notation: 'compact', maximumSignificantDigits: 3 }))
const percent = once((l) => new Intl.NumberFormat(l, { style: 'percent', maximumFractionDigits: 1 }))
const precise = once((l) => new Intl.NumberFormat(l, { style: 'percent', maximumFractionDigits: 2 }))
const moment = once((l) => new Intl.DateTimeFormat(l, { dateStyle: 'medium', timeStyle: 'medium' }))
const short = once((l) => new Intl.DateTimeFormat(l, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }))
const clock = once((l) => new Intl.DateTimeFormat(l, { hour: '2-digit', minute: '2-digit', second: '2-digit' }))
const hour = once((l) => new Intl.DateTimeFormat(l, { hour: '2-digit', minute: '2-digit' }))
const day = once((l) => new Intl.DateTimeFormat(l, { month: 'short', day: 'numeric' }))
const date = once((l) => new Intl.DateTimeFormat(l, { dateStyle: 'medium' }))
const relative = once((l) => new Intl.RelativeTimeFormat(l, { numeric: 'auto' }))

export const number = (value: number): string => plain().format(value)
/** 12.3K: where there is little room. */
export const roughly = (value: number): string => (Math.abs(value) < 10_000 ? number(value) : compact().format(value))
/** `value` of 1. Small shares keep two places, as complaint rates do. */
export const share = (value: number): string => (value !== 0 && Math.abs(value) < 0.01 ? precise() : percent()).format(value)
export const time = (at: number): string => moment().format(at)
export const timeShort = (at: number): string => short().format(at)
export const timeOfDay = (at: number): string => clock().format(at)
export const hourOf = (at: number): string => hour().format(at)
/** With its year. */
export const dateOf = (at: number): string => date().format(at)
export const dayOf = (at: number): string => day().format(at)

const SPANS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** `3 minutes ago`, `in 2 hours`. */
export function ago(at: number, now: number = Date.now()): string {
  const gone = at - now
  const [unit, length] = SPANS.find(([, length]) => Math.abs(gone) >= length) ?? SPANS[3]
  return relative().format(Math.round(gone / length), unit)
}

/** `2 h 5 min`: the two greatest parts. Less than ten seconds with a place behind the point. */
export function span(ms: number): string {
  if (ms < 1000) return unit(Math.round(ms), 'millisecond')
  if (ms < 10_000) return unit(Math.round(ms / 100) / 10, 'second')
  const at = SPANS.findIndex(([, length]) => ms >= length)
  const [name, length] = SPANS[at] ?? SPANS[3]
  const whole = Math.floor(ms / length)
  const next = SPANS[at + 1]
  const rest = next === undefined ? 0 : Math.floor((ms - whole * length) / next[1])
  return rest === 0 || next === undefined ? unit(whole, name) : `${unit(whole, name)} ${unit(rest, next[0])}`
}

function unit(value: number, name: string): string {
  return new Intl.NumberFormat(language(), { style: 'unit', unit: name, unitDisplay: name === 'millisecond' ? 'short' : 'narrow' }).format(
    value,
  )
}

const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** `1.2 MB`. */
export function size(octets: number): string {
  const at = Math.min(SIZES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, octets)) / 3)))
  const options = { style: 'unit', unit: SIZES[at] ?? 'byte', unitDisplay: at === 0 ? 'long' : 'short', maximumFractionDigits: 1 } as const
  return new Intl.NumberFormat(language(), options).format(octets / 1000 ** at)
}

export const zone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone
