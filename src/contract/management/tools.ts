// Routes of what looks at the installation: its checks, a test message, TLS of a domain, logs, live dialogs, and the merge of a new default.
import { route } from './route.ts'

const steers = { least: 'operator', tenant: 'none' } as const
const config = { room: 'settings', tenant: 'none' } as const

export const TOOL_ROUTES = [
  route('doctor.check', {
    ...steers,
    room: 'status',
    does: 'write',
    least: 'administrator',
    method: 'POST',
    path: '/doctor',
    summary: 'Checks the installation, and says what to mend.',
  }),
  route('mail.test', {
    ...steers,
    room: 'queue',
    does: 'write',
    tenant: { param: 'account' },
    method: 'POST',
    path: '/messages/test',
    status: 201,
    summary: 'Sends a test message. What becomes of it is in /queue/{id}.',
  }),
  route('trust.look', {
    ...steers,
    room: 'domains',
    does: 'read',
    method: 'GET',
    path: '/trust/{domain}',
    etag: true,
    summary: 'What a domain publishes about TLS, and how its mail would go.',
  }),
  route('log.read', {
    room: 'events',
    does: 'read',
    least: 'viewer',
    tenant: { owner: 'account', of: 'id' },
    method: 'GET',
    path: '/accounts/{id}/log',
    reads: { id: 'number', day: 'text' },
    page: { rows: 'lines', after: 'before', next: 'next' },
    summary: 'The processed log of an account, the newest lines first.',
  }),
  route('trace.follow', {
    ...steers,
    room: 'queue',
    does: 'read',
    method: 'GET',
    path: '/trace',
    reads: { way: 'text', domain: 'text', address: 'text' },
    page: { rows: 'lines', after: 'after', next: 'last' },
    streaming: 'own-tail',
    summary: 'The SMTP dialog of live connections, without credentials and messages.',
  }),
  route('config.files', {
    ...config,
    does: 'read',
    least: 'administrator',
    method: 'GET',
    path: '/settings/files',
    page: { by: ['file'] },
    summary: 'Files of the configuration: which were edited, and which have a new default beside them.',
  }),
  route('config.merge.show', {
    ...config,
    does: 'read',
    least: 'owner',
    method: 'GET',
    path: '/settings/merge',
    etag: true,
    summary: 'What the new default beside the configuration brings, and what conflicts with what was edited.',
  }),
  route('config.merge', {
    ...config,
    does: 'write',
    least: 'owner',
    method: 'POST',
    path: '/settings/merge',
    summary: 'Merges the new default into the configuration.',
  }),
] as const
