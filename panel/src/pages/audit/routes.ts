// The audit, with its filters in the address.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'
import { searchOf } from './search.ts'

export const auditRoute = createRoute({
  getParentRoute: () => inside,
  path: '/audit',
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import('./audit-page.tsx'), 'AuditPage'),
})
