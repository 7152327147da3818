// The list of keys of the management API, of one account where the address says so.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { accountOf } from '../../app/account-search.ts'
import { inside } from '../../app/inside.tsx'

export const keysRoute = createRoute({
  getParentRoute: () => inside,
  path: '/keys',
  validateSearch: accountOf,
  component: lazyRouteComponent(() => import('./keys-page.tsx'), 'KeysPage'),
})
