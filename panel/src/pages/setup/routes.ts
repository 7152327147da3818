// From a fresh server to mail that is delivered.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'

interface SetupSearch {
  /** Whose records are shown. */
  readonly domain?: string
}

export const setupRoute = createRoute({
  getParentRoute: () => inside,
  path: '/setup',
  validateSearch: ({ domain }: Record<string, unknown>): SetupSearch => (typeof domain === 'string' && domain !== '' ? { domain } : {}),
  component: lazyRouteComponent(() => import('./setup-page.tsx'), 'SetupPage'),
})
