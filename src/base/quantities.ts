// Times and sizes as a person writes them (`1h30m`, `25MiB`), to numbers and back to text that would be read as the same.

const SPANS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
]
const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
}

/** `5m`, `1h30m`, `250ms`; a bare number only where it is 0, because a forgotten unit is a mistake worth naming. */
export function parseDuration(raw: unknown): number | undefined {
  if (raw === 0 || raw === '0') return 0
  if (typeof raw !== 'string' || !/^(\d+(ms|[smhd])\s*)+$/i.test(raw.trim())) return undefined
  let total = 0
  for (const [, digits, unit] of raw.toLowerCase().matchAll(/(\d+)(ms|[smhd])/g)) {
    total += Number(digits) * (SPANS.find(([name]) => name === unit)?.[1] ?? 0)
  }
  return total
}

export function formatDuration(ms: number): string {
  if (ms === 0) return '0'
  let rest = ms
  let text = ''
  for (const [unit, span] of SPANS) {
    const whole = Math.floor(rest / span)
    if (whole > 0) text += `${whole}${unit}`
    rest -= whole * span
  }
  return text
}

/** `25MiB` (powers of 1024), `25MB` (powers of 1000), or octets. */
export function parseSize(raw: unknown): number | undefined {
  if (typeof raw === 'number') return raw
  const match = typeof raw === 'string' ? /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(raw.trim()) : null
  const unit = match === null ? undefined : SIZES[(match[2] ?? '').toLowerCase()]
  return unit === undefined ? undefined : Number(match?.[1]) * unit
}

export function formatSize(octets: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB']) {
    const factor = SIZES[unit.toLowerCase()] ?? 1
    if (octets >= factor && octets % factor === 0) return `${octets / factor}${unit}`
  }
  return String(octets)
}
