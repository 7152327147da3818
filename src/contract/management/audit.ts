// Routes of the audit.
import { route } from './route.ts'

export const AUDIT_ROUTES = [
  route('audit.list', {
    does: 'read',
    least: 'administrator',
    tenant: 'none',
    room: 'audit',
    method: 'GET',
    path: '/audit',
    reads: { account: 'number', since: 'number', until: 'number', who: 'text', action: 'text', subject: 'text', operation: 'text' },
    page: { rows: 'records', after: 'after', next: 'next' },
    summary: 'What was changed, by whom and how it was before, newest first.',
  }),
] as const
