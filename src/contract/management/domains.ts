// Routes of domains: those of senders, their DKIM keys, the installation's own, and who reports complaints.
import { route } from './route.ts'

const domains = { room: 'domains', does: 'read', least: 'viewer' } as const
const keys = { ...domains, tenant: { owner: 'dkim', of: 'domain' } } as const
const sender = { ...domains, tenant: { owner: 'domain', of: 'domain' } } as const
const inbound = { room: 'inbound', does: 'read', least: 'viewer', tenant: 'none' } as const
const writes = { does: 'write', least: 'administrator' } as const

export const DOMAIN_ROUTES = [
  route('domain.list', {
    ...domains,
    method: 'GET',
    path: '/domains',
    tenant: { rows: 'account' },
    page: { by: ['domain'] },
    summary: 'Sender domains.',
  }),
  route('domain.list', { ...sender, method: 'GET', path: '/domains/{domain}', pick: ['domain'], etag: true, summary: 'A sender domain.' }),
  route('domain.add', {
    ...domains,
    ...writes,
    method: 'POST',
    path: '/domains',
    tenant: { param: 'account' },
    status: 201,
    summary: 'Binds a sender domain to an account. The answer names the record to publish.',
  }),
  route('domain.verify', {
    ...sender,
    ...writes,
    method: 'POST',
    path: '/domains/{domain}/verify',
    withheld: ['force'],
    summary: 'Looks for the record of a sender domain.',
  }),
  route('domain.remove', { ...sender, ...writes, method: 'DELETE', path: '/domains/{domain}', summary: 'Removes a sender domain.' }),
  route('dkim.list', {
    ...domains,
    method: 'GET',
    path: '/dkim',
    tenant: { rows: 'account' },
    page: { by: ['domain', 'selector'] },
    summary: 'DKIM keys, with the records to publish.',
  }),
  route('dkim.list', {
    ...keys,
    method: 'GET',
    path: '/dkim/{domain}/{selector}',
    pick: ['domain', 'selector'],
    etag: true,
    summary: 'A DKIM key, with the record to publish.',
  }),
  route('dkim.create', { ...domains, ...writes, method: 'POST', path: '/dkim', tenant: 'none', status: 201, summary: 'Makes a DKIM key.' }),
  route('dkim.import', {
    ...domains,
    ...writes,
    method: 'POST',
    path: '/dkim/import',
    tenant: 'none',
    status: 201,
    summary: 'Takes in a DKIM key that was made elsewhere.',
  }),
  route('dkim.rotate', {
    ...keys,
    ...writes,
    method: 'POST',
    path: '/dkim/{domain}/rotate',
    summary: 'Makes the keys that follow those of a domain.',
  }),
  route('dkim.verify', {
    ...keys,
    ...writes,
    method: 'POST',
    path: '/dkim/{domain}/verify',
    withheld: ['force'],
    summary: 'Looks for the records of the keys of a domain.',
  }),
  route('dkim.remove', { ...keys, ...writes, method: 'DELETE', path: '/dkim/{domain}/{selector}', summary: 'Removes a DKIM key.' }),
  route('inbound.list', {
    ...inbound,
    method: 'GET',
    path: '/inbound',
    page: { by: ['domain'] },
    tenant: { rows: 'account' },
    summary: 'Domains of the installation itself.',
  }),
  route('inbound.list', {
    ...inbound,
    method: 'GET',
    path: '/inbound/{domain}',
    pick: ['domain'],
    etag: true,
    summary: 'A domain of the installation itself.',
  }),
  route('inbound.add', {
    ...inbound,
    ...writes,
    method: 'PUT',
    path: '/inbound/{domain}',
    summary: 'Adds a domain of the installation itself, or says anew what holds for it.',
  }),
  route('inbound.remove', {
    ...inbound,
    ...writes,
    method: 'DELETE',
    path: '/inbound/{domain}',
    summary: 'Removes a domain of the installation itself.',
  }),
  route('reporter.list', {
    ...inbound,
    method: 'GET',
    path: '/reporters',
    page: { by: ['who'] },
    summary: 'Who is believed about complaints.',
  }),
  route('reporter.add', { ...inbound, ...writes, method: 'PUT', path: '/reporters/{who}', summary: 'Believes somebody about complaints.' }),
  route('reporter.remove', {
    ...inbound,
    ...writes,
    method: 'DELETE',
    path: '/reporters/{who}',
    summary: 'Does not believe somebody about complaints any more.',
  }),
] as const
