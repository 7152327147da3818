// The list of identity providers, and the page of one.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'

export const providersRoute = createRoute({
  getParentRoute: () => inside,
  path: '/providers',
  component: lazyRouteComponent(() => import('./providers-page.tsx'), 'ProvidersPage'),
})

export const providerRoute = createRoute({
  getParentRoute: () => inside,
  path: '/providers/$name',
  component: lazyRouteComponent(() => import('./provider-page.tsx'), 'ProviderPage'),
})
