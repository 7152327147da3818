// The list of sender domains, of one account where the address says so, and the page of one.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'
import { accountOf } from '../../app/account-search.ts'

export const domainsRoute = createRoute({
  getParentRoute: () => inside,
  path: '/domains',
  validateSearch: accountOf,
  component: lazyRouteComponent(() => import('./domains-page.tsx'), 'DomainsPage'),
})

export const domainRoute = createRoute({
  getParentRoute: () => inside,
  path: '/domains/$domain',
  component: lazyRouteComponent(() => import('./domain-page.tsx'), 'DomainPage'),
})
