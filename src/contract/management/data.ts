// Routes about what the home keeps.
import { route } from './route.ts'

export const DATA_ROUTES = [
  route('disk.use', {
    does: 'read',
    least: 'viewer',
    tenant: 'none',
    room: 'status',
    method: 'GET',
    path: '/disk',
    summary: 'What the home has on its disk by kind, how fast it grows, and how long the disk lasts.',
  }),
  route('erase.start', {
    does: 'write',
    least: 'administrator',
    tenant: 'none',
    room: 'events',
    method: 'POST',
    path: '/erasures',
    status: 202,
    summary: 'Removes a person from what is kept, in the background.',
  }),
  route('erase.list', {
    does: 'read',
    least: 'administrator',
    tenant: 'none',
    room: 'events',
    method: 'GET',
    path: '/erasures',
    page: { by: ['id'], down: true },
    summary: 'Erasures, those that are under way and the last that were done.',
  }),
  route('erase.show', {
    does: 'read',
    least: 'administrator',
    tenant: 'none',
    room: 'events',
    method: 'GET',
    path: '/erasures/{id}',
    reads: { id: 'number' },
    etag: true,
    summary: 'How far an erasure came.',
  }),
] as const
