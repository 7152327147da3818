// Calls about the server itself, as api-samples.ts has them of mail: who may steer it, its alarms, backups and versions, its tools.
import type { Samples } from './api-sample.ts'

export const ACCESS = {
  'GET /users': ({ account }) => ({ query: { account } }),
  'POST /users': ({ account, word }) => ({ body: { account, name: `${word}-new`, role: 'viewer' } }),
  'GET /users/{name}': ({ word }) => ({ path: { name: `${word}-user` } }),
  'PATCH /users/{name}': ({ word }) => ({ path: { name: `${word}-user` }, body: { role: 'operator' } }),
  'POST /users/{name}/password': ({ word }) => ({ path: { name: `${word}-user` } }),
  'GET /users/{name}/passkeys': ({ word }) => ({ path: { name: `${word}-user` } }),
  'DELETE /users/{name}/passkeys/{id}': ({ word }) => ({ path: { name: `${word}-user`, id: 'none' }, status: 404 }),
  'POST /users/{name}/lock': ({ word }) => ({ path: { name: `${word}-user` } }),
  'POST /users/{name}/unlock': ({ word }) => ({ path: { name: `${word}-user` } }),
  'POST /users/{name}/factors/remove': ({ word }) => ({ path: { name: `${word}-user` } }),
  'DELETE /users/{name}': ({ word }) => ({ path: { name: `${word}-new` } }),
  'GET /sessions': ({ account }) => ({ query: { account } }),
  'DELETE /sessions': ({ account }) => ({ query: { account } }),
  'DELETE /sessions/{id}': () => ({ path: { id: 'none' } }),
  'GET /keys': ({ account }) => ({ query: { account } }),
  'POST /keys': ({ account, word }) => ({ body: { account, name: `${word}-new`, role: 'viewer' } }),
  'GET /keys/{name}': ({ word }) => ({ path: { name: `${word}-key` } }),
  'DELETE /keys/{name}': ({ word }) => ({ path: { name: `${word}-new` } }),
} satisfies Samples

const PROVIDER = {
  name: 'company',
  issuer: 'https://login.example.com',
  clientId: 'hms',
  panel: 'https://mta.example.com',
  clientSecret: 'said to nobody',
  domains: ['example.com'],
  makes: true,
  claim: 'groups',
  roles: { staff: 'viewer' },
}

export const PROVIDERS = {
  'POST /providers': () => ({ body: PROVIDER }),
  'GET /providers': () => ({}),
  'GET /providers/{name}': () => ({ path: { name: 'company' } }),
  'PATCH /providers/{name}': () => ({ path: { name: 'company' }, body: { enabled: false } }),
  'PUT /providers/{name}/users/{user}': ({ word }) => ({ path: { name: 'company', user: `${word}-user` }, body: { subject: 'person-1' } }),
  'GET /providers/{name}/users': () => ({ path: { name: 'company' } }),
  'DELETE /providers/{name}/users/{user}': () => ({ path: { name: 'company', user: 'nobody' }, status: 404 }),
  'DELETE /providers/{name}': () => ({ path: { name: 'company' } }),
} satisfies Samples

export const ALARMS = {
  'GET /alarms': () => ({}),
  'GET /alarms/{name}': () => ({ path: { name: 'disk-days' } }),
  'PATCH /alarms/{name}': () => ({ path: { name: 'disk-days' }, body: { threshold: 2 } }),
  'POST /alarms/{name}/silence': () => ({ path: { name: 'disk-days' } }),
  'POST /alarms/{name}/unsilence': () => ({ path: { name: 'disk-days' } }),
  'POST /alarms/{name}/reset': () => ({ path: { name: 'disk-days' } }),
  'POST /alarms/{name}/test': () => ({ path: { name: 'disk-days' } }),
} satisfies Samples

export const LIFECYCLE = {
  'POST /backups': () => ({ body: { logs: false } }),
  'GET /backups': () => ({}),
  'POST /backups/verify': () => ({ body: { file: '/nowhere/hms.zip' }, status: 404 }),
  'POST /backups/downloads': () => ({ body: { file: '/nowhere/hms.zip' }, status: 404 }),
  'GET /backups/downloads/{id}/octets': () => ({ path: { id: '0'.repeat(32) }, status: 404 }),
  'POST /restore/trial': () => ({ body: { file: '/nowhere/hms.zip', settings: 'present' }, status: 404 }),
  'POST /restore': () => ({ body: { file: '/nowhere/hms.zip', uncertain: 'hold' }, status: 404 }),
  'GET /lifecycle': () => ({}),
  'POST /lifecycle/upgrade': () => ({ body: { version: '9.9.9' }, status: 400 }),
  'POST /lifecycle/downgrade': () => ({ body: { version: '0.9.0' }, status: 400 }),
  'POST /lifecycle/preflight': () => ({}),
  'GET /backups/targets': () => ({}),
  'POST /support': () => ({}),
  'GET /support': () => ({}),
  'GET /support/{id}': () => ({ path: { id: '20260101T000000Z' }, status: 404 }),
  'GET /support/{id}/octets': () => ({ path: { id: '20260101T000000Z' }, status: 404 }),
  'DELETE /support/{id}': () => ({ path: { id: '20260101T000000Z' }, status: 404 }),
  'POST /lifecycle/cleanup': () => ({ body: { dryRun: true } }),
  'POST /lifecycle/uploads': () => ({ body: { size: 1, sha256: 'ab'.repeat(32) }, status: 422 }),
  'GET /lifecycle/uploads': () => ({}),
  'GET /lifecycle/uploads/{id}': () => ({ path: { id: 1 }, status: 404 }),
  'POST /lifecycle/uploads/{id}/pieces': () => ({ path: { id: 1 }, body: { from: 0, octets: 'AAAA' }, status: 404 }),
  'DELETE /lifecycle/uploads/{id}': () => ({ path: { id: 1 }, status: 404 }),
  'GET /lifecycle/runs': () => ({}),
  'GET /lifecycle/runs/{id}': () => ({ path: { id: 1 }, status: 404 }),
  'GET /certificate': () => ({}),
  'POST /certificate/order': () => ({ body: { host: 'click.example.com' } }),
} satisfies Samples

export const TOOLS = {
  'POST /doctor': () => ({ body: {} }),
  'POST /messages/test': ({ account, word }) => ({ body: { account, to: ['success@simulator.hms.test'], subject: word } }),
  'GET /trust/{domain}': ({ word }) => ({ path: { domain: `${word}.test` } }),
  'GET /accounts/{id}/log': ({ account }) => ({ path: { id: account }, query: { limit: 5 } }),
  'GET /trace': () => ({ query: { way: 'in' } }),
  'GET /settings/files': () => ({}),
  'GET /settings/merge': () => ({}),
  'POST /settings/merge': () => ({ body: { dryRun: true } }),
} satisfies Samples
