// Routes of plug-ins: the owner's own code. It may read all mail and refuse it, so that only an owner brings it here, and no key.
import { route } from './route.ts'

const reads = { does: 'read', least: 'administrator', tenant: 'none', room: 'routes' } as const
const writes = { ...reads, does: 'write' } as const

export const PLUGIN_ROUTES = [
  route('plugin.list', { ...reads, method: 'GET', path: '/plugins', page: { by: ['position'] }, summary: 'Plug-ins, and how they do.' }),
  route('plugin.list', {
    ...reads,
    method: 'GET',
    path: '/plugins/{name}',
    pick: ['name'],
    etag: true,
    summary: 'A plug-in, and how it does.',
  }),
  route('plugin.add', {
    ...writes,
    least: 'owner',
    fresh: true,
    people: true,
    method: 'POST',
    path: '/plugins',
    status: 201,
    most: 24 * 1024 * 1024,
    summary: 'Adds a plug-in, or replaces its code.',
  }),
  route('plugin.set', {
    ...writes,
    method: 'PATCH',
    path: '/plugins/{name}',
    summary: 'Switches a plug-in, or changes what is named of it.',
  }),
  route('plugin.settings', {
    ...reads,
    method: 'GET',
    path: '/plugins/{name}/settings',
    etag: true,
    summary: 'Settings of a plug-in, with their defaults; no secret.',
  }),
  route('plugin.settings.set', {
    ...writes,
    method: 'PATCH',
    path: '/plugins/{name}/settings',
    summary: 'Changes settings of a plug-in, which its own code checks.',
  }),
  route('plugin.log', {
    ...reads,
    method: 'GET',
    path: '/plugins/{name}/log',
    reads: { limit: 'number' },
    summary: 'What a plug-in said and wrote lately.',
  }),
  route('plugin.remove', {
    ...writes,
    least: 'owner',
    fresh: true,
    method: 'DELETE',
    path: '/plugins/{name}',
    summary: 'Removes a plug-in, its entry and its code.',
  }),
] as const
