// Assembly jobs, of one account where the address says so; the page of one, and a new one.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { accountOf } from '../../app/account-search.ts'
import { inside } from '../../app/inside.tsx'

export const jobsRoute = createRoute({
  getParentRoute: () => inside,
  path: '/jobs',
  validateSearch: accountOf,
  component: lazyRouteComponent(() => import('./jobs-page.tsx'), 'JobsPage'),
})

export const newJobRoute = createRoute({
  getParentRoute: () => inside,
  path: '/jobs/new',
  component: lazyRouteComponent(() => import('./new-job-page.tsx'), 'NewJobPage'),
})

export const jobRoute = createRoute({
  getParentRoute: () => inside,
  path: '/jobs/$id',
  component: lazyRouteComponent(() => import('./job-page.tsx'), 'JobPage'),
})
