// Reports of DMARC and TLS; the time and the domain are in the address.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'
import { searchOf } from './search.ts'

export const sumsRoute = createRoute({
  getParentRoute: () => inside,
  path: '/dmarc',
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import('./sums-page.tsx'), 'SumsPage'),
})
