// Accounts, the page of one with its part in the address, and the short path to a new one.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'

export const TABS = ['overview', 'credentials', 'limits', 'settings'] as const
export type TabName = (typeof TABS)[number]

interface AccountSearch {
  /** Left out: the overview. */
  readonly tab?: TabName
}

export const accountsRoute = createRoute({
  getParentRoute: () => inside,
  path: '/accounts',
  component: lazyRouteComponent(() => import('./accounts-page.tsx'), 'AccountsPage'),
})

export const newAccountRoute = createRoute({
  getParentRoute: () => inside,
  path: '/accounts/new',
  component: lazyRouteComponent(() => import('./new-account-page.tsx'), 'NewAccountPage'),
})

export const accountRoute = createRoute({
  getParentRoute: () => inside,
  path: '/accounts/$id',
  validateSearch: ({ tab }: Readonly<Record<string, unknown>>): AccountSearch => {
    const known = TABS.find((one) => one === tab)
    return known === undefined || known === 'overview' ? {} : { tab: known }
  },
  component: lazyRouteComponent(() => import('./account-page.tsx'), 'AccountPage'),
})
