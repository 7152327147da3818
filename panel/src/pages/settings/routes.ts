// Settings of the server, one of them, and the merge with a new default.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'
import { settingSearchOf } from './find.ts'

export const settingsRoute = createRoute({
  getParentRoute: () => inside,
  path: '/settings',
  validateSearch: settingSearchOf,
  component: lazyRouteComponent(() => import('./settings-page.tsx'), 'SettingsPage'),
})

export const mergeRoute = createRoute({
  getParentRoute: () => inside,
  path: '/settings/merge',
  component: lazyRouteComponent(() => import('./merge-page.tsx'), 'MergePage'),
})

export const settingRoute = createRoute({
  getParentRoute: () => inside,
  path: '/settings/$name',
  component: lazyRouteComponent(() => import('./setting-page.tsx'), 'SettingPage'),
})
