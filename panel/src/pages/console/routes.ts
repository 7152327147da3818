// The console.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'

export const consoleRoute = createRoute({
  getParentRoute: () => inside,
  path: '/console',
  component: lazyRouteComponent(() => import('./console-page.tsx'), 'ConsolePage'),
})
