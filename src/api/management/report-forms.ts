// Reports in other forms than JSON: as a table of text with commas, and as XML. Which one a caller wants stands in the query or in the header
// `Accept`; where the next page begins stands in a header, whatever the form.
import { xmlDocument } from '../../base/xml.ts'
import { REPORT_FORMS, type ReportForm } from '../../contract/management/report-forms.ts'
import type { Route } from '../../contract/management/route.ts'
import type { ReportRow } from '../../contract/report-operations.ts'
import type { Answered } from '../../net/web/web-listener.ts'
import { reportCsv } from '../../policy/reports/csv.ts'
import { xmlContent } from '../../policy/reports/xml.ts'
import { refused } from '../operations/params.ts'
import type { Values } from './parameters.ts'

const FORMS = ['json', ...REPORT_FORMS.map(({ name }) => name)] as const
type Form = (typeof FORMS)[number]

/** What else the query says. Of a header with several types the first that there is; browsers, which take XML beside pages, have JSON. */
export function formAsked(
  { isTable }: Pick<Route, 'isTable'>,
  given: URLSearchParams,
  accept = '',
): { readonly form: Form; readonly query: URLSearchParams } {
  if (isTable !== true) return { form: 'json', query: given }
  const query = new URLSearchParams(given)
  const all = query.getAll('format')
  query.delete('format')
  const [, first] = /\b(text\/csv|application\/xml|application\/json|text\/html)\b/i.exec(accept) ?? []
  const accepted = REPORT_FORMS.find(({ type }) => type === first?.toLowerCase())?.name
  const form = all.length === 0 ? (accepted ?? 'json') : FORMS.find((one) => all.every((name) => name === one))
  if (form === undefined) throw refused(`format must be ${FORMS.slice(0, -1).join(', ')} or ${FORMS.at(-1)}.`)
  return { form, query }
}

/** A page of a report. */
export function formed(form: ReportForm, value: Values): Answered {
  const { data, next, by } = value
  const { type, parameters } = REPORT_FORMS.find(({ name }) => name === form) ?? REPORT_FORMS[0]
  const body = form === 'csv' ? reportCsv(data as readonly ReportRow[], by !== null) : xmlDocument(['report', xmlContent(value)])
  const onward = typeof next === 'string' ? { 'hms-next': next } : {}
  return { status: 200, headers: { 'content-type': `${type}; ${parameters}`, 'cache-control': 'no-store', ...onward }, body }
}
