// The list of plug-ins, and the page of one.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'

export const pluginsRoute = createRoute({
  getParentRoute: () => inside,
  path: '/plugins',
  component: lazyRouteComponent(() => import('./plugins-page.tsx'), 'PluginsPage'),
})

export const pluginRoute = createRoute({
  getParentRoute: () => inside,
  path: '/plugins/$name',
  component: lazyRouteComponent(() => import('./plugin-page.tsx'), 'PluginPage'),
})
