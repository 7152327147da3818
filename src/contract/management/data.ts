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
] as const
