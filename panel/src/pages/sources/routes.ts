// What mail leaves from: the part that is shown stands in the address, and which warm-up.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'

export const TABS = ['addresses', 'pools', 'warmup'] as const
export type TabName = (typeof TABS)[number]

export interface SourcesSearch {
  /** Left out: addresses. */
  readonly tab?: Exclude<TabName, 'addresses'>
  readonly unit?: string
  readonly provider?: string
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 300

function sourcesSearchOf({ tab, unit, provider }: Readonly<Record<string, unknown>>): SourcesSearch {
  const known = TABS.find((one) => one === tab)
  return {
    ...(known !== undefined && known !== 'addresses' && { tab: known }),
    ...(isText(unit) && { unit }),
    ...(isText(provider) && { provider }),
  }
}

export const sourcesRoute = createRoute({
  getParentRoute: () => inside,
  path: '/sources',
  validateSearch: sourcesSearchOf,
  component: lazyRouteComponent(() => import('./sources-page.tsx'), 'SourcesPage'),
})
