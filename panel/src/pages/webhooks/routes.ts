// The list of webhooks, of one account where the address says so, and the page of one with its log, whose filter is in the address.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { accountOf } from '../../app/account-search.ts'
import { inside } from '../../app/inside.tsx'

export interface LogSearch {
  /** Only posts that failed. */
  readonly failed?: true
}

const logSearchOf = (given: Readonly<Record<string, unknown>>): LogSearch => (given['failed'] === true ? { failed: true } : {})

export const webhooksRoute = createRoute({
  getParentRoute: () => inside,
  path: '/webhooks',
  validateSearch: accountOf,
  component: lazyRouteComponent(() => import('./webhooks-page.tsx'), 'WebhooksPage'),
})

export const webhookRoute = createRoute({
  getParentRoute: () => inside,
  path: '/webhooks/$id',
  validateSearch: logSearchOf,
  component: lazyRouteComponent(() => import('./webhook-page.tsx'), 'WebhookPage'),
})
