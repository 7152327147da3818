// Times and amounts as people read them.
import type { EpochMs } from '../../base/brand.ts'

/** Local date and time to the second, `2026-11-22 07:15:41`. */
export function dateTime(at: EpochMs | null): string {
  if (at === null) return '-'
  const date = new Date(at)
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ')
}

const OUR_TIMES = /\b(until|again at|since) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z)/g

/** Times that the server wrote into a sentence, as local ones: whoever reads it has others beside it. */
export function withLocalTimes(text: string): string {
  return text.replaceAll(OUR_TIMES, (_all, word: string, time: string) => `${word} ${dateTime(Date.parse(time))}`)
}

/** `in 5m`, `3h ago`, `now`. */
export function relative(at: EpochMs, now: EpochMs): string {
  const span = Math.abs(at - now)
  if (span < 1000) return 'now'
  const text =
    span < 60_000
      ? `${Math.round(span / 1000)}s`
      : span < 3_600_000
        ? `${Math.round(span / 60_000)}m`
        : span < 172_800_000
          ? `${Math.round(span / 3_600_000)}h`
          : `${Math.round(span / 86_400_000)}d`
  return at > now ? `in ${text}` : `${text} ago`
}

export function octets(size: number): string {
  if (size < 1024) return `${size} B`
  const power = Math.min(4, Math.floor(Math.log2(size) / 10))
  return `${(size / 2 ** (10 * power)).toFixed(1)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`
}

/** `1 recipient`, `2 recipients`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
