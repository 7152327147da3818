// All destinations, with the question why something waits in the address, and the page of one site, provider or domain.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'

export interface DestinationsSearch {
  /** Left out: by provider. */
  readonly by?: 'site'
  /** A domain, an address or a message id. */
  readonly why?: string
}

export interface DestinationSearch {
  readonly site?: string
  readonly provider?: string
  readonly domain?: string
}

const LONGEST = 400
const NAMES = ['site', 'provider', 'domain'] as const

function textOf(value: unknown): string | undefined {
  // A message id may be a number to whoever reads the address.
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text.trim() !== '' && text.length <= LONGEST ? text.trim() : undefined
}

export const destinationsRoute = createRoute({
  getParentRoute: () => inside,
  path: '/destinations',
  validateSearch: (given: Readonly<Record<string, unknown>>): DestinationsSearch => {
    const why = textOf(given['why'])
    return { ...(given['by'] === 'site' && { by: 'site' as const }), ...(why !== undefined && { why }) }
  },
  component: lazyRouteComponent(() => import('./destinations-page.tsx'), 'DestinationsPage'),
})

export const destinationRoute = createRoute({
  getParentRoute: () => inside,
  path: '/destination',
  // One of the three: the first that is there.
  validateSearch: (given: Readonly<Record<string, unknown>>): DestinationSearch => {
    const name = NAMES.find((one) => textOf(given[one]) !== undefined)
    return name === undefined ? {} : { [name]: textOf(given[name]) }
  },
  component: lazyRouteComponent(() => import('./destination-page.tsx'), 'DestinationPage'),
})
