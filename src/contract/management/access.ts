// Routes of what people do about their own access: logging in, the second factor, sessions.
import { personal } from './route.ts'

export const OWN_ROUTES = [
  personal('login', { method: 'POST', path: '/login', summary: 'Logs in with a password.' }),
  personal('login.totp', { method: 'POST', path: '/login/totp', summary: 'The second factor of a login.' }),
  personal('login.first', { method: 'POST', path: '/login/first', summary: 'Sets a password by a link that was made once.' }),
  personal('logout', { method: 'POST', path: '/logout', summary: 'Ends the session.' }),
  personal('me.show', { method: 'GET', path: '/me', summary: 'Who calls, and what he may.' }),
  personal('me.password', { method: 'PUT', path: '/me/password', summary: 'Another password; other sessions end.' }),
  personal('me.totp.begin', {
    method: 'POST',
    path: '/me/totp',
    summary: 'A new secret for one-time codes, which holds once a code confirms it.',
  }),
  personal('me.totp.confirm', { method: 'POST', path: '/me/totp/confirm', summary: 'Confirms it. Recovery codes are shown once.' }),
  personal('me.totp.remove', { method: 'POST', path: '/me/totp/remove', summary: 'Logs in without one-time codes from now on.' }),
  personal('me.sessions', { method: 'GET', path: '/me/sessions', summary: "Sessions of one's own." }),
  personal('me.sessions.end', { method: 'DELETE', path: '/me/sessions', summary: "Ends all other sessions of one's own." }),
  personal('me.sessions.end', { method: 'DELETE', path: '/me/sessions/{id}', summary: "Ends a session of one's own." }),
] as const
