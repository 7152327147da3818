// What came of the attempts of what is warmed up, among the totals of desk.db: `warmup <day> <unit> provider=<provider> <figure>`. They are
// committed with the cursor of the outbox, so that each event counts once.
import type { EpochMs } from '../../../base/brand.ts'
import type { MailEvent } from '../../../contract/events.ts'
import { NO_FIGURES, type WarmupDay, type WarmupFigures } from '../../../contract/warmup.ts'

const DAY = 86_400_000
/** They are decided upon after a day; the rest is for the owner to look at. */
const KEPT_DAYS = 35
const KIND = /^warmup (\d+) (.+) provider=(\S+) (\w+)$/

export function countWarmup(counts: Map<string, number>, event: MailEvent, figures: WarmupFigures): void {
  const keys = 'warmup' in event ? (event.warmup ?? []) : []
  for (const key of keys) {
    for (const [name, count] of Object.entries(figures) as [string, number][]) {
      const kind = `warmup ${Math.floor(event.at / DAY)} ${key} ${name}`
      if (count > 0) counts.set(kind, (counts.get(kind) ?? 0) + count)
    }
  }
}

export function warmupDaysOf(counts: ReadonlyMap<string, number>): readonly WarmupDay[] {
  const days = new Map<string, WarmupDay>()
  for (const [kind, count] of counts) {
    const [, day = '', unit = '', provider = '', name = ''] = KIND.exec(kind) ?? []
    if (!Object.hasOwn(NO_FIGURES, name)) continue
    const key = `${day} ${unit} ${provider}`
    days.set(key, { ...(days.get(key) ?? { unit, provider, day: Number(day), ...NO_FIGURES }), [name]: count })
  }
  return [...days.values()]
}

export function isOldWarmup(kind: string, now: EpochMs): boolean {
  const day = KIND.exec(kind)?.[1]
  return day !== undefined && Number(day) < Math.floor(now / DAY) - KEPT_DAYS
}
