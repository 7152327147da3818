// Routes of backups, restores, versions and the certificate.
import { route } from './route.ts'

const room = { room: 'lifecycle', tenant: 'none' } as const
const read = { ...room, does: 'read', least: 'administrator', method: 'GET' } as const
/** What it was started for is in `GET /lifecycle/runs/{id}`. */
const start = { ...room, does: 'write', least: 'owner', method: 'POST', status: 202 } as const

export const LIFECYCLE_ROUTES = [
  route('backup.list', {
    ...read,
    path: '/backups',
    page: { by: ['at', 'file'], down: true },
    summary: 'Backups of the home that are known.',
  }),
  route('backup.start', { ...start, fresh: true, path: '/backups', summary: 'Makes a backup, in the background.' }),
  route('backup.verify', { ...start, path: '/backups/verify', summary: 'Reads a backup to its end, in the background.' }),
  route('backup.open', {
    ...start,
    fresh: true,
    status: 201,
    path: '/backups/downloads',
    summary: 'Opens a backup for reading, for half a day.',
  }),
  route('backup.read', {
    ...read,
    least: 'owner',
    path: '/backups/downloads/{id}/octets',
    reads: { from: 'number' },
    octets: 'application/octet-stream',
    summary: 'The octets of a backup that was opened, up to 1 MiB at a time, or all of them.',
  }),
  route('restore.try', {
    ...start,
    path: '/restore/trial',
    summary: 'Tells what a restore would do, and changes nothing; in the background.',
  }),
  route('restore.start', {
    ...start,
    fresh: true,
    path: '/restore',
    summary: 'Puts a backup back, in the background; the server is at rest meanwhile.',
  }),
  route('lifecycle.show', {
    ...read,
    path: '/lifecycle',
    summary: 'Versions, the last upgrade or downgrade, and a restore that has not ended.',
  }),
  route('lifecycle.preflight', {
    ...start,
    path: '/lifecycle/preflight',
    summary: 'Checks the machine before an upgrade, in the background.',
  }),
  route('lifecycle.upgrade', {
    ...start,
    fresh: true,
    path: '/lifecycle/upgrade',
    summary: 'Lets a newer release take over, in the background.',
  }),
  route('lifecycle.downgrade', {
    ...start,
    fresh: true,
    path: '/lifecycle/downgrade',
    summary: 'Goes back to an older installed version, in the background.',
  }),
  route('upload.list', {
    ...read,
    path: '/lifecycle/uploads',
    page: { by: ['id'], down: true },
    summary: 'Releases that came by this API, and how much of them.',
  }),
  route('upload.show', {
    ...read,
    path: '/lifecycle/uploads/{id}',
    reads: { id: 'number' },
    etag: true,
    summary: 'How much of a release has come, or what it is.',
  }),
  route('upload.begin', {
    ...start,
    fresh: true,
    status: 201,
    path: '/lifecycle/uploads',
    summary: 'Begins to send a signed release, in pieces.',
  }),
  route('upload.add', {
    ...start,
    status: 201,
    path: '/lifecycle/uploads/{id}/pieces',
    reads: { id: 'number' },
    most: 6 * 1024 * 1024,
    summary: 'The next piece of a release.',
  }),
  route('upload.remove', {
    ...room,
    does: 'write',
    least: 'owner',
    method: 'DELETE',
    path: '/lifecycle/uploads/{id}',
    reads: { id: 'number' },
    summary: 'Removes what came of a release.',
  }),
  route('lifecycle.cleanup', {
    ...room,
    does: 'write',
    least: 'owner',
    method: 'POST',
    fresh: true,
    path: '/lifecycle/cleanup',
    summary: 'Removes what conversions of older formats left, or tells what there is.',
  }),
  route('backup.targets', { ...read, path: '/backups/targets', page: { by: ['name'] }, summary: 'Folders that backups may be made in.' }),
  route('support.list', { ...read, least: 'owner', path: '/support', page: { by: ['id'], down: true }, summary: 'Support bundles.' }),
  route('support.list', { ...read, least: 'owner', path: '/support/{id}', pick: ['id'], etag: true, summary: 'A support bundle.' }),
  route('support.make', { ...start, fresh: true, path: '/support', summary: 'Makes a support bundle, in the background.' }),
  route('support.read', {
    ...read,
    least: 'owner',
    path: '/support/{id}/octets',
    reads: { from: 'number' },
    octets: 'application/gzip',
    summary: 'The octets of a support bundle, up to 1 MiB at a time, or all of them.',
  }),
  route('support.remove', {
    ...room,
    does: 'write',
    least: 'owner',
    method: 'DELETE',
    path: '/support/{id}',
    summary: 'Removes a support bundle.',
  }),
  route('certificate.show', { ...read, path: '/certificate', etag: true, summary: 'The certificate that listeners show.' }),
  route('certificate.order', { ...start, fresh: true, path: '/certificate/order', summary: 'Orders a certificate, in the background.' }),
  route('run.list', { ...read, path: '/lifecycle/runs', page: { by: ['id'], down: true }, summary: 'What was started in the background.' }),
  route('run.show', {
    ...read,
    path: '/lifecycle/runs/{id}',
    reads: { id: 'number' },
    etag: true,
    summary: 'How far something is that was started in the background, or what came of it.',
  }),
] as const
