// What came back, with the time, the account and what is shown of it in the address.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'
import { bounceSearchOf } from './search.ts'

export const bouncesRoute = createRoute({
  getParentRoute: () => inside,
  path: '/bounces',
  validateSearch: bounceSearchOf,
  component: lazyRouteComponent(() => import('./bounces-page.tsx'), 'BouncesPage'),
})
