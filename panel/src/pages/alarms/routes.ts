// Alarms, what fires, and what was told.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'

export const alarmsRoute = createRoute({
  getParentRoute: () => inside,
  path: '/alarms',
  component: lazyRouteComponent(() => import('./alarms-page.tsx'), 'AlarmsPage'),
})
