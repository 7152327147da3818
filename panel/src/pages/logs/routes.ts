// Logs of accounts.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'
import { logSearchOf } from './search.ts'

export const logsRoute = createRoute({
  getParentRoute: () => inside,
  path: '/logs',
  validateSearch: logSearchOf,
  component: lazyRouteComponent(() => import('./logs-page.tsx'), 'LogsPage'),
})
