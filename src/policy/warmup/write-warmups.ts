// Plans and uses of warm-up as text of a document that would be read as the same. What is as usual is left out.
import { formatDuration } from '../../base/quantities.ts'
import { WARMUP_DEFAULTS, type WarmupPlan, type WarmupThresholds, type WarmupUse } from '../../contract/warmup.ts'

/** `key: value` pairs of a plan. */
export function writtenPlan({ days, providers, spread, overflow, idle, thresholds, seen, estimate }: WarmupPlan): readonly string[] {
  const list = (numbers: readonly number[]): string => `[${numbers.join(', ')}]`
  const others = Object.entries(providers).map(([name, own]) => `${JSON.stringify(name)}: ${list(own)}`)
  const usual: WarmupThresholds = WARMUP_DEFAULTS.thresholds
  const shares = (Object.keys(usual) as (keyof WarmupThresholds)[]).filter((name) => thresholds[name] !== usual[name])
  return [
    `days: ${list(days)}`,
    ...(others.length === 0 ? [] : [`providers: { ${others.join(', ')} }`]),
    ...(spread === WARMUP_DEFAULTS.spread ? [] : [`spread: ${formatDuration(spread)}`]),
    ...(overflow === WARMUP_DEFAULTS.overflow ? [] : [`overflow: ${formatDuration(overflow)}`]),
    ...(idle === WARMUP_DEFAULTS.idle ? [] : [`idle: ${formatDuration(idle)}`]),
    ...(shares.length === 0 ? [] : [`thresholds: { ${shares.map((name) => `${name}: ${writtenShare(thresholds[name])}`).join(', ')} }`]),
    ...(seen === undefined ? [] : [`sources: [${seen.map((one) => JSON.stringify(one)).join(', ')}]`]),
    ...(estimate === true ? ['estimate: true'] : []),
  ]
}

export function writtenShare(share: number): string {
  return `${Number((share * 100).toFixed(4))}%`
}

export function writtenUse(use: WarmupUse | undefined): readonly string[] {
  if (use === undefined) return []
  return [`warmup: ${JSON.stringify(use.plan)}`, ...(use.start === null ? [] : [`start: ${JSON.stringify(use.start)}`])]
}
