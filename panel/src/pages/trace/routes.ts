// The live dialog of connections: what is watched stands in the address, so that other pages lead here.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'

export interface TraceSearch {
  readonly way?: 'in' | 'out'
  readonly domain?: string
  readonly address?: string
}

const LONGEST = 255

export const traceRoute = createRoute({
  getParentRoute: () => inside,
  path: '/trace',
  validateSearch: ({ way, domain, address }: Readonly<Record<string, unknown>>): TraceSearch => ({
    ...((way === 'in' || way === 'out') && { way }),
    ...(typeof domain === 'string' && domain !== '' && { domain: domain.slice(0, LONGEST) }),
    ...(typeof address === 'string' && address !== '' && { address: address.slice(0, LONGEST) }),
  }),
  component: lazyRouteComponent(() => import('./trace-page.tsx'), 'TracePage'),
})
