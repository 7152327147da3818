// Rows of CSV (rfc:4180), for whatever is written as a table. Cells that a spreadsheet would take for a formula are made harmless where
// strangers had a hand in them; programs that need every octet read JSON or XML.

export type CsvCell = string | number | boolean | null

/** rfc:4180#2: lines end so. */
export const CSV_END = '\r\n'

const QUOTED = /[",\r\n]|^\s|\s$/
/** What spreadsheets begin a formula with, also in the wide forms of East Asian texts; some pass over what cannot be seen before it. */
const FORMULA = /^[\s\p{C}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/u
/** Where lists have semicolons, or tabs, a spreadsheet takes a file apart at those, whatever is around it: another cell would begin there. */
const FORMULA_WITHIN = /[;\t](?=[\s\p{C}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/gu
/** An id or a number: it can name nothing that a formula could call. */
const HARMLESS = /^[+-]?[A-Za-z0-9.-]*$/

/** Without the end of its line. A cell that is null is empty. Text goes as it is: for files that are read back to the letter. */
export function csvRow(cells: readonly CsvCell[]): string {
  return cells.map((cell) => quoted(cell === null ? '' : String(cell))).join(',')
}

/** The same for people and spreadsheets: text that would be a formula has an apostrophe before it, which makes it text. */
export function csvSafeRow(cells: readonly CsvCell[]): string {
  return csvRow(cells.map((cell) => (typeof cell === 'string' && !HARMLESS.test(cell) ? asText(cell) : cell)))
}

function asText(cell: string): string {
  const inside = cell.replaceAll(FORMULA_WITHIN, "$&'")
  return FORMULA.test(cell) ? `'${inside}` : inside
}

function quoted(text: string): string {
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
