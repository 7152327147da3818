// Warm-up as the document of rules says it: plans, and what is warmed up by them.
import { formatDuration, parseDuration } from '../../base/quantities.ts'
import { WARMUP_BOUNDS, WARMUP_DEFAULTS, type WarmupPlan, type WarmupThresholds, type WarmupUse } from '../../contract/warmup.ts'
import { canonicalName } from '../rules/masks.ts'
import type { Entry, Reader, Spot } from '../rules/reader.ts'
import { NAME, NAME_EXPECTED } from '../rules/values.ts'

const PLAN_KEYS = ['days', 'providers', 'spread', 'overflow', 'idle', 'thresholds', 'sources', 'estimate'] as const
const THRESHOLDS = Object.keys(WARMUP_DEFAULTS.thresholds) as readonly (keyof WarmupThresholds)[]
const HOUR = 3_600_000
const DAY = 24 * HOUR

export function readWarmups(reader: Reader, spot: Spot): Readonly<Record<string, WarmupPlan>> {
  const entries = reader.entries(spot, undefined, 'a map of plans by name')
  if (entries.length > WARMUP_BOUNDS.plans) reader.wrong(spot, `at most ${WARMUP_BOUNDS.plans} plans`, entries.length)
  return Object.fromEntries(
    entries.slice(0, WARMUP_BOUNDS.plans).flatMap((entry) => {
      if (!NAME.test(entry.key)) reader.wrong(entry, NAME_EXPECTED, entry.key)
      const plan = readPlan(reader, entry)
      return plan === undefined ? [] : [[entry.key, plan] as const]
    }),
  )
}

function readPlan(reader: Reader, spot: Entry): WarmupPlan | undefined {
  const parts = reader.parts(spot, PLAN_KEYS, 'a plan such as { days: [50, 100, 200] }')
  if (parts.days === undefined) return reader.wrong(spot, 'days: how many messages on the first day, the second, and so on')
  const days = readDays(reader, parts.days)
  const providers = parts.providers === undefined ? [] : reader.entries(parts.providers, undefined, 'a map of days by provider')
  for (const entry of providers) if (!NAME.test(entry.key)) reader.wrong(entry, NAME_EXPECTED, entry.key)
  const seen = parts.sources === undefined ? undefined : reader.items(parts.sources).flatMap((item) => textOf(reader, item) ?? [])
  if (parts.estimate !== undefined && typeof parts.estimate.value !== 'boolean') reader.wrong(parts.estimate, 'true or false')
  return {
    days,
    providers: Object.fromEntries(providers.map((entry) => [entry.key, readDays(reader, entry)])),
    spread: span(reader, parts.spread, WARMUP_DEFAULTS.spread, HOUR, DAY),
    overflow: span(reader, parts.overflow, WARMUP_DEFAULTS.overflow, 0, DAY),
    idle: span(reader, parts.idle, WARMUP_DEFAULTS.idle, 2 * DAY, 365 * DAY),
    thresholds: readThresholds(reader, parts.thresholds),
    ...(seen !== undefined && { seen }),
    ...(parts.estimate?.value === true && { estimate: true as const }),
  }
}

function textOf(reader: Reader, { value, ...spot }: Spot): string | undefined {
  return typeof value === 'string' && value !== '' ? value : reader.wrong({ value, ...spot }, 'a text')
}

function readDays(reader: Reader, spot: Spot): readonly number[] {
  const items = reader.items(spot, 'a list of messages a day')
  if (items.length === 0 || items.length > WARMUP_BOUNDS.days) reader.wrong(spot, `1 to ${WARMUP_BOUNDS.days} days`, items.length)
  let before = 0
  return items.slice(0, WARMUP_BOUNDS.days).map((item) => {
    const most = before === 0 ? WARMUP_BOUNDS.most : Math.min(WARMUP_BOUNDS.most, before * 2)
    const { value } = item
    if (typeof value !== 'number' || !Number.isInteger(value) || value <= before || value > most) {
      reader.wrong(
        item,
        `a whole number from ${before + 1} to ${most}${before === 0 ? '' : ' (a day has at most double of the one before)'}`,
      )
      return before
    }
    return (before = value)
  })
}

function span(reader: Reader, entry: Entry | undefined, absent: number, least: number, most: number): number {
  if (entry === undefined) return absent
  const value = parseDuration(entry.value)
  if (value !== undefined && value >= least && value <= most) return value
  reader.wrong(entry, `a time with its unit, from ${formatDuration(least)} to ${formatDuration(most)}`)
  return absent
}

function readThresholds(reader: Reader, entry: Entry | undefined): WarmupThresholds {
  if (entry === undefined) return WARMUP_DEFAULTS.thresholds
  const parts = reader.parts(entry, THRESHOLDS, 'a map such as { deferred: 10%, blocked: 1% }')
  const shares = THRESHOLDS.map((name) => {
    const part = parts[name]
    const share = part === undefined ? WARMUP_DEFAULTS.thresholds[name] : parseShare(part.value)
    if (share === undefined && part !== undefined) reader.wrong(part, 'a share of the messages from 0% to 100%, such as 2.5%')
    return [name, share ?? 0] as const
  })
  return Object.fromEntries(shares) as unknown as WarmupThresholds
}

function parseShare(value: unknown): number | undefined {
  const match = typeof value === 'string' ? /^(\d{1,3}(?:\.\d{1,4})?) ?%$/.exec(value) : null
  const share = match === null ? undefined : Number((Number(match[1]) / 100).toFixed(6))
  return share !== undefined && share <= 1 ? share : undefined
}

/** `warmup` and `start` of a source or a domain; undefined where there is none. */
export function readWarmupUse(reader: Reader, warmup: Entry | undefined, start: Entry | undefined): WarmupUse | undefined {
  if (warmup === undefined) return start === undefined ? undefined : reader.wrong(start, 'it beside warmup only')
  if (typeof warmup.value !== 'string' || !NAME.test(warmup.value)) return reader.wrong(warmup, 'the name of a plan for warm-up')
  if (start === undefined) return { plan: warmup.value, start: null }
  const { value } = start
  const text = typeof value === 'string' ? value : ''
  const isDate = /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true
  if (!isDate) return reader.wrong(start, 'a date such as 2026-12-01')
  return { plan: warmup.value, start: text }
}

/** Signing domains that are new. */
export function readDomains(reader: Reader, spot: Spot): Readonly<Record<string, { readonly warmup: WarmupUse }>> {
  const entries = reader.entries(spot, undefined, 'a map of signing domains')
  if (entries.length > WARMUP_BOUNDS.domains) reader.wrong(spot, `at most ${WARMUP_BOUNDS.domains} domains`, entries.length)
  return Object.fromEntries(
    entries.slice(0, WARMUP_BOUNDS.domains).flatMap((entry) => {
      const domain = canonicalName(entry.key)
      if (domain === undefined) reader.wrong(entry, 'a domain such as example.com', entry.key)
      const parts = reader.parts(entry, ['warmup', 'start'], 'a map with warmup')
      if (parts.warmup === undefined) reader.wrong(entry, 'warmup: the name of a plan')
      const warmup = readWarmupUse(reader, parts.warmup, parts.start)
      return domain === undefined || warmup === undefined ? [] : [[domain, { warmup }] as const]
    }),
  )
}
