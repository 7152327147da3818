// The list of milters, and the page of one.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'

export const miltersRoute = createRoute({
  getParentRoute: () => inside,
  path: '/milters',
  component: lazyRouteComponent(() => import('./milters-page.tsx'), 'MiltersPage'),
})

export const milterRoute = createRoute({
  getParentRoute: () => inside,
  path: '/milters/$name',
  component: lazyRouteComponent(() => import('./milter-page.tsx'), 'MilterPage'),
})
