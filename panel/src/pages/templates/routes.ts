// Stored templates, and the editor of one: of an account where the address says so, otherwise of all.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { accountOf } from '../../app/account-search.ts'
import { inside } from '../../app/inside.tsx'

export const templatesRoute = createRoute({
  getParentRoute: () => inside,
  path: '/templates',
  validateSearch: accountOf,
  component: lazyRouteComponent(() => import('./templates-page.tsx'), 'TemplatesPage'),
})

export const newTemplateRoute = createRoute({
  getParentRoute: () => inside,
  path: '/templates/new',
  component: lazyRouteComponent(() => import('./new-template-page.tsx'), 'NewTemplatePage'),
})

export const templateRoute = createRoute({
  getParentRoute: () => inside,
  path: '/templates/of/$id',
  validateSearch: accountOf,
  component: lazyRouteComponent(() => import('./template-page.tsx'), 'TemplatePage'),
})
