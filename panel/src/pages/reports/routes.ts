// Reports, with what is asked in the address.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'
import { searchOf } from './search.ts'

export const reportsRoute = createRoute({
  getParentRoute: () => inside,
  path: '/reports',
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import('./reports-page.tsx'), 'ReportsPage'),
})
