// The list of users, of one account where the address says so, and the page of one.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { accountOf } from '../../app/account-search.ts'
import { inside } from '../../app/inside.tsx'

export const usersRoute = createRoute({
  getParentRoute: () => inside,
  path: '/users',
  validateSearch: accountOf,
  component: lazyRouteComponent(() => import('./users-page.tsx'), 'UsersPage'),
})

export const userRoute = createRoute({
  getParentRoute: () => inside,
  path: '/users/$name',
  component: lazyRouteComponent(() => import('./user-page.tsx'), 'UserPage'),
})
