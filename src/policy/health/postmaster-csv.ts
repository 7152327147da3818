// Complaint rates by day as the Postmaster Tools of a provider show them: a table as CSV, with commas, semicolons or tabs.
import { cellsOfLine, separatorOf } from '../../base/records.ts'

export interface DayRate {
  /** `2026-11-22` */
  readonly day: string
  /** Share of 1. */
  readonly rate: number
}

const MOST_LINES = 2000

/** The rates, or what is wrong as a sentence. A rate has a percent sign, or is a share of 1. */
export function readDayRates(text: string): readonly DayRate[] | string {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.trim())
  if (lines.length > MOST_LINES) return `There are more than ${MOST_LINES} lines.`
  const [head = ''] = lines
  const isHead = dayOf(cellsOf(head)[0] ?? '') === null && !cellsOf(head).some((cell) => dayOf(cell) !== null)
  const titles = isHead ? cellsOf(head).map((title) => title.toLowerCase()) : []
  const placeOf = (word: RegExp, otherwise: number): number => {
    const place = titles.findIndex((title) => word.test(title))
    return place < 0 ? otherwise : place
  }
  const [dayAt, rateAt] = [placeOf(/date|day/, 0), placeOf(/rate/, 1)]
  const found: DayRate[] = []
  for (const [at, line] of lines.entries()) {
    if (line === '' || (at === 0 && isHead)) continue
    const cells = cellsOf(line)
    const [day, rate] = [dayOf(cells[dayAt] ?? ''), rateOf(cells[rateAt] ?? '')]
    if (day === null) return `Line ${at + 1} has no date such as 2026-11-22.`
    if (rate === null) return `Line ${at + 1} has no rate such as 0.12% or 0.0012.`
    found.push({ day, rate })
  }
  return found.length === 0 ? 'There is no line with a date and a rate.' : found
}

function cellsOf(line: string): readonly string[] {
  const cells = cellsOfLine(line, separatorOf(line))
  return typeof cells === 'string' ? [] : cells.map((cell) => cell.trim())
}

function dayOf(cell: string): string | null {
  const [, year, month, day] = /^(\d{4})[-/]?(\d{2})[-/]?(\d{2})(?:T.*)?$/.exec(cell) ?? []
  if (year === undefined || month === undefined || day === undefined) return null
  const text = `${year}-${month}-${day}`
  const at = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text ? null : text
}

function rateOf(cell: string): number | null {
  const [, number, sign] = /^(\d{1,3}(?:\.\d{1,12})?)\s{0,2}(%?)$/.exec(cell) ?? []
  if (number === undefined) return null
  const rate = Number(sign === '%' ? `${number}e-2` : number)
  return rate <= 1 ? rate : null
}
