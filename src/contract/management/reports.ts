// Routes of reports about what became of mail.
import { route } from './route.ts'

export const REPORT_ROUTES = [
  route('report.query', {
    does: 'read',
    least: 'viewer',
    tenant: { param: 'account' },
    room: 'reports',
    method: 'GET',
    path: '/reports/mail',
    reads: {
      from: 'text',
      to: 'text',
      zone: 'text',
      interval: 'text',
      by: 'text',
      account: 'number',
      stream: 'text',
      mailing: 'text',
      domain: 'text',
      site: 'text',
      source: 'text',
      code: 'text',
      order: 'text',
      compare: 'flag',
    },
    page: { rows: 'rows', after: 'after', next: 'next' },
    isTable: true,
    summary:
      'What became of mail: by hour, day or month, by account, domain and more. As CSV or XML with `Accept: text/csv` or `application/xml`, or with `?format=csv` or `xml`; `hms-next` of the header is `after` of the next call then.',
  }),
  route('report.rebuild', {
    does: 'write',
    least: 'administrator',
    tenant: 'none',
    room: 'reports',
    method: 'POST',
    path: '/reports/mail/rebuild',
    status: 202,
    summary: 'Counts again what happened in the days whose events are kept.',
  }),
] as const
