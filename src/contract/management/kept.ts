// Routes of copies of delivered mail. They have what was written to people: administrators alone read them.
import { route } from './route.ts'

const reads = { does: 'read', least: 'administrator', tenant: { param: 'account' }, room: 'kept', method: 'GET' } as const

export const KEPT_ROUTES = [
  route('kept.find', {
    ...reads,
    path: '/accounts/{account}/kept',
    reads: { account: 'number', address: 'text', message: 'text', subject: 'text', since: 'number' },
    page: { rows: 'deliveries', after: 'after', next: 'next' },
    summary: 'Deliveries of which a copy is kept, newest days first. A page may be empty though there are more.',
  }),
  route('kept.show', {
    ...reads,
    path: '/accounts/{account}/kept/{message}',
    reads: { account: 'number' },
    etag: true,
    summary: 'One message of which a copy is kept: its header, and who got it when.',
  }),
  route('kept.raw', {
    ...reads,
    path: '/accounts/{account}/kept/{message}/raw',
    reads: { account: 'number', address: 'text', from: 'number' },
    octets: 'message/rfc822',
    summary: 'The octets of a copy, up to 1 MiB at a time, or all of them.',
  }),
] as const
