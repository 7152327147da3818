// Routes of alarms.
import { route } from './route.ts'

const reads = { does: 'read', least: 'viewer', tenant: 'none' } as const
const writes = { does: 'write', least: 'administrator', tenant: 'none' } as const
const steers = { ...writes, least: 'operator' } as const

export const ALARM_ROUTES = [
  route('alarm.list', {
    ...reads,
    room: 'alarms',
    method: 'GET',
    path: '/alarms',
    page: { by: ['name'] },
    summary: 'Alarms, with what fires.',
  }),
  route('alarm.list', {
    ...reads,
    room: 'alarms',
    method: 'GET',
    path: '/alarms/{name}',
    pick: ['name'],
    etag: true,
    summary: 'An alarm.',
  }),
  route('alarm.set', { ...writes, room: 'alarms', method: 'PATCH', path: '/alarms/{name}', summary: 'Changes when an alarm fires.' }),
  route('alarm.silence', {
    ...steers,
    room: 'alarms',
    method: 'POST',
    path: '/alarms/{name}/silence',
    summary: 'Nobody is told of an alarm.',
  }),
  route('alarm.unsilence', {
    ...steers,
    room: 'alarms',
    method: 'POST',
    path: '/alarms/{name}/unsilence',
    summary: 'People are told of it again.',
  }),
  route('alarm.reset', {
    ...writes,
    room: 'alarms',
    method: 'POST',
    path: '/alarms/{name}/reset',
    summary: 'Lets an alarm be as shipped.',
  }),
  route('alarm.test', { ...steers, room: 'alarms', method: 'POST', path: '/alarms/{name}/test', summary: 'Tells an alarm as a test.' }),
] as const
