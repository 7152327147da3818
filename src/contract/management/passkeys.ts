// Routes of passkeys: of logging in with them, of one's own, and of those of others.
import { personal, route } from './route.ts'

export const PASSKEY_ROUTES = [
  personal('login.passkey.options', {
    method: 'POST',
    path: '/login/passkey/options',
    summary: 'What to ask the browser for, to log in with a passkey alone or as the second factor of a login.',
  }),
  personal('login.passkey', {
    method: 'POST',
    path: '/login/passkey',
    summary: 'Logs in with a passkey: alone, or as the second factor of a login.',
  }),
  personal('me.passkeys', { method: 'GET', path: '/me/passkeys', page: { by: ['madeAt', 'id'] }, summary: "Passkeys of one's own." }),
  personal('me.passkeys.options', {
    method: 'POST',
    path: '/me/passkeys/options',
    summary: 'What to ask the browser for, to make a passkey.',
  }),
  personal('me.passkeys.add', { method: 'POST', path: '/me/passkeys', status: 201, summary: 'Takes the passkey that the browser made.' }),
  personal('me.passkeys.remove', { method: 'DELETE', path: '/me/passkeys/{id}', summary: "Removes a passkey of one's own." }),
  personal('me.fresh.options', {
    method: 'POST',
    path: '/me/fresh/options',
    summary: 'What to ask the browser for, to show a passkey again.',
  }),
  personal('me.fresh', {
    method: 'POST',
    path: '/me/fresh',
    summary: 'Shows a second factor again, or the password where there is none, which some changes want.',
  }),
] as const

const USERS = { room: 'users', least: 'administrator', tenant: { owner: 'user', of: 'name' } } as const

export const USER_PASSKEY_ROUTES = [
  route('user.passkeys', {
    ...USERS,
    does: 'read',
    method: 'GET',
    path: '/users/{name}/passkeys',
    page: { by: ['madeAt', 'id'] },
    summary: 'Passkeys of a user.',
  }),
  route('user.passkeys.remove', {
    ...USERS,
    fresh: true,
    does: 'write',
    method: 'DELETE',
    path: '/users/{name}/passkeys/{id}',
    summary: 'Removes a passkey of a user who lost it.',
  }),
] as const
