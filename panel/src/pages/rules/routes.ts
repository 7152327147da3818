// Delivery rules: the part that is shown and what it is about stand in the address.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'

export const TABS = ['explain', 'edit', 'history', 'smart', 'blocks'] as const
export type TabName = (typeof TABS)[number]

export interface RulesSearch {
  /** Left out: what holds for a destination. */
  readonly tab?: Exclude<TabName, 'explain'>
  readonly domain?: string
  readonly account?: number
  readonly source?: string
  /** Of the document that is shown. */
  readonly line?: number
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '' && value.length <= 255

function rulesSearchOf({ tab, domain, account, source, line }: Readonly<Record<string, unknown>>): RulesSearch {
  const known = TABS.find((one) => one === tab)
  return {
    ...(known !== undefined && known !== 'explain' && { tab: known }),
    ...(isText(domain) && { domain: domain.trim() }),
    ...(Number.isInteger(account) && Number(account) >= 1000 && { account: Number(account) }),
    ...(isText(source) && { source: source.trim() }),
    ...(Number.isInteger(line) && Number(line) > 0 && { line: Number(line) }),
  }
}

export const rulesRoute = createRoute({
  getParentRoute: () => inside,
  path: '/rules',
  validateSearch: rulesSearchOf,
  component: lazyRouteComponent(() => import('./rules-page.tsx'), 'RulesPage'),
})
