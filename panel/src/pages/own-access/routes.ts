// The page about one's own access, which everybody has.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'

export const ownAccessRoute = createRoute({
  getParentRoute: () => inside,
  path: '/me',
  component: lazyRouteComponent(() => import('./own-access-page.tsx'), 'OwnAccessPage'),
})
