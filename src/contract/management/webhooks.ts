// Routes of webhooks: whoever runs an account says where its events are posted to, tries it, and looks at what came of it.
import { route } from './route.ts'

const its = { room: 'webhooks', tenant: { param: 'account' }, reads: { account: 'number' } } as const
const writes = { ...its, does: 'write', least: 'administrator' } as const
const reads = { ...its, does: 'read', least: 'viewer' } as const

export const WEBHOOK_ROUTES = [
  route('webhook.list', {
    ...reads,
    method: 'GET',
    path: '/webhooks',
    page: { by: ['account', 'id'] },
    summary: 'Webhooks, and how they are.',
  }),
  route('webhook.add', {
    ...writes,
    method: 'POST',
    path: '/webhooks',
    status: 201,
    summary: 'Adds a webhook, which is told what happens from now on. Its secret is shown once.',
  }),
  route('webhook.show', {
    ...reads,
    method: 'GET',
    path: '/webhooks/{id}',
    etag: true,
    summary: 'A webhook, and how it is.',
  }),
  route('webhook.set', { ...writes, method: 'PATCH', path: '/webhooks/{id}', summary: 'Changes what is named of a webhook.' }),
  route('webhook.remove', { ...writes, method: 'DELETE', path: '/webhooks/{id}', summary: 'Removes a webhook.' }),
  route('webhook.rotate', {
    ...writes,
    method: 'POST',
    path: '/webhooks/{id}/secret',
    summary: 'Gives a webhook another secret, which is shown once; the one before counts for a while.',
  }),
  route('webhook.test', {
    ...writes,
    least: 'operator',
    method: 'POST',
    path: '/webhooks/{id}/test',
    summary: 'Posts made events to a webhook now, and tells what it answered.',
  }),
  route('webhook.log', {
    ...reads,
    reads: { account: 'number', failed: 'flag', message: 'text' },
    method: 'GET',
    path: '/webhooks/{id}/log',
    page: { rows: 'attempts', after: 'after', next: 'next' },
    summary: 'Posts to a webhook that were tried, newest first.',
  }),
  route('webhook.resume', {
    ...writes,
    least: 'operator',
    method: 'POST',
    path: '/webhooks/{id}/resume',
    summary: 'Lets a webhook that is dead or gone begin again.',
  }),
  route('webhook.replay.list', {
    ...reads,
    method: 'GET',
    path: '/webhooks/{id}/replays',
    page: { by: ['n'], down: true },
    summary: 'Replays of a webhook.',
  }),
  route('webhook.replay.start', {
    ...writes,
    least: 'operator',
    method: 'POST',
    path: '/webhooks/{id}/replays',
    status: 202,
    summary: 'Tells a webhook again what happened between two times.',
  }),
  route('webhook.replay.cancel', {
    ...writes,
    least: 'operator',
    reads: { account: 'number', n: 'number' },
    method: 'POST',
    path: '/webhooks/{id}/replays/{n}/cancel',
    summary: 'Ends a replay.',
  }),
] as const
