// Versions of the program, and the change to another.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'

export interface VersionSearch {
  /** The run that is followed. */
  readonly run?: number
}

export const versionsRoute = createRoute({
  getParentRoute: () => inside,
  path: '/upgrade',
  validateSearch: (given: Readonly<Record<string, unknown>>): VersionSearch => {
    const run = Number(given['run'])
    return Number.isSafeInteger(run) && run > 0 ? { run } : {}
  },
  component: lazyRouteComponent(() => import('./versions-page.tsx'), 'VersionsPage'),
})
