// Forms that reports are had in beside JSON: what `format` in the query calls them, and their types.

export const REPORT_FORMS = [
  {
    name: 'csv',
    type: 'text/csv',
    parameters: 'charset=utf-8; header=present',
    about: 'A line a row, its figures behind it; the first names them.',
  },
  {
    name: 'xml',
    type: 'application/xml',
    parameters: 'charset=utf-8',
    about: 'As the JSON has it: an element a field, and a `row` for each of `data`.',
  },
] as const
export type ReportForm = (typeof REPORT_FORMS)[number]['name']
