// Answers of the Reporting API in the three forms: a list of records, one object, or what went wrong.
import { CSV_END, csvSafeRow } from '../../base/csv.ts'
import { xmlDocument, type XmlElement } from '../../base/xml.ts'
import type { Answered } from '../../net/web/web-listener.ts'
import type { Form } from './asked.ts'
import type { Page } from './reading.ts'
import type { Cells, List, Value } from './records.ts'

export type Facts = Readonly<Record<string, Value | boolean | null>>

interface Told {
  readonly form: Form
  /** When it was so, as a date and time. */
  readonly timestamp: string
}

const TYPES: Readonly<Record<Form, string>> = {
  json: 'application/json; charset=utf-8',
  xml: 'application/xml; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
}

export function listAnswer({ form, timestamp }: Told, { fields }: Pick<List, 'fields'>, page: Page, count: number): Answered {
  const { records, total } = page
  const head = { timestamp, totalCount: total, totalPages: Math.ceil(total / count), count: records.length }
  if (form === 'csv') return answer(form, table(fields, records), { 'x-total-count': String(total) })
  if (form === 'json') return answer(form, JSON.stringify({ ...head, collection: records.map((record) => objectOf(fields, record)) }))
  const items = records.map((record): XmlElement => ['item', fields.map((field, i): XmlElement => [field, record[i] ?? null])])
  return answer(form, xmlDocument(['response', [...elementsOf(head), ['collection', items]]]))
}

export function objectAnswer({ form, timestamp }: Told, object: Facts): Answered {
  if (form === 'csv') return answer(form, table(Object.keys(object), [Object.values(object)]))
  if (form === 'json') return answer(form, JSON.stringify({ timestamp, object }))
  return answer(
    form,
    xmlDocument([
      'response',
      [
        ['timestamp', timestamp],
        ['object', elementsOf(object)],
      ],
    ]),
  )
}

/** `result`: a sentence, where there is no list and no object. */
export function errorAnswer(
  { form, timestamp }: Told,
  error: { readonly code: string; readonly result: string },
): Omit<Answered, 'status'> {
  if (form === 'csv') return answer(form, table(['Result', 'Code'], [[error.result, error.code]]))
  if (form === 'json') return answer(form, JSON.stringify({ timestamp, ...error }))
  return answer(form, xmlDocument(['response', elementsOf({ timestamp, ...error })]))
}

function answer(form: Form, body: string, headers: Readonly<Record<string, string>> = {}): Answered {
  return { status: 200, headers: { 'content-type': TYPES[form], 'cache-control': 'no-store', ...headers }, body }
}

function table(fields: readonly string[], rows: readonly (Cells | readonly (Value | boolean | null)[])[]): string {
  return [fields, ...rows].map((row) => csvSafeRow(row) + CSV_END).join('')
}

function objectOf(fields: readonly string[], record: Cells): Facts {
  return Object.fromEntries(fields.map((field, i) => [field, record[i] ?? null]))
}

function elementsOf(facts: Facts): readonly XmlElement[] {
  return Object.entries(facts)
}
