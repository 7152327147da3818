// Routes of milters: mail filters that run as programs of their own.
import { route } from './route.ts'

const reads = { does: 'read', least: 'viewer', tenant: 'none', room: 'routes' } as const
const writes = { ...reads, does: 'write', least: 'administrator' } as const

export const MILTER_ROUTES = [
  route('milter.list', {
    ...reads,
    method: 'GET',
    path: '/milters',
    page: { by: ['order', 'name'] },
    summary: 'Milters, and how they do.',
  }),
  route('milter.list', {
    ...reads,
    method: 'GET',
    path: '/milters/{name}',
    pick: ['name'],
    etag: true,
    summary: 'A milter, and how it does.',
  }),
  route('milter.set', {
    ...writes,
    method: 'PUT',
    path: '/milters/{name}',
    summary: 'Sets up a milter, or changes what is named of it.',
  }),
  route('milter.remove', { ...writes, method: 'DELETE', path: '/milters/{name}', summary: 'Asks a milter no more.' }),
  route('milter.test', {
    ...writes,
    least: 'operator',
    method: 'POST',
    path: '/milters/{name}/test',
    summary: 'Asks a milter about a message that is no mail, and tells what it says.',
  }),
] as const
