// Routes of what replies and returned messages mean, and of the settings of the server.
import { route } from './route.ts'

const reads = { does: 'read', least: 'viewer', tenant: 'none' } as const
const settings = { room: 'settings', does: 'read', least: 'administrator', tenant: 'none', method: 'GET' } as const

export const READING_ROUTES = [
  route('replies.classify', {
    ...reads,
    room: 'rules',
    method: 'POST',
    path: '/replies/classify',
    summary: 'What replies of receivers mean.',
  }),
  route('replies.unknown', {
    ...reads,
    room: 'rules',
    method: 'GET',
    path: '/replies/unknown',
    page: { by: ['count', 'form'], down: true },
    summary: 'Replies that no rule knows, the most frequent first.',
  }),
  route('replies.learn', {
    room: 'rules',
    does: 'write',
    least: 'administrator',
    tenant: 'none',
    method: 'POST',
    path: '/replies/learn',
    summary: 'Makes a rule of what a reply means.',
  }),
  route('replies.try', {
    ...reads,
    room: 'rules',
    method: 'POST',
    path: '/replies/try',
    summary: 'What the list files say of a reply.',
  }),
  route('replies.lists', {
    ...reads,
    room: 'rules',
    method: 'GET',
    path: '/replies/lists',
    page: { by: ['name'] },
    summary: 'List files about replies and bounces: which copy counts, and what is wrong in it.',
  }),
  route('returned.read', {
    ...reads,
    room: 'inbound',
    method: 'POST',
    path: '/returned/read',
    most: 2 * 1024 * 1024,
    summary: 'How a message that came back is read, and what it means.',
  }),
  route('config.describe', {
    ...settings,
    path: '/settings',
    page: { by: ['name'] },
    summary: 'Settings of the server: what they mean, take and are now.',
  }),
  route('config.describe', { ...settings, path: '/settings/{name}', pick: ['name'], etag: true, summary: 'A setting of the server.' }),
  route('config.set', {
    ...settings,
    does: 'write',
    least: 'owner',
    fresh: true,
    method: 'PUT',
    path: '/settings/{name}',
    summary: 'Changes a setting of the server in its file.',
  }),
  route('config.unset', {
    ...settings,
    does: 'write',
    least: 'owner',
    fresh: true,
    method: 'DELETE',
    path: '/settings/{name}',
    summary: 'Takes a setting out of the file of the server: its default holds.',
  }),
  route('config.check', {
    ...settings,
    path: '/settings/problems',
    summary: 'What is wrong in the configuration file and the environment, as a start would find it.',
  }),
] as const
