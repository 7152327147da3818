// Routes: the root, and the one behind the login that every page hangs below. Whoever is not logged in goes to the login and comes back.
import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, Outlet, redirect } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ButtonLink } from '../parts/button-link.tsx'
import { Empty, Page } from '../parts/layout.tsx'
import { ProblemNotice } from '../parts/problem.tsx'
import { common } from '../texts/common.ts'
import { meQuery } from './session.ts'
import { Shell } from './shell.tsx'

export const root = createRootRouteWithContext<{ readonly queries: QueryClient }>()({ component: Outlet, notFoundComponent: NotFound })

export const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Shell,
  beforeLoad: async ({ context: { queries }, location }) => {
    const me = await queries.ensureQueryData(meQuery)
    if (me === null) throw redirect({ to: '/login', search: location.href === '/' ? {} : { next: location.href } })
  },
  errorComponent: ({ error }) => <ProblemNotice error={error} again={() => location.reload()} />,
  notFoundComponent: NotFound,
})

export function NotFound(): ReactNode {
  const words = common.notFound
  return (
    <Page title={words.title}>
      <Empty icon="search" title={words.title} actions={<ButtonLink to="/">{words.home}</ButtonLink>}>
        {words.what}
      </Empty>
    </Page>
  )
}
