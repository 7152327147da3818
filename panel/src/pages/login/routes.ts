// The pages before the login: logging in, and the first password by a link.
import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { root } from '../../app/inside.tsx'
import { meQuery } from '../../app/session.ts'
import { nextPath } from './next-path.ts'

interface LoginSearch {
  /** Where to afterwards: a path of this panel. */
  readonly next?: string
  /** The session ended under way. */
  readonly ended?: true
}

export const loginRoute = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: ({ next, ended }: Record<string, unknown>): LoginSearch => {
    const path = nextPath(next)
    return { ...(path !== undefined && { next: path }), ...((ended === true || ended === 'true') && { ended: true as const }) }
  },
  beforeLoad: async ({ context: { queries }, search }) => {
    const me = await queries.ensureQueryData(meQuery).catch(() => null)
    if (me !== null) throw redirect({ href: search.next ?? '/' })
  },
  component: lazyRouteComponent(() => import('./login-page.tsx'), 'LoginPage'),
})

export const firstRoute = createRoute({
  getParentRoute: () => root,
  path: '/first',
  component: lazyRouteComponent(() => import('./first-page.tsx'), 'FirstPage'),
})
