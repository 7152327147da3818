// Backups, and the restore of one. What was started last is in the address: it is followed again when the page is loaded anew.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'
import { backupSearchOf, restoreSearchOf } from './search.ts'

export const backupsRoute = createRoute({
  getParentRoute: () => inside,
  path: '/backups',
  validateSearch: backupSearchOf,
  component: lazyRouteComponent(() => import('./backups-page.tsx'), 'BackupsPage'),
})

export const restoreRoute = createRoute({
  getParentRoute: () => inside,
  path: '/backups/restore',
  validateSearch: restoreSearchOf,
  component: lazyRouteComponent(() => import('./restore-page.tsx'), 'RestorePage'),
})
