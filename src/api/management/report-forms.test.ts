import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REPORT_FIGURES } from '../../contract/report-figures.ts'
import { readXml } from '../../policy/jobs/xml.ts'
import { formAsked, formed } from './report-forms.ts'

const TABLE = { isTable: true } as const

test('the form of a report stands in the query, else in the header; who takes pages has JSON', () => {
  const form = (query: string, accept?: string): string => formAsked(TABLE, new URLSearchParams(query), accept).form
  assert.deepEqual(
    ['', 'format=json', 'format=csv', 'format=xml'].map((query) => form(query, 'text/csv')),
    ['csv', 'json', 'csv', 'xml'],
  )
  assert.equal(form('', undefined), 'json')
  assert.equal(form('', '*/*'), 'json')
  assert.equal(form('', 'Application/XML'), 'xml')
  assert.equal(form('', 'application/json, text/csv'), 'json')
  assert.equal(form('', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'), 'json')
  for (const query of ['format=yaml', 'format=', 'format=csv&format=xml'])
    assert.throws(() => form(query), { code: 'invalid-parameter', message: 'format must be json, csv or xml.' })
  // What it leaves is for the operation; of other routes nothing is taken away.
  assert.equal(formAsked(TABLE, new URLSearchParams('by=site&format=xml')).query.toString(), 'by=site')
  assert.deepEqual(formAsked({}, new URLSearchParams('format=xml'), 'text/csv'), { form: 'json', query: new URLSearchParams('format=xml') })
})

test('a report as XML says what its JSON says, whatever a value holds', () => {
  const figures = Object.fromEntries(REPORT_FIGURES.map((name, i) => [name, i]))
  const row = { at: null, account: 1001, value: '<x> & "\u0001"', figures, times: { p50: 1, p90: 2, p99: 3 }, before: null }
  const report = {
    data: [row, { ...row, value: null }],
    next: '2',
    by: 'mailing',
    total: { figures, times: null, before: null },
    isBehind: false,
  }
  const { headers, body } = formed('xml', report)
  assert.equal(headers?.['content-type'], 'application/xml; charset=utf-8')
  assert.equal(headers?.['hms-next'], '2')
  const { name, value } = readXml(String(body)) as unknown as { name: string; value: Record<string, unknown> }
  assert.equal(name, 'report')
  assert.deepEqual([value['next'], value['by'], value['isBehind']], ['2', 'mailing', 'false'])
  const [first, second] = (value['data'] as { row: Record<string, unknown>[] }).row
  assert.equal(first?.['value'], '<x> & "\ufffd"')
  assert.deepEqual(first?.['figures'], Object.fromEntries(REPORT_FIGURES.map((one, i) => [one, String(i)])))
  assert.deepEqual([first?.['account'], second?.['value']], ['1001', ''])
  const csv = formed('csv', { ...report, data: [{ ...row, provider: 'gmail' }, row] })
  assert.match(String(csv.body).split('\r\n')[1] ?? '', /^,1001,[^,]*,gmail,0,1,/)
  assert.equal(csv.headers?.['content-type'], 'text/csv; charset=utf-8; header=present')
  assert.equal(String(csv.body).split('\r\n').length, 4)
})
