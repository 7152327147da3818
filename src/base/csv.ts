// Rows of CSV (rfc:4180), for whatever is written as a table. Cells that a spreadsheet would take for a formula are made harmless where
// strangers had a hand in them; programs that need every octet read JSON or XML.

export type CsvCell = string | number | boolean | null

/** rfc:4180#2: lines end so. */
export const CSV_END = '\r\n'

const QUOTED = /[",\r\n]|^\s|\s$/
/** What spreadsheets begin a formula with, also in the wide forms of East Asian texts; some pass white space over first. */
const FORMULA = /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/
/** An id or a number: it can name nothing that a formula could call. */
const HARMLESS = /^[+-]?[A-Za-z0-9.-]*$/

/** Without the end of its line. A cell that is null is empty. Text goes as it is: for files that are read back to the letter. */
export function csvRow(cells: readonly CsvCell[]): string {
  return cells.map((cell) => quoted(cell === null ? '' : String(cell))).join(',')
}

/** The same for people and spreadsheets: text that would be a formula has an apostrophe before it, which makes it text. */
export function csvSafeRow(cells: readonly CsvCell[]): string {
  return csvRow(cells.map((cell) => (typeof cell === 'string' && FORMULA.test(cell) && !HARMLESS.test(cell) ? `'${cell}` : cell)))
}

function quoted(text: string): string {
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
