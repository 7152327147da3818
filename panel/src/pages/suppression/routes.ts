// Suppression lists, of one account where the address says so; and the page of a list, with its filters and the entry that is explained.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'
import { entrySearchOf, listsSearchOf } from './search.ts'

export const suppressionRoute = createRoute({
  getParentRoute: () => inside,
  path: '/suppression',
  validateSearch: listsSearchOf,
  component: lazyRouteComponent(() => import('./suppression-page.tsx'), 'SuppressionPage'),
})

export const suppressionListRoute = createRoute({
  getParentRoute: () => inside,
  path: '/suppression/$list',
  validateSearch: entrySearchOf,
  component: lazyRouteComponent(() => import('./list-page.tsx'), 'ListPage'),
})
