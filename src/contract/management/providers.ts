// Routes of providers of OpenID Connect, by which users may log in.
import { personal, route } from './route.ts'

export const LOGIN_PROVIDER_ROUTES = [
  personal('login.providers', {
    method: 'GET',
    path: '/login/providers',
    page: { by: ['name'] },
    summary: 'By which providers one may log in.',
  }),
] as const

const PROVIDERS = { room: 'users', least: 'owner', tenant: 'none' } as const

export const PROVIDER_ROUTES = [
  route('provider.list', {
    ...PROVIDERS,
    does: 'read',
    method: 'GET',
    path: '/providers',
    page: { by: ['name'] },
    summary: 'Providers of OpenID Connect.',
  }),
  route('provider.add', {
    ...PROVIDERS,
    fresh: true,
    does: 'write',
    method: 'POST',
    path: '/providers',
    status: 201,
    summary: 'Lets people log in by a provider of OpenID Connect.',
  }),
  route('provider.show', {
    ...PROVIDERS,
    does: 'read',
    method: 'GET',
    path: '/providers/{name}',
    etag: true,
    summary: 'One provider.',
  }),
  route('provider.set', {
    ...PROVIDERS,
    fresh: true,
    does: 'write',
    method: 'PATCH',
    path: '/providers/{name}',
    summary: 'Changes a provider, from the next login on. Switched off, the sessions that began by it end.',
  }),
  route('provider.remove', {
    ...PROVIDERS,
    fresh: true,
    does: 'write',
    method: 'DELETE',
    path: '/providers/{name}',
    summary: 'Removes a provider. Sessions that began by it end; users stay.',
  }),
  route('provider.users', {
    ...PROVIDERS,
    does: 'read',
    method: 'GET',
    path: '/providers/{name}/users',
    page: { by: ['user'] },
    summary: 'Who is whom to a provider.',
  }),
  route('provider.link', {
    ...PROVIDERS,
    fresh: true,
    does: 'write',
    method: 'PUT',
    path: '/providers/{name}/users/{user}',
    summary: 'Says who a user is to the provider, where it does not tell verified addresses.',
  }),
  route('provider.unlink', {
    ...PROVIDERS,
    fresh: true,
    does: 'write',
    method: 'DELETE',
    path: '/providers/{name}/users/{user}',
    summary: 'Forgets who a user is to the provider.',
  }),
] as const
